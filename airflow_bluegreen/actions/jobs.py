"""Flink is the truth about what runs: finding jobs by what they say of themselves, and starting them once."""

from collections.abc import Iterable
from dataclasses import dataclass

from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.core.model import Job, JobIdentity, JobProgress, JobState
from airflow_bluegreen.exceptions import (
    ConflictError,
    OutcomeUnknownError,
    ReadinessError,
    StatementError,
    Where,
)
from airflow_bluegreen.ports import JobReader, Narrator, Platform

START_TIMEOUT_S = 180.0
LOST_SUBMIT_TIMEOUT_S = 60.0
LOOK_EVERY_S = 1.0
STEADY_LOOKS = 2
"""Consecutive looks at RUNNING that are asked for: a job is RUNNING for a moment before it fails to read a
topic.
"""
CRASH_LOOP_RESTARTS = 3

_NO_IDENTITY_PREFIXES = ("insert-into_default_catalog.default_database.",)
"""Flink's own name for the job of an INSERT that nobody named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A job to be running: found, or started with ``catalog`` and ``sql``. ``where`` is its place in git."""

    identity: JobIdentity
    job_name: str
    catalog: tuple[str, ...]
    sql: str
    where: Where | None = None
    restore_path: str | None = None


def jobs_filling(jobs: Iterable[Job], environment: str, physical: str) -> tuple[Job, ...]:
    """The jobs that write a physical table: by their identity, else (adopted ones) by name.

    A job that nobody deployed with this tool is known by the name ``dml.<table>``, or by Flink's own for an
    INSERT.
    """
    return tuple(job for job in jobs if filled_table(job, environment) == physical)


def filled_table(job: Job, environment: str) -> str | None:
    """The physical table that a job fills in an environment; None where it fills none of that."""
    if job.identity is not None:
        return job.identity.table if job.identity.environment == environment else None
    for prefix in _NO_IDENTITY_PREFIXES:
        if job.name.startswith(prefix):
            return job.name.removeprefix(prefix)
    prefix, _, rest = job.name.partition(".")
    return rest.partition(".")[0] if prefix == "dml" else None


def same_statement(jobs: Iterable[Job], identity: JobIdentity) -> tuple[Job, ...]:
    """The jobs that run the statement of ``identity`` at its table in its environment, whatever their
    release.
    """
    wanted = (identity.environment, identity.table, identity.statement)
    return tuple(
        job
        for job in jobs
        if job.identity and (job.identity.environment, job.identity.table, job.identity.statement) == wanted
    )


def start(platform: Platform, launch: Launch, say: Narrator) -> Job:
    """Find the job and adopt it, or submit it; then wait until it runs.

    Raises ConflictError when a job of that statement differs, StatementError when Flink refuses or fails it,
    OutcomeUnknownError when the answer to the submission was lost and no job appeared, ReadinessError when it
    was submitted and does not come to run.
    """
    found = _adopted(platform, launch, say)
    if found is None:
        found = _submitted(platform, launch, say)
    return _steady(platform, found, launch, say)


def _adopted(platform: Platform, launch: Launch, say: Narrator) -> Job | None:
    alike = same_statement(platform.jobs.jobs(), launch.identity)
    for job in alike:
        refuse_different(job, launch)
    if not alike:
        return None
    first, *doubles = sorted(alike, key=lambda job: (job.started_at, job.job_id))
    for double in doubles:
        say(f"cancelling {double.name} ({double.job_id}): it runs twice, {first.job_id} stays")
        platform.jobs.cancel(double.job_id)
    say(f"{launch.job_name} runs already with the same SQL, job {first.job_id}: adopted")
    return first


def refuse_different(job: Job, launch: Launch) -> None:
    """Raises ConflictError when the job runs other SQL than wanted, or belongs to another release."""
    assert job.identity is not None
    wanted, there = launch.identity, job.identity
    if there.fingerprint != wanted.fingerprint:
        raise ConflictError(
            f"job {job.job_id} ({job.name}) of {there.release} has other SQL ({there.fingerprint[:12]})"
            f" than {wanted.release} wants ({wanted.fingerprint[:12]})",
            where=launch.where,
            remedy=f"Roll back release {there.release}, or cancel that job, then run this again",
        )
    if there.release != wanted.release:
        raise ConflictError(
            f"job {job.job_id} ({job.name}) belongs to release {there.release}, not to {wanted.release}",
            where=launch.where,
            remedy=f"Roll back release {there.release} first",
        )


def _submitted(platform: Platform, launch: Launch, say: Narrator) -> Job:
    origin = f" from savepoint {launch.restore_path}" if launch.restore_path else ""
    try:
        job_id = platform.gateway.submit(
            launch.catalog,
            launch.sql,
            job_name=launch.job_name,
            identity=launch.identity,
            restore_path=launch.restore_path,
        )
    except OutcomeUnknownError:
        say(f"{launch.job_name}: no answer to the submission, looking whether the job appears")
        found = poll(
            lambda: _adopted(platform, launch, say),
            until=lambda job: job is not None,
            clock=platform.clock,
            timeout_s=LOST_SUBMIT_TIMEOUT_S,
            every_s=LOOK_EVERY_S * 2,
        )
        if found is None:
            raise
        return found
    say(f"{launch.job_name} submitted{origin}, job {job_id}")
    return Job(
        job_id=job_id,
        name=launch.job_name,
        state=JobState.STARTING,
        status="CREATED",
        started_at=int(platform.clock.now() * 1000),
        identity=launch.identity,
    )


@dataclass(slots=True)
class _Watch:
    """What the looks at a starting job have seen so far."""

    jobs: JobReader
    job_id: str
    restarts_before: int | None = None
    steady: int = 0
    last: Job | None = None
    failure: str | None = None

    def look(self) -> "_Watch":
        self.last = self.jobs.job(self.job_id)
        progress = self.jobs.progress(self.job_id) if self.last else None
        if self.last is None or self.last.state is JobState.ENDED or self._loops(progress):
            status = self.last.status if self.last else "unknown to the cluster"
            self.failure = (progress.failure if progress else None) or f"it is {status}"
        running = self.last is not None and self.last.state is JobState.RUNNING
        self.steady = self.steady + 1 if running else 0
        return self

    def _loops(self, progress: JobProgress | None) -> bool:
        if progress is None:
            return False
        if self.restarts_before is None:
            self.restarts_before = progress.restarts
        return progress.restarts - self.restarts_before >= CRASH_LOOP_RESTARTS

    @property
    def decided(self) -> bool:
        return self.failure is not None or self.steady >= STEADY_LOOKS


def _steady(platform: Platform, job: Job, launch: Launch, say: Narrator) -> Job:
    watch = poll(
        _Watch(platform.jobs, job.job_id).look,
        until=lambda seen: seen.decided,
        clock=platform.clock,
        timeout_s=START_TIMEOUT_S,
        every_s=LOOK_EVERY_S,
    )
    if watch.failure is not None:
        platform.jobs.cancel(job.job_id)
        raise StatementError(
            f"job {job.job_id} ({launch.job_name}) failed: {watch.failure}",
            where=launch.where,
            remedy="The job is cancelled; mend the cause and run this again",
        )
    if watch.last is None or not watch.decided:
        status = watch.last.status if watch.last else "unknown"
        raise ReadinessError(
            f"job {job.job_id} ({launch.job_name}) is {status} after {START_TIMEOUT_S:.0f} s",
            where=launch.where,
            remedy="See whether the cluster has free slots; running this again adopts the job",
        )
    say(f"{launch.job_name} is RUNNING, job {job.job_id}")
    return watch.last
