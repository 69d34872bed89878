"""One connector on its way from blue to green, each step in the ledger, so that a killed run is continued."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from airflow_bluegreen.actions.connectors import (
    RUNNING,
    listed,
    starting_offsets,
    stop_for_good,
)
from airflow_bluegreen.actions.ledger import change, current, now
from airflow_bluegreen.core.connectors import same_config, topics_read
from airflow_bluegreen.core.lifecycle import seconds_stopped
from airflow_bluegreen.core.model import ConnectorMove, ConnectorState, Offsets, ReleaseRecord
from airflow_bluegreen.ports import Narrator, Platform

_FAILED = "FAILED"


def move(
    platform: Platform,
    release: str,
    config: Mapping[str, str],
    before: ConnectorState,
    say: Narrator,
) -> None:
    """Let the connector read green: stop, configuration, offsets, resume. Done already: nothing happens.

    Its offsets are set once, before it runs for the first time, so that each row of green reaches the sink
    once however often this is repeated. Raises StatementError when its tasks fail.
    """
    name = before.name
    state = platform.connectors.connector(name)
    began = begun(current(platform, release), name)
    told = began is not None and began.offsets is not None
    if told and state is not None and not same_config(state.config, before.config):
        if same_config(state.config, config) and state.state == RUNNING:
            _ran(platform, release, name)
            say(f"connector {name} reads {listed(topics_read(config))} already")
            return
        _straighten(platform, config, state)
    else:  # not begun, or put back since
        _prepare(platform, release, config, before, state)
    platform.connectors.resume_connector(name)
    moved = _ran(platform, release, name)
    say(f"connector {name} reads {listed(topics_read(config))} and is RUNNING{_told(moved)}")


def begun(record: ReleaseRecord, name: str) -> ConnectorMove | None:
    """How far a connector has come; None where nothing was done to it."""
    return next((move for move in record.connector_moves if move.name == name), None)


def forget_move(platform: Platform, release: str, name: str) -> None:
    """The connector is back where it was: the next cut-over begins with it anew."""
    kept = tuple(one for one in current(platform, release).connector_moves if one.name != name)
    change(platform, release, connector_moves=kept)


def keep_offsets(platform: Platform, release: str, name: str, offsets: Offsets) -> None:
    """Let a rollback bring the connector back to these offsets."""
    states = current(platform, release).connectors_before
    changed = tuple(replace(one, offsets=offsets) if one.name == name else one for one in states)
    change(platform, release, connectors_before=changed)


def told_moves(record: ReleaseRecord) -> Iterable[str]:
    """How long each connector did not run, a line each."""
    for moved in record.connector_moves:
        if (stopped := seconds_stopped(moved)) is not None:
            yield f"{moved.name} was without a running sink for {stopped:.1f} s"


def _prepare(
    platform: Platform,
    release: str,
    config: Mapping[str, str],
    before: ConnectorState,
    state: ConnectorState | None,
) -> None:
    """Stop it, and tell it what to read from where."""
    name = before.name
    stopped_at = _stopped_at(platform, begun(current(platform, release), name), state)
    _keep(platform, release, ConnectorMove(name=name, stopped_at=stopped_at))
    if state is not None:
        last = stop_for_good(platform, name, state.config)
        if last is not None and same_config(last.config, before.config):
            before = replace(before, offsets=last.offsets)  # it has read on since it was looked at
            keep_offsets(platform, release, name, last.offsets)
    platform.connectors.put_config(name, config, stopped=True)
    offsets = starting_offsets(platform.topics, config, before)
    current(platform, release)  # which raises where another run has begun to deliver rows by now
    platform.connectors.set_offsets(name, offsets)
    _keep(platform, release, ConnectorMove(name=name, stopped_at=stopped_at, offsets=offsets))


def _stopped_at(
    platform: Platform, earlier: ConnectorMove | None, state: ConnectorState | None
) -> str | None:
    """Now, or when an earlier run stopped it; None for one that is created."""
    if state is None:
        return None
    if earlier is not None and earlier.stopped_at is not None and state.state != RUNNING:
        return earlier.stopped_at
    return now(platform.clock)


def _straighten(platform: Platform, config: Mapping[str, str], state: ConnectorState) -> None:
    """It was told where to begin and may have delivered since: leave its offsets alone."""
    if state.state == _FAILED:
        platform.connectors.stop_connector(state.name)  # resuming alone does not start failed tasks again
    if not same_config(state.config, config):
        platform.connectors.put_config(state.name, config, stopped=True)


def _ran(platform: Platform, release: str, name: str) -> ConnectorMove:
    known = begun(current(platform, release), name) or ConnectorMove(name=name)
    if known.running_at:
        return known
    return _keep(platform, release, replace(known, running_at=now(platform.clock)))


def _keep(platform: Platform, release: str, moved: ConnectorMove) -> ConnectorMove:
    others = [one for one in current(platform, release).connector_moves if one.name != moved.name]
    change(platform, release, connector_moves=(*others, moved))
    return moved


def _told(moved: ConnectorMove) -> str:
    stopped = seconds_stopped(moved)
    return "" if stopped is None else f"; no sink ran for {stopped:.1f} s"
