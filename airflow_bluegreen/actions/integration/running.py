"""Running the statements of a test, each from the beginning of its inputs to their end, parents first.

A job ends by itself when it has read everything, so that nothing has to be guessed about being ready, the
last windows close, and its slots are free again for the next.
"""

import hashlib
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from airflow_bluegreen.actions.integration.preparing import Trial
from airflow_bluegreen.actions.jobs import Launch, submit_once
from airflow_bluegreen.actions.starting.bounded import ONCE
from airflow_bluegreen.core.model import Job, JobIdentity, JobState
from airflow_bluegreen.core.synthetic.isolating import IsolatedStatement
from airflow_bluegreen.exceptions import (
    OutcomeUnknownError,
    OvertakenError,
    StatementError,
    TransientError,
)
from airflow_bluegreen.ports import Narrator, Platform

AT_ONCE = 4
"""Statements that run at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come: ids of the jobs that were started, by their names, and who has finished.

    ``began_ms`` is when it began, ms since the epoch; ``tested`` the fingerprint of what it tests.
    """

    began_ms: int
    tested: str = ""
    jobs: Mapping[str, str] = field(default_factory=dict)
    finished: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """Tells the jobs of this run from those of others of the same test."""
        return f"run-{self.began_ms}"

    @property
    def running(self) -> Mapping[str, str]:
        """The jobs that were started and have not been seen to end."""
        return {name: job for name, job in self.jobs.items() if name not in self.finished}


def fingerprint_of(trial: Trial) -> str:
    """Changes with anything that decides what a test finds: both commits, tables, records and statements."""
    plan, settings = trial.plan, trial.settings
    parts = [
        plan.release.sha,
        plan.base.sha if plan.base else "",
        f"{settings.seed} {settings.records}",
        *trial.isolation.selected,
        *(f"{one.job_name} {one.planned.fingerprint}" for one in trial.isolation.statements),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def refuse_moved(trial: Trial, progress: Progress) -> None:
    """Raises TransientError when the run was begun for something else than this: it has to start over."""
    if progress.tested != fingerprint_of(trial):
        raise TransientError(
            f"{trial.plan.release.ref}, or what it is compared with, has moved since {trial.name} began",
            remedy="Run the test again: it starts over with what they are now",
        )


def is_over(trial: Trial, progress: Progress) -> bool:
    """Whether every statement has run."""
    return len(progress.finished) == len(trial.isolation.statements)


def advance(
    platform: Platform, trial: Trial, progress: Progress, say: Narrator, *, at_once: int = AT_ONCE
) -> Progress:
    """See who has finished, and start those whose inputs are complete; waits for nobody.

    Raises StatementError for a statement that Flink refuses or fails, OutcomeUnknownError for a job that the
    cluster no longer knows, OvertakenError when a later run of the same test has removed this one.
    """
    ended = [name for name, job in progress.running.items() if _has_finished(platform, name, job)]
    progress = replace(progress, finished=(*progress.finished, *ended))
    free = max(0, at_once - len(progress.running))
    ready = [one for one in trial.isolation.statements if _is_ready(trial, one, progress)][:free]
    if not ready:
        return progress
    _refuse_overtaken(platform, trial.name, progress)
    with ThreadPoolExecutor(len(ready)) as threads:
        started = list(threads.map(lambda one: _started(platform, trial, one, progress.token, say), ready))
    jobs = {one.job_name: job.job_id for one, job in zip(ready, started, strict=True)}
    return replace(progress, jobs={**progress.jobs, **jobs})


def _refuse_overtaken(platform: Platform, name: str, progress: Progress) -> None:
    for job in platform.jobs.jobs():
        if job.identity is not None and job.identity.environment == name:
            number = job.identity.release.rpartition("-")[2]
            if number.isdigit() and int(number) > progress.began_ms:
                raise _overtaken(job.job_id, f"{job.name} belongs to a later run of the same test")


def _overtaken(job_id: str, what: str) -> OvertakenError:
    return OvertakenError(
        f"job {job_id}: {what}",
        remedy="Runs of the same release and seed share their names and the last one stays: give this one"
        " another seed; if there is no other, --clean removes what is left",
    )


def ended_jobs(platform: Platform, jobs: Collection[str]) -> int:
    """How many of these jobs do not run any longer; reads only."""
    seen = (platform.jobs.job(job) for job in jobs)
    return sum(job is None or job.state is JobState.ENDED for job in seen)


def _is_ready(trial: Trial, statement: IsolatedStatement, progress: Progress) -> bool:
    if statement.job_name in progress.jobs:
        return False
    return all(
        other.job_name in progress.finished
        for other in trial.isolation.statements
        if other is not statement and set(other.writes) & set(statement.reads)
    )


def _started(
    platform: Platform, trial: Trial, statement: IsolatedStatement, token: str, say: Narrator
) -> Job:
    planned = statement.planned
    identity = JobIdentity(
        environment=trial.name,
        release=token,
        statement=planned.name,
        table=statement.writes[0],
        fingerprint=planned.fingerprint,
    )
    # Once a run, or its rows would be there twice: a look that broke off may have started it and not told.
    # One that was cancelled is of a run that was killed and removed at the very same moment.
    known = platform.jobs.job(platform.gateway.job_key(identity))
    if known is not None and known.status != "CANCELED":
        return known
    launch = Launch(
        identity=identity,
        job_name=statement.job_name,
        catalog=(*trial.sessions[statement.job_name], ONCE),
        sql=planned.sql,
        where=planned.where,
    )
    return submit_once(platform, launch, say)


def _has_finished(platform: Platform, name: str, job_id: str) -> bool:
    job = platform.jobs.job(job_id)
    if job is None:
        raise OutcomeUnknownError(
            f"the cluster does not know job {job_id} ({name}) any longer", remedy="Run the test again"
        )
    if job.state is not JobState.ENDED:
        return False
    if job.status == "FINISHED":
        return True
    if job.status == "CANCELED":
        raise _overtaken(job_id, f"{name} was cancelled, as a later run of the same test does")
    cause = platform.jobs.health(job_id).failure or f"it is {job.status}"
    raise StatementError(
        f"job {job_id} ({name}) failed on synthetic records: {cause}",
        remedy="Mend the statement, or what is generated for its sources (integration_test.sources)",
    )
