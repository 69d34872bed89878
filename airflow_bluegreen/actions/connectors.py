"""Sink connectors: what they read, moving one to green, and putting it back as it was."""

import re
from collections.abc import Iterable, Mapping

from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.core.connectors import same_config, topics_read
from airflow_bluegreen.core.model import ConnectorState, Endpoints, Offsets, PlannedConnector, Profile
from airflow_bluegreen.exceptions import RequirementError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader

RUNNING = "RUNNING"
_HELD = frozenset({"STOPPED", "PAUSED"})


def wanted_config(connector: PlannedConnector, profile: Profile, endpoints: Endpoints) -> dict[str, str]:
    """What the connector is to run with: the profile's values under its own, placeholders filled in."""
    values = {**profile.connector_config, **connector.config}
    return {**fill(values, endpoints, known={"connector.name": connector.name}), "name": connector.name}


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
            f"connector {name} reads {_listed(reads)}, the release was planned for {_listed(wanted)}",
            remedy="Put its topics back, or plan the release again",
        )
    return state


def move(
    platform: Platform, name: str, config: Mapping[str, str], before: ConnectorState | None, say: Narrator
) -> None:
    """Let the connector read green: stop, configuration, offsets, resume. Done already: nothing happens.

    New topics are read from their first record, so that the sink gets every row of green; a topic that it
    read before goes on where it was. Raises StatementError when its tasks fail.
    """
    state = platform.connectors.connector(name)
    if state is not None and same_config(state.config, config) and state.state == RUNNING:
        say(f"connector {name} reads {_listed(topics_read(config))} already")
        return
    if state is not None:
        platform.connectors.stop_connector(name)
    platform.connectors.put_config(name, config, stopped=True)
    platform.connectors.set_offsets(name, _starting_offsets(platform.topics, config, before))
    platform.connectors.resume_connector(name)
    say(f"connector {name} reads {_listed(topics_read(config))} and is RUNNING")


def put_back(platform: Platform, before: ConnectorState, say: Narrator) -> None:
    """Bring a connector back to the configuration, offsets and state that were stored before it was changed.

    One that did not exist is deleted; one that runs as it was is left alone, so that it does not read twice.
    """
    state = platform.connectors.connector(before.name)
    if before.config is None:
        if state is not None:
            platform.connectors.delete_connector(before.name)
            say(f"connector {before.name} deleted: it did not exist before")
        return
    if state is not None and same_config(state.config, before.config) and _as_before(state, before):
        say(f"connector {before.name} is as it was")
        return
    if state is not None:
        platform.connectors.stop_connector(before.name)
    platform.connectors.put_config(before.name, before.config, stopped=True)
    platform.connectors.set_offsets(before.name, before.offsets)
    if before.state not in _HELD:
        platform.connectors.resume_connector(before.name)
    say(f"connector {before.name} is back: it reads {_listed(topics_read(before.config))}")


def _as_before(state: ConnectorState, before: ConnectorState) -> bool:
    return state.state == RUNNING or (before.state in _HELD and state.state == before.state)


def _starting_offsets(
    topics: TopicReader, config: Mapping[str, str], before: ConnectorState | None
) -> Offsets:
    offsets: dict[tuple[str, int], int] = {}
    for topic in sorted(topics_read(config)):
        known = {at: offset for at, offset in (before.offsets if before else {}).items() if at[0] == topic}
        offsets.update(known or topics.begin_offsets(topic))
    return offsets


def _listed(topics: Iterable[str]) -> str:
    return ", ".join(sorted(topics)) or "nothing"
