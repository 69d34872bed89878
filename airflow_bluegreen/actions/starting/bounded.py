"""Jobs that read what lies between offsets and end."""

from collections.abc import Sequence

from airflow_bluegreen.actions.jobs import Launch, same_statement, submit_once
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.starting.beginning import Beginning
from airflow_bluegreen.core.model import Job, JobState
from airflow_bluegreen.exceptions import OutcomeUnknownError, StatementError

BOUNDED_TIMEOUT_S = 6 * 3600.0
LOOK_EVERY_S = 1.0
ONCE = "SET 'restart-strategy.type' = 'none'"
"""A restart would write rows a second time."""


def run_bounded(begin: Beginning, what: str, catalog: Sequence[str], sql: str) -> None:
    """Run a bounded statement and wait until it is through.

    A job of an earlier try is cancelled first: nobody knows how far it came, so its caller starts over.
    Raises StatementError when it fails, OutcomeUnknownError when its end was not seen.
    """
    identity, jobs = begin.side_job(what), begin.platform.jobs
    stop_bounded(begin, what)
    launch = Launch(
        identity=identity,
        job_name=f"{identity.statement}.{begin.green}",
        catalog=(*catalog, ONCE),
        sql=sql,
        where=begin.launch.where,
    )
    job_id = submit_once(begin.platform, launch, begin.say).job_id
    last = poll(
        lambda: jobs.job(job_id),
        until=lambda job: job is None or job.state is JobState.ENDED,
        clock=begin.platform.clock,
        timeout_s=BOUNDED_TIMEOUT_S,
        every_s=LOOK_EVERY_S,
    )
    _refuse_unfinished(begin, what, job_id, last)


def stop_bounded(begin: Beginning, what: str) -> None:
    """Cancel what is left of an earlier try."""
    for job in same_statement(begin.platform.jobs.jobs(), begin.side_job(what)):
        begin.platform.jobs.cancel(job.job_id)
        begin.say(f"{job.name} ({job.job_id}) of an earlier try cancelled")


def _refuse_unfinished(begin: Beginning, what: str, job_id: str, last: Job | None) -> None:
    if last is not None and last.status == "FINISHED":
        return
    if last is None or last.state is not JobState.ENDED:
        raise OutcomeUnknownError(
            f"job {job_id} ({what} of {begin.planned.table}) was not seen to end",
            remedy="Run this again: it starts the copy over",
        )
    cause = begin.platform.jobs.health(job_id).failure or f"it is {last.status}"
    raise StatementError(
        f"job {job_id} ({what} of {begin.planned.table}) failed: {cause}",
        where=begin.launch.where,
        remedy="Mend the cause and run this again",
    )
