"""The cut-over: every sink connector of the release reads green afterwards, or none does."""

from dataclasses import dataclass, replace

from airflow_bluegreen.actions.connectors import (
    HELD,
    STOPPED,
    put_back,
    refuse_other_topics,
    refuse_shared_target,
    refuse_two_colours,
    stop_for_good,
    wanted_config,
)
from airflow_bluegreen.actions.fencing import fenced
from airflow_bluegreen.actions.green import refuse_unless_green_runs
from airflow_bluegreen.actions.ledger import advance_to, change, current, leave_marker
from airflow_bluegreen.actions.moving import begun, forget_move, keep_offsets, move, told_moves
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.requirements import refuse_changed
from airflow_bluegreen.actions.stable_names import CHANGE_MARKER, prepare
from airflow_bluegreen.core.connectors import same_config
from airflow_bluegreen.core.model import (
    ConnectorAction,
    ConnectorState,
    Phase,
    Plan,
    PlannedConnector,
    Profile,
    ReleaseRecord,
)
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    ConflictError,
    OvertakenError,
)
from airflow_bluegreen.ports import Narrator, Platform

SETTLE_S = 6.0
"""How long the connectors are watched once all run: many a sink fails with its first record only."""

_SETTLE_EVERY_S = 2.0
_FAILED = "FAILED"
_DONE = frozenset({Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One connector: what is planned, the configuration it is to have, and what to bring back if need be."""

    planned: PlannedConnector
    config: dict[str, str]
    before: ConnectorState


def cut_over(platform: Platform, plan: Plan, profile: Profile, say: Narrator) -> None:
    """Move, create and remove the connectors of the release.

    Configurations and offsets are in the ledger before the first connector is touched. When one fails, those
    that were changed go back and the error is raised; a run that was killed is continued by the next.

    Two runs at once end as one: whoever is overtaken by the other stops with OvertakenError, and puts nothing
    back.

    Raises ReadinessError when a green job does not run, RequirementError when blue is not what the release
    was checked against, be it jobs, settings or topics, ConflictError when a connector to be created exists,
    ConfigurationError for what Connect says about a configuration, StatementError when a task fails.
    """
    release = plan.release.ref
    record = current(platform, release)
    if record.phase in _DONE:
        say(f"release {release} is {record.phase} already, the connectors stay as they are")
        return
    refuse_changed(platform, plan, record)
    refuse_unless_green_runs(platform, plan, say)
    steps = tuple(_step(platform, planned, profile, record) for planned in plan.connectors)
    _validate(platform, steps)
    before = tuple(step.before for step in steps)
    if record.phase is Phase.CUTTING_OVER:
        change(platform, release, connectors_before=before)
        say(f"the cut-over of {release} was interrupted, going on")
    else:
        advance_to(platform, release, Phase.CUTTING_OVER, connectors_before=before)
    _carry_out_fenced(platform, plan, profile, steps, say)
    cut = advance_to(platform, release, Phase.CUT_OVER)
    for line in told_moves(cut):
        say(line)
    say(f"release {release} is cut over: {len(steps)} connectors")


def _step(platform: Platform, planned: PlannedConnector, profile: Profile, record: ReleaseRecord) -> _Step:
    """Check the requirement of a connector and note its state; one that is changed already keeps what was
    stored.
    """
    config = wanted_config(planned, profile, platform.endpoints)
    both = (*planned.blue_topics, *planned.green_topics)
    refuse_two_colours(planned.name, config, both)
    state = platform.connectors.connector(planned.name)
    stored = _stored(record, planned.name)
    if stored is not None and (begun(record, planned.name) or _is_green(planned, state, config)):
        return _Step(planned=planned, config=config, before=stored)
    if planned.action is ConnectorAction.CREATE:
        if state is not None:
            raise ConflictError(
                f"connector {planned.name} exists, the release is to create it",
                remedy="Delete it, or bring it into the base release",
            )
        return _Step(planned=planned, config=config, before=ConnectorState(name=planned.name, config=None))
    if state is not None and state.config is not None:
        refuse_two_colours(planned.name, state.config, both)
    blue = refuse_other_topics(planned.name, state, planned.blue_topics)
    refuse_shared_target(planned, blue.config, config)
    if stored is not None:  # stopped by the run before: what it was is what the ledger says
        blue = replace(blue, state=stored.state, offsets=blue.offsets or stored.offsets)
    return _Step(planned=planned, config=config, before=blue)


def _is_green(planned: PlannedConnector, state: ConnectorState | None, config: dict[str, str]) -> bool:
    if planned.action is ConnectorAction.REMOVE:
        return state is None
    return state is not None and same_config(state.config, config)


def _stored(record: ReleaseRecord, name: str) -> ConnectorState | None:
    if record.phase is not Phase.CUTTING_OVER:
        return None
    return next((state for state in record.connectors_before if state.name == name), None)


def _validate(platform: Platform, steps: tuple[_Step, ...]) -> None:
    complaints = [
        f"{step.planned.name}: {complaint}"
        for step in steps
        if step.planned.action is not ConnectorAction.REMOVE
        for complaint in platform.connectors.validate_config(step.config)
    ]
    if complaints:
        raise ConfigurationError(
            f"Kafka Connect refuses {len(complaints)} settings: {'; '.join(complaints)}",
            remedy="Mend the connector files or connector_config in bluegreen.yaml",
        )


def _carry_out_fenced(
    platform: Platform, plan: Plan, profile: Profile, steps: tuple[_Step, ...], say: Narrator
) -> None:
    release = plan.release.ref
    run = fenced(platform, current(platform, release))
    try:
        _carry_out_all(run, plan, profile, steps, say)
    except OvertakenError:
        # What this run stopped in the moment in which it was overtaken, nobody else starts again.
        for step in steps if current(platform, release).phase in _DONE else ():
            state = platform.connectors.connector(step.planned.name)
            if state is not None and state.state == STOPPED and step.before.state not in HELD:
                platform.connectors.resume_connector(step.planned.name)
        raise


def _carry_out_all(
    platform: Platform, plan: Plan, profile: Profile, steps: tuple[_Step, ...], say: Narrator
) -> None:
    release = plan.release.ref
    touched: list[_Step] = []
    try:
        for step in steps:
            detail = {"action": step.planned.action.value, "topics": ",".join(step.planned.green_topics)}
            leave_marker(platform, release, CHANGE_MARKER, step.planned.name, detail=detail)
            if begun(current(platform, release), step.planned.name) is None:
                prepare(platform, plan, step.planned, profile, say)
            touched.append(step)
            _carry_out(platform, release, step, say)
        _settle(platform, steps)
    except OvertakenError:
        raise
    except BluegreenError as error:
        current(platform, release)  # which raises when another run caused the error, and goes on
        say(f"{error.what}; putting {len(touched)} connectors back")
        _back(platform, release, touched, error, say)
        raise


def _carry_out(platform: Platform, release: str, step: _Step, say: Narrator) -> None:
    name = step.planned.name
    if step.planned.action is not ConnectorAction.REMOVE:
        move(platform, release, step.config, step.before, say)
        return
    state = platform.connectors.connector(name)
    if state is not None:
        last = stop_for_good(platform, name, state.config)
        _keep_last_offsets(platform, release, last or state)
        platform.connectors.delete_connector(name)
    say(f"connector {name} is removed; configuration and offsets are in the ledger")


def _keep_last_offsets(platform: Platform, release: str, last: ConnectorState) -> None:
    """What is removed has read on since it was looked at, and what is killed while it is removed may have
    lost its offsets already.
    """
    if last.offsets:
        keep_offsets(platform, release, last.name, last.offsets)


def _settle(platform: Platform, steps: tuple[_Step, ...]) -> None:
    """Watch what was moved for a moment. Raises StatementError with the reason of the first that fails."""
    names = [step.planned.name for step in steps if step.planned.action is not ConnectorAction.REMOVE]

    def failed() -> list[str]:
        states = [platform.connectors.connector(name) for name in names]
        return [state.name for state in states if state is not None and state.state == _FAILED]

    for name in poll(failed, until=bool, clock=platform.clock, timeout_s=SETTLE_S, every_s=_SETTLE_EVERY_S):
        platform.connectors.resume_connector(name)  # which tells why it does not run


def _back(
    platform: Platform, release: str, touched: list[_Step], cause: BluegreenError, say: Narrator
) -> None:
    """Put back what was touched, newest first; what does not go back is named beside the cause."""
    stored = {state.name: state for state in current(platform, release).connectors_before}
    for step in reversed(touched):
        name = step.planned.name
        try:
            put_back(platform, stored.get(name, step.before), say)
            forget_move(platform, release, name)
        except BluegreenError as error:
            say(f"connector {name} did not go back: {error}")
            cause.add_note(f"connector {name} did not go back: {error}. Roll the release back")
