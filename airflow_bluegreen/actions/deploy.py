"""The DMLs of a table as jobs: find, adopt, conflict or submit."""

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.jobs import Launch, Sight
from airflow_bluegreen.actions.ledger import refuse_if_undone
from airflow_bluegreen.actions.planned import identity, job_name, planned_table, protected_names
from airflow_bluegreen.actions.running import await_running
from airflow_bluegreen.actions.starting import Beginning, begin_job
from airflow_bluegreen.core.model import Endpoints, Job, Plan, PlannedStatement, PlannedTable, Profile
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import Narrator, Platform


def deploy(platform: Platform, plan: Plan, table: str, profile: Profile, say: Narrator) -> tuple[Job, ...]:
    """Have every DML of a table run as a job that carries its identity; returns the jobs, in the plan's
    order.

    A job that runs already with the same SQL is adopted. Raises ConflictError when it runs other SQL,
    StatementError when Flink refuses or fails it (the job is cancelled then), ReadinessError when it does not
    come to run, OutcomeUnknownError when nobody can say whether it was started, UnknownTableError for a table
    that is not in the plan.
    """
    return await_running(platform, submit(platform, plan, table, profile, say), say)


def submit(
    platform: Platform, plan: Plan, table: str, profile: Profile, say: Narrator, seen: Sight | None = None
) -> tuple[tuple[Launch, Job], ...]:
    """Find or submit every DML of a table, without waiting for the jobs to run; in the plan's order.

    :param seen: what was on the cluster some time ago; without it this looks for every statement.

    Raises what :func:`deploy` does, but for what only shows once a job runs.
    """
    planned = planned_table(plan, table)
    for shared in planned.shared:
        say(f"{table} is filled by {shared.statement}, which is deployed with {shared.table}")
    if planned.green is None or not planned.dml:
        if not planned.shared:
            say(f"{table} has no statement to run")
        return ()
    if planned.green in protected_names(plan):
        raise ConflictError(
            f"{planned.green} is the name of a table that is live", remedy="Plan the release again"
        )
    refuse_if_undone(platform, plan.release.ref)
    return tuple(
        begin_job(
            Beginning(
                platform=platform,
                plan=plan,
                planned=planned,
                profile=profile,
                launch=launch_of(plan, planned, statement, profile, platform.endpoints),
                say=say,
                seen=seen,
            )
        )
        for statement in planned.dml
    )


def launch_of(
    plan: Plan, planned: PlannedTable, statement: PlannedStatement, profile: Profile, endpoints: Endpoints
) -> Launch:
    """The job that a green statement is to be."""
    return Launch(
        identity=identity(plan, planned, statement),
        job_name=job_name(statement.name, planned.table, planned.green or ""),
        catalog=session_tables(statement, profile, endpoints),
        sql=statement.sql,
        where=statement.where,
    )
