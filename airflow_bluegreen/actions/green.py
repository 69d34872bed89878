"""Whether green runs: asked for before anything that leaves blue behind."""

from collections.abc import Iterator

from airflow_bluegreen.actions.jobs import same_statement
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.planned import identity, job_name
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.model import JobState, Phase, Plan
from airflow_bluegreen.exceptions import ReadinessError
from airflow_bluegreen.ports import JobReader, Narrator, Platform

RECOVERY_S = 60.0
"""How long a green job may take to run again, as one does that lost its TaskManager a moment ago."""
LOOK_EVERY_S = 2.0
_COMPARED = frozenset({Phase.COMPARED, Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING})


def refuse_unless_green_runs(platform: Platform, plan: Plan, say: Narrator) -> None:
    """Wait a little until every green job is RUNNING; reads only.

    A release that is not compared yet is let through: the ledger refuses to move it on.

    Raises ReadinessError naming those that are not, each with Flink's reason.
    """
    if current(platform, plan.release.ref).phase not in _COMPARED:
        return
    told: list[str] = []

    def look() -> tuple[str, ...]:
        idle = tuple(_idle(platform.jobs, plan))
        if idle and not told:
            say(f"waiting for green: {'; '.join(idle)}")
            told.extend(idle)
        return idle

    idle = poll(
        look, until=lambda found: not found, clock=platform.clock, timeout_s=RECOVERY_S, every_s=LOOK_EVERY_S
    )
    if idle:
        raise ReadinessError(
            f"green of {plan.release.ref} does not run: {'; '.join(idle)}",
            remedy="Deploy it again, or roll it back; blue runs on",
        )


def _idle(reader: JobReader, plan: Plan) -> Iterator[str]:
    jobs = reader.jobs()
    for planned in plan.tables:
        for statement in planned.dml if planned.green else ():
            name = job_name(statement.name, planned.table, planned.green or "")
            found = same_statement(jobs, identity(plan, planned, statement))
            if not found:
                yield f"{name} has no job"
            for job in found:
                if job.state is not JobState.RUNNING:
                    yield f"{name} ({job.job_id}) is {job.status}{_reason(reader, job.job_id)}"


def _reason(reader: JobReader, job_id: str) -> str:
    failure = reader.health(job_id).failure
    return f", {failure}" if failure else ""
