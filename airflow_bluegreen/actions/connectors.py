"""Sink connectors: what they are to run with, what they read, and putting one back as it was."""

import re
from collections.abc import Iterable, Mapping

from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.connectors import same_config, topics_read
from airflow_bluegreen.core.lake_targets import control_topic, lake_targets
from airflow_bluegreen.core.model import ConnectorState, Endpoints, Offsets, PlannedConnector, Profile
from airflow_bluegreen.exceptions import ConfigurationError, RequirementError, TransientError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader

RUNNING = "RUNNING"
UNASSIGNED = "UNASSIGNED"
STOPPED = "STOPPED"
HELD = frozenset({STOPPED, "PAUSED"})
_LEAVE_S, _LOOK_EVERY_S = 90.0, 0.5


def wanted_config(connector: PlannedConnector, profile: Profile, endpoints: Endpoints) -> dict[str, str]:
    """What the connector is to run with: the profile's values under its own, placeholders filled in."""
    values = {**profile.connector_config, **connector.config}
    known = {"connector.name": connector.name, **_topic_of(connector, values)}
    return {**fill(values, endpoints, known=known), "name": connector.name}


def _topic_of(connector: PlannedConnector, values: Mapping[str, str]) -> dict[str, str]:
    """The placeholder for the one topic that it reads."""
    topics = connector.green_topics or connector.blue_topics
    if len(topics) == 1:
        return {"topic": topics[0]}
    using = sorted(key for key, value in values.items() if re.search(r"(?<!\$)\{topic\}", value))
    if using:
        raise ConfigurationError(
            f"connector {connector.name} uses {{topic}} in {', '.join(using)} and reads {listed(topics)}",
            remedy="Make it one connector a topic",
        )
    return {}


def refuse_two_colours(name: str, config: Mapping[str, str], topics: Iterable[str]) -> None:
    """Raises RequirementError for a ``topics.regex``: such as ``fact_2(_v.*)?`` it reads blue and green at
    once.
    """
    pattern = config.get("topics.regex")
    if not pattern:
        return
    matching = sorted(topic for topic in topics if re.fullmatch(pattern, topic))
    both = f", which matches {' and '.join(matching)}" if matching else ""
    raise RequirementError(
        f"connector {name} reads by topics.regex {pattern!r}{both}",
        remedy="List its topics in `topics` instead",
    )


def refuse_other_topics(
    name: str, state: ConnectorState | None, blue_topics: Iterable[str]
) -> ConnectorState:
    """The connector, provided that it reads exactly blue's topics. Raises RequirementError."""
    if state is None or state.config is None:
        raise RequirementError(
            f"connector {name} does not exist", remedy="Create it, or plan the release again"
        )
    wanted = frozenset(blue_topics)
    reads = topics_read(state.config)
    if reads != wanted:
        raise RequirementError(
            f"connector {name} reads {listed(reads)}, the release was planned for {listed(wanted)}",
            remedy="Put its topics back, or plan the release again",
        )
    return state


def refuse_shared_target(
    planned: PlannedConnector, live: Mapping[str, str] | None, wanted: Mapping[str, str]
) -> None:
    """Raises ConfigurationError when green's rows would be written into the table that holds blue's.

    A sink that appends would leave both there, and one that upserts the rows that green no longer has; in
    neither case could a rollback bring back what readers saw. Kinds of sinks that are not known pass.
    """
    if live is None or planned.shared_target or set(planned.blue_topics) == set(planned.green_topics):
        return
    shared = (lake_targets(live) or frozenset()) & (lake_targets(wanted) or frozenset())
    if shared:
        raise ConfigurationError(
            f"connector {planned.name} would write {listed(planned.green_topics)} into {listed(shared)},"
            f" which holds {listed(planned.blue_topics)}",
            remedy='Name the table by its topic ({topic}), or write "shared_target": true into its file',
        )


def refuse_lost_control_topic(topics: TopicReader, name: str, config: Mapping[str, str]) -> None:
    """Raises ConfigurationError when the topic of an Iceberg sink's commits does not exist.

    The offsets of that topic, under its name, are in the snapshots of the tables it commits to. Under a name
    that was used before, a new one begins below them, and the sink drops rows without a word.
    """
    control = control_topic(config)
    if control is not None and topics.topic(control) is None:
        raise ConfigurationError(
            f"connector {name} keeps its commits in topic {control}, which does not exist",
            remedy="Create one by a name that was never used, and write it into iceberg.control.topic",
        )


def sink_group(name: str, config: Mapping[str, str]) -> str:
    """The consumer group in which a sink connector commits its offsets."""
    return config.get("consumer.override.group.id", f"connect-{name}")


def stop_for_good(platform: Platform, name: str, config: Mapping[str, str] | None) -> ConnectorState | None:
    """Stop a connector and wait until its tasks have committed their last offsets; then what it is.

    Raises TransientError when a task does not end: its offsets may move still.
    """
    platform.connectors.stop_connector(name)
    group = sink_group(name, config or {})
    members = poll(
        lambda: platform.topics.group_members(group),
        until=lambda count: count == 0,
        clock=platform.clock,
        timeout_s=_LEAVE_S,
        every_s=_LOOK_EVERY_S,
    )
    if members:
        raise TransientError(
            f"connector {name} is stopped, and {members} consumers are still in group {group}",
            remedy="Wait until its tasks have ended, or end what else reads in that group",
        )
    return platform.connectors.connector(name)


def put_back(platform: Platform, before: ConnectorState, say: Narrator) -> None:
    """Bring a connector back to the configuration, offsets and state that were stored before it was changed.

    One that did not exist is deleted. One that has its configuration keeps its offsets: it has them already,
    or has read on since, and must not read twice.
    """
    name = before.name
    state = platform.connectors.connector(name)
    if before.config is None:
        if state is not None:
            platform.connectors.delete_connector(name)
            say(f"connector {name} deleted: it did not exist before")
        return
    as_it_was = state is not None and same_config(state.config, before.config)
    if as_it_was and state is not None and _as_before(state, before):
        say(f"connector {name} is as it was")
        return
    if state is None:
        platform.connectors.put_config(name, before.config, stopped=True)
        platform.connectors.set_offsets(name, before.offsets)
    elif not as_it_was:
        stop_for_good(platform, name, state.config)
        # The offsets first: killed between the two, the next run still sees that it is not as it was.
        platform.connectors.set_offsets(name, before.offsets)
        platform.connectors.put_config(name, before.config, stopped=True)
    else:
        platform.connectors.stop_connector(name)
        if not state.offsets:  # created, and killed before it was told where to go on
            platform.connectors.set_offsets(name, before.offsets)
    if before.state not in HELD:
        platform.connectors.resume_connector(name)
    say(f"connector {name} is back: it reads {listed(topics_read(before.config))}")


def _as_before(state: ConnectorState, before: ConnectorState) -> bool:
    return state.state == RUNNING or (before.state in HELD and state.state == before.state)


def starting_offsets(
    topics: TopicReader, config: Mapping[str, str], before: ConnectorState | None
) -> Offsets:
    """Where a connector of this configuration begins: a topic that it read before goes on where it was, a new
    one, and a partition it never read, from the first record, so that the sink gets every row.
    """
    offsets: dict[tuple[str, int], int] = {}
    for topic in sorted(topics_read(config)):
        offsets.update(topics.begin_offsets(topic))
        known = before.offsets if before else {}
        offsets.update({at: offset for at, offset in known.items() if at[0] == topic})
    return offsets


def listed(topics: Iterable[str]) -> str:
    """Topics for a message."""
    return ", ".join(sorted(topics)) or "nothing"
