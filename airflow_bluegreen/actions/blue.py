"""Blue as it was deployed, from git: what a rollback starts again."""

from collections.abc import Mapping

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.planned import job_name
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.retire import STOP_MARKER
from airflow_bluegreen.core.model import (
    Endpoints,
    JobIdentity,
    Marker,
    Plan,
    PlannedStatement,
    PlannedTable,
    Profile,
    ReleaseRecord,
)
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import RepositoryReader


def stopped_blue_jobs(
    repository: RepositoryReader, record: ReleaseRecord, profile: Profile, endpoints: Endpoints
) -> tuple[Launch, ...]:
    """The blue jobs that retiring stopped (or was about to stop), parents first, as they are to run again.

    Raises ConflictError when git at the base commit does not hold what ran.
    """
    markers = [marker for marker in record.markers if marker.act == STOP_MARKER]
    if not markers:
        return ()
    tables = _tables_at_base(repository, record.plan)
    order = {planned.table: position for position, planned in enumerate(record.plan.tables)}
    markers.sort(key=lambda marker: order[marker.detail["table"]])
    return tuple(_launch(marker, tables, record, profile, endpoints) for marker in markers)


def _tables_at_base(repository: RepositoryReader, plan: Plan) -> Mapping[str, PlannedTable]:
    """Every table of the base as a plan without a base of its own: its statements as they were deployed."""
    if plan.base is None:
        raise ConflictError(f"release {plan.release.ref} has no base to go back to")
    base = load_project(repository, plan.base.sha)
    everything = make_plan(project=base, base=None, environment=plan.environment, live={}, base_release=None)
    return {planned.table: planned for planned in everything.tables}


def _launch(
    marker: Marker,
    tables: Mapping[str, PlannedTable],
    record: ReleaseRecord,
    profile: Profile,
    endpoints: Endpoints,
) -> Launch:
    table = marker.detail["table"]
    planned = record.plan.table(table)
    there = tables.get(table)
    savepoint = record.savepoints.get(marker.subject)
    if planned is None or planned.blue is None or there is None or there.green != planned.blue:
        raise ConflictError(
            f"the base {record.base_release} does not hold {table} as it ran",
            remedy=f"Start {marker.subject} by hand from {savepoint or 'its inputs'}",
        )
    statement = _statement(marker, there, planned.blue)
    return Launch(
        identity=JobIdentity(
            environment=record.environment,
            release=marker.detail.get("release") or record.base_release or "",
            statement=statement.name,
            table=planned.blue,
            fingerprint=statement.fingerprint,
        ),
        job_name=marker.subject,
        catalog=session_tables(statement, profile, endpoints),
        sql=statement.sql,
        where=statement.where,
        restore_path=savepoint,
        checkpointed=False,  # it runs again as it ran before
    )


def _statement(marker: Marker, planned: PlannedTable, blue: str) -> PlannedStatement:
    """The statement that the job ran: as it said itself, else by the job's name, else the only one."""
    for statement in planned.dml:
        named = job_name(statement.name, planned.table, blue)
        if marker.detail.get("statement") == statement.name or marker.subject == named:
            return statement
    if len(planned.dml) == 1:
        return planned.dml[0]
    raise ConflictError(
        f"job {marker.subject} ran one of {len(planned.dml)} statements of {planned.table}, unknown which",
        remedy="Start it by hand from its savepoint",
    )
