"""Everything that can be known to go wrong before anything is started; reads only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from airflow_bluegreen.actions.catalog import input_topics, session_tables
from airflow_bluegreen.actions.connectors import (
    RUNNING,
    refuse_other_topics,
    refuse_two_colours,
    wanted_config,
)
from airflow_bluegreen.actions.deploy import launch_of
from airflow_bluegreen.actions.jobs import jobs_filling, refuse_different, same_statement
from airflow_bluegreen.actions.ledger import find
from airflow_bluegreen.actions.planned import filling, identity, is_view
from airflow_bluegreen.actions.provision import refuse_different_topic, wanted_topic
from airflow_bluegreen.core.model import (
    Column,
    ConnectorAction,
    Job,
    JobState,
    Phase,
    Plan,
    PlannedConnector,
    PlannedStatement,
    PlannedTable,
    Profile,
)
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, RefusedError, StatementError
from airflow_bluegreen.ports import Narrator, Platform

EXPLAINERS = 2
_PAST = frozenset({Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE})

Look = Callable[[], None]
"""One check: raises the refusal that it finds."""


def preflight(platform: Platform, plan: Plan, profile: Profile, say: Narrator) -> None:
    """Check statements with Flink, and jobs, topics, connectors and slots against the plan.

    All findings are in one error: StatementError when Flink rejects a statement, else ConflictError. A
    release that is past its cut-over is not checked any more: blue may be gone by design.
    """
    record = find(platform, plan.release.ref)
    if record is not None and record.phase in _PAST:
        say(f"release {plan.release.ref} is {record.phase}, past its preflight")
        return
    jobs = platform.jobs.jobs()
    findings = [
        *_refusals(_explanations(platform, plan, profile), EXPLAINERS),
        *_refusals(_table_looks(platform, plan, profile, jobs), 1),
        *_refusals(_connector_looks(platform, plan, profile), 1),
        *_refusals([partial(_look_at_slots, platform, plan, jobs)], 1),
    ]
    for note in _schema_notes(plan.tables):
        say(f"note: {note}")
    for finding in findings:
        say(f"finding: {finding}")
    if findings:
        raise _together(findings)
    statements = sum(len(planned.dml) for planned in plan.tables)
    say(f"preflight passed: {statements} statements explained, {len(plan.connectors)} connectors as required")


def _refusals(looks: Iterable[Look], threads: int) -> list[RefusedError]:
    """What the looks refuse, in their order; anything but a refusal is raised."""

    def refusal(look: Look) -> RefusedError | None:
        try:
            look()
        except RefusedError as error:
            return error
        return None

    with ThreadPoolExecutor(max_workers=threads) as pool:
        return [found for found in pool.map(refusal, looks) if found is not None]


def _together(findings: Sequence[RefusedError]) -> RefusedError:
    if len(findings) == 1:
        return findings[0]
    kind = StatementError if any(isinstance(one, StatementError) for one in findings) else ConflictError
    listed = " ".join(f"({number}) {finding}" for number, finding in enumerate(findings, start=1))
    first = next((finding.where for finding in findings if finding.where), None)
    return kind(f"preflight found {len(findings)} problems: {listed}", where=first)


def _explanations(platform: Platform, plan: Plan, profile: Profile) -> Iterator[Look]:
    for planned in plan.tables:
        for statement in planned.dml if planned.green else ():
            yield partial(_explain, platform, profile, statement)


def _explain(platform: Platform, profile: Profile, statement: PlannedStatement) -> None:
    catalog = session_tables(statement, profile, platform.endpoints)
    try:
        platform.gateway.explain(catalog, statement.sql)
    except StatementError as error:
        raise StatementError(
            f"Flink rejects {statement.name}: {error.what}", where=statement.where, remedy="Mend the SQL"
        ) from error


def _table_looks(platform: Platform, plan: Plan, profile: Profile, jobs: Sequence[Job]) -> Iterator[Look]:
    green = {planned.green for planned in plan.tables}
    for planned in plan.tables:
        if planned.blue is not None and (planned.filled or planned.green is None) and not is_view(planned):
            yield partial(_look_at_blue, platform, plan, planned, jobs)
        if planned.green is not None and not is_view(planned):
            yield partial(_look_at_green, platform, plan, planned, profile, jobs)
            yield partial(_look_at_inputs, platform, plan, planned, green)


def _look_at_blue(platform: Platform, plan: Plan, planned: PlannedTable, jobs: Sequence[Job]) -> None:
    blue = planned.blue or ""
    where = planned.ddl.where if planned.ddl else None
    if platform.topics.topic(blue) is None:
        raise ConflictError(
            f"blue topic {blue} does not exist", where=where, remedy="Is this the right environment?"
        )
    running = jobs_filling(jobs, plan.environment, blue)
    bad = [job for job in running if job.state is not JobState.RUNNING]
    if bad:
        raise ConflictError(
            f"blue job {bad[0].name} ({bad[0].job_id}) is {bad[0].status}",
            where=where,
            remedy="Mend blue first: green is compared with it",
        )
    if planned.dml and not running:
        raise ConflictError(
            f"no job fills blue {blue}",
            where=where,
            remedy=f"Start it; a job that was started by hand must be named dml.{blue}",
        )


def _look_at_green(
    platform: Platform, plan: Plan, planned: PlannedTable, profile: Profile, jobs: Sequence[Job]
) -> None:
    wanted = wanted_topic(platform.topics, plan, planned, profile)
    found = platform.topics.topic(wanted.name)
    if found is not None:
        refuse_different_topic(found, wanted, planned)
    for statement in planned.dml:
        launch = launch_of(plan, planned, statement, profile, platform.endpoints)
        for job in same_statement(jobs, launch.identity):
            refuse_different(job, launch)


def _look_at_inputs(platform: Platform, plan: Plan, planned: PlannedTable, green: set[str | None]) -> None:
    missing = [
        topic
        for topic in input_topics(plan, planned)
        if topic not in green and platform.topics.topic(topic) is None
    ]
    if missing:
        raise ConflictError(
            f"{planned.table} reads {', '.join(missing)}, which does not exist",
            where=next((statement.where for _, statement in filling(plan, planned)), None),
            remedy="Create the topic, or declare the right one in the environment's external tables",
        )


def _connector_looks(platform: Platform, plan: Plan, profile: Profile) -> Iterator[Look]:
    for planned in plan.connectors:
        yield partial(_look_at_connector, platform, planned)
        yield partial(_look_at_config, platform, planned, profile)


def _look_at_connector(platform: Platform, planned: PlannedConnector) -> None:
    state = platform.connectors.connector(planned.name)
    if planned.action is ConnectorAction.CREATE:
        if state is not None:
            raise ConflictError(
                f"connector {planned.name} exists, the release is to create it",
                remedy="Delete it, or bring it into the base release",
            )
        return
    if state is not None and state.config is not None:
        refuse_two_colours(planned.name, state.config, (*planned.blue_topics, *planned.green_topics))
    state = refuse_other_topics(planned.name, state, planned.blue_topics)
    if state.state != RUNNING:
        raise ConflictError(
            f"connector {planned.name} is {state.state}", remedy="Have it RUNNING before the release"
        )


def _look_at_config(platform: Platform, planned: PlannedConnector, profile: Profile) -> None:
    if planned.action is ConnectorAction.REMOVE:
        return
    config = wanted_config(planned, profile, platform.endpoints)
    refuse_two_colours(planned.name, config, (*planned.blue_topics, *planned.green_topics))
    complaints = platform.connectors.validate_config(config)
    if complaints:
        raise ConfigurationError(
            f"Kafka Connect refuses {planned.name}: {'; '.join(complaints)}", remedy="Mend the connector file"
        )


def _look_at_slots(platform: Platform, plan: Plan, jobs: Sequence[Job]) -> None:
    missing = sum(
        not same_statement(jobs, identity(plan, planned, statement))
        for planned in plan.tables
        if planned.green
        for statement in planned.dml
    )
    free = platform.jobs.free_slots()
    if free < missing:
        raise ConflictError(
            f"{missing} statements to start, {free} task slots free",
            remedy="Add task managers: every statement needs at least one slot",
        )


def _schema_notes(tables: Iterable[PlannedTable]) -> Iterator[str]:
    """Green has subjects of its own, so no change is refused; readers of both versions want to know."""
    for planned in tables:
        if planned.blue is None or planned.green is None:
            continue
        before, after = _types(planned.blue_columns), _types(planned.columns)
        removed = [name for name in before if name not in after]
        retyped = [name for name in before if name in after and before[name] != after[name]]
        if removed or retyped:
            yield (
                f"{planned.green} is not compatible with readers of {planned.blue}:"
                f" removed {', '.join(removed) or 'none'}, retyped {', '.join(retyped) or 'none'}"
            )


def _types(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.type for column in columns}
