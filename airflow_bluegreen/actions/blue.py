"""Blue as it was deployed, from git: what a rollback starts again."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.planned import job_name
from airflow_bluegreen.actions.read_release import deployed_plan
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
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import RepositoryReader


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedJob:
    """A blue job that was stopped: how it is started again, and the plan by which its progress is judged.

    In ``plan``, which is that of the release that brought it up, ``table`` is a green one.
    """

    launch: Launch
    plan: Plan
    table: str


def stopped_blue_jobs(
    repository: RepositoryReader,
    record: ReleaseRecord,
    records: Sequence[ReleaseRecord],
    profile: Profile,
    endpoints: Endpoints,
) -> tuple[StoppedJob, ...]:
    """The blue jobs that retiring stopped (or was about to stop), parents first, as they are to run again.

    :param records: the ledger: a job that was kept for pinned tables is described by an earlier release.

    Raises ConflictError when git does not hold what ran.
    """
    markers = [marker for marker in record.markers if marker.act == STOP_MARKER]
    origins: dict[str, Plan] = {}
    stopped = []
    for marker in sorted(markers, key=lambda one: _position(record.plan, one)):
        owner = _owner(marker, record, records)
        if owner.release not in origins:
            origins[owner.release] = _before(repository, owner.plan)
        stopped.append(_stopped(marker, origins[owner.release], record, profile, endpoints))
    return tuple(stopped)


def stopped_table(marker: Marker, plan: Plan) -> str | None:
    """The physical table that a stopped job filled; older markers name the logical one alone."""
    planned = plan.table(marker.detail["table"])
    return marker.detail.get("physical") or (planned.blue if planned else None)


def _position(plan: Plan, marker: Marker) -> int:
    """Tables that were kept for others first: these read them."""
    order = [planned.blue for planned in plan.tables]
    physical = stopped_table(marker, plan)
    return order.index(physical) if physical in order else -1


def _owner(marker: Marker, record: ReleaseRecord, records: Sequence[ReleaseRecord]) -> ReleaseRecord:
    """The release whose base had that table: this one, or the one that kept it for pinned tables."""
    physical = stopped_table(marker, record.plan)
    for known in (record, *records):
        if any(planned.blue == physical for planned in known.plan.tables):
            return known
    return record


def _before(repository: RepositoryReader, plan: Plan) -> Plan:
    """Every table of a plan's base as it was deployed."""
    if plan.base is None:
        raise ConflictError(f"release {plan.release.ref} has no base to go back to")
    return deployed_plan(repository, plan.base.sha, plan.environment)


def _stopped(
    marker: Marker, origin: Plan, record: ReleaseRecord, profile: Profile, endpoints: Endpoints
) -> StoppedJob:
    table, physical = marker.detail["table"], stopped_table(marker, record.plan)
    there = origin.table(table)
    savepoint = record.savepoints.get(marker.subject)
    if there is None or physical is None or there.green != physical:
        raise ConflictError(
            f"the base {record.base_release} does not hold {table} as it ran",
            remedy=f"Start {marker.subject} by hand from {savepoint or 'its inputs'}",
        )
    statement = _statement(marker, there, physical)
    launch = Launch(
        identity=JobIdentity(
            environment=record.environment,
            release=marker.detail.get("release") or record.base_release or "",
            statement=statement.name,
            table=physical,
            fingerprint=statement.fingerprint,
        ),
        job_name=marker.subject,
        catalog=session_tables(statement, profile, endpoints),
        sql=statement.sql,
        where=statement.where,
        restore_path=savepoint,
    )
    return StoppedJob(launch=launch, plan=origin, table=table)


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
