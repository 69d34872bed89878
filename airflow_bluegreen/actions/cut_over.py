"""The cut-over: every sink connector of the release reads green afterwards, or none does."""

from dataclasses import dataclass, replace

from airflow_bluegreen.actions.connectors import (
    move,
    put_back,
    refuse_other_topics,
    refuse_two_colours,
    wanted_config,
)
from airflow_bluegreen.actions.green import refuse_unless_green_runs
from airflow_bluegreen.actions.ledger import advance_to, change, current, leave_marker
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
from airflow_bluegreen.exceptions import BluegreenError, ConfigurationError, ConflictError
from airflow_bluegreen.ports import Narrator, Platform

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

    Raises ReadinessError when a green job does not run, RequirementError when a connector reads anything else
    than blue, ConflictError when one to be created exists, ConfigurationError for what Connect says about a
    configuration, StatementError when a task fails.
    """
    release = plan.release.ref
    record = current(platform, release)
    if record.phase in _DONE:
        say(f"release {release} is {record.phase} already, the connectors stay as they are")
        return
    refuse_unless_green_runs(platform, plan, say)
    steps = tuple(_step(platform, planned, profile, record) for planned in plan.connectors)
    _validate(platform, steps)
    before = tuple(step.before for step in steps)
    if record.phase is Phase.CUTTING_OVER:
        change(platform, release, connectors_before=before)
        say(f"the cut-over of {release} was interrupted, going on")
    else:
        advance_to(platform, release, Phase.CUTTING_OVER, connectors_before=before)
    _carry_out_all(platform, release, steps, say)
    advance_to(platform, release, Phase.CUT_OVER)
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
    if stored is not None and _is_green(planned, state, config):
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
    if stored is not None:  # stopped by the run before: what it was is what the ledger says
        blue = replace(blue, state=stored.state)
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


def _carry_out_all(platform: Platform, release: str, steps: tuple[_Step, ...], say: Narrator) -> None:
    touched: list[_Step] = []
    for step in steps:
        detail = {"action": step.planned.action.value, "topics": ",".join(step.planned.green_topics)}
        leave_marker(platform, release, "change connector", step.planned.name, detail=detail)
        touched.append(step)
        try:
            _carry_out(platform, step, say)
        except BluegreenError as error:
            say(f"connector {step.planned.name}: {error.what}; putting {len(touched)} connectors back")
            _back(platform, touched, error, say)
            raise


def _carry_out(platform: Platform, step: _Step, say: Narrator) -> None:
    if step.planned.action is not ConnectorAction.REMOVE:
        move(platform, step.planned.name, step.config, step.before, say)
        return
    if platform.connectors.connector(step.planned.name) is not None:
        platform.connectors.stop_connector(step.planned.name)
        platform.connectors.delete_connector(step.planned.name)
    say(f"connector {step.planned.name} is removed; configuration and offsets are in the ledger")


def _back(platform: Platform, touched: list[_Step], cause: BluegreenError, say: Narrator) -> None:
    """Put back what was touched, newest first; what does not go back is named beside the cause."""
    for step in reversed(touched):
        try:
            put_back(platform, step.before, say)
        except BluegreenError as error:
            say(f"connector {step.planned.name} did not go back: {error}")
            cause.add_note(f"connector {step.planned.name} did not go back: {error}. Roll the release back")
