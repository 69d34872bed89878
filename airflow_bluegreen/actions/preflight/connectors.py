"""Sink connectors: those of the release are as planned, and no other one would read green."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.connectors import (
    RUNNING,
    UNASSIGNED,
    refuse_lost_control_topic,
    refuse_other_topics,
    refuse_shared_target,
    refuse_two_colours,
    wanted_config,
)
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.preflight.scene import Scene, findings_of
from airflow_bluegreen.core.connectors import topics_read
from airflow_bluegreen.core.model import ConnectorAction, Finding, PlannedConnector
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import ConnectorReader

CONNECTORS = "connectors"
REBALANCE_S = 60.0
"""Workers of Kafka Connect that come or go hand the tasks out anew; none has one until that is over."""
LOOK_EVERY_S = 2.0
_PATTERN = "topics.regex"


def look_at_connectors(scene: Scene) -> Iterator[Finding]:
    """State, topics and configuration of the planned connectors; topics of all others."""
    for planned in scene.plan.connectors:
        for look in (_as_planned, _config):
            yield from findings_of(
                CONNECTORS,
                _table_of(scene, (*planned.green_topics, *planned.blue_topics)),
                partial(look, scene, planned),
            )
    yield from _others(scene)


def _as_planned(scene: Scene, planned: PlannedConnector) -> Iterable[Finding]:
    connectors, clock = scene.platform.connectors, scene.platform.clock
    state = poll(
        lambda: connectors.connector(planned.name),
        until=lambda seen: seen is None or seen.state != UNASSIGNED,
        clock=clock,
        timeout_s=REBALANCE_S,
        every_s=LOOK_EVERY_S,
    )
    if planned.action is ConnectorAction.CREATE:
        if state is not None:
            raise ConflictError(
                f"connector {planned.name} exists, the release is to create it",
                remedy="Delete it, or bring it into the base release",
            )
        return ()
    if state is not None and state.config is not None:
        refuse_two_colours(planned.name, state.config, (*planned.blue_topics, *planned.green_topics))
    state = refuse_other_topics(planned.name, state, planned.blue_topics)
    if state.state != RUNNING:
        raise ConflictError(
            f"connector {planned.name} is {state.state}", remedy="Have it RUNNING before the release"
        )
    return ()


def _config(scene: Scene, planned: PlannedConnector) -> Iterable[Finding]:
    if planned.action is ConnectorAction.REMOVE:
        return
    config = wanted_config(planned, scene.profile, scene.platform.endpoints)
    refuse_two_colours(planned.name, config, (*planned.blue_topics, *planned.green_topics))
    live = scene.platform.connectors.connector(planned.name)
    refuse_shared_target(planned, live.config if live else None, config)
    refuse_lost_control_topic(scene.platform.topics, planned.name, config)
    complaints = scene.platform.connectors.validate_config(config)
    if complaints:
        yield Finding(
            look=CONNECTORS,
            table=_table_of(scene, planned.green_topics),
            what=f"Kafka Connect refuses {planned.name}: {'; '.join(complaints)}",
            remedy="Mend the connector file",
        )


def _others(scene: Scene) -> Iterator[Finding]:
    """Connectors that nobody planned for: such as one that reads ``fact_.*``, whoever it belongs to."""
    green = [one.green or "" for one in scene.green_topics()]
    planned = {one.name for one in scene.plan.connectors}
    reader: ConnectorReader = scene.platform.connectors
    for name, config in sorted(reader.configs().items()):
        if name in planned:
            continue
        pattern = config.get(_PATTERN, "")
        by_pattern = list(filter(_matcher(pattern), green))
        if by_pattern:
            yield Finding(
                look=CONNECTORS,
                table=_table_of(scene, by_pattern),
                what=f"connector {name}, which is not part of the release, reads by {_PATTERN} {pattern!r}"
                f" and would read {' and '.join(by_pattern)} as soon as they exist",
                remedy="List its topics in `topics` instead",
            )
        listed = sorted(topics_read(config) & {*green})
        if listed:
            yield Finding(
                look=CONNECTORS,
                table=_table_of(scene, listed),
                what=f"connector {name}, which is not part of the release, reads {' and '.join(listed)}",
                remedy="Take them out of it, or bring the connector into the release",
            )


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a topic is read; Java's own syntax that Python does not know is taken to match nothing."""
    try:
        compiled = re.compile(pattern) if pattern else None
    except re.error:
        compiled = None
    return lambda topic: compiled is not None and compiled.fullmatch(topic) is not None


def _table_of(scene: Scene, topics: Iterable[str]) -> str:
    """The first table of the release among the topics."""
    owners = {name: one.table for one in scene.plan.tables for name in (one.green, one.blue) if name}
    return next((owners[topic] for topic in topics if topic in owners), "")
