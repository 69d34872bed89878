"""Flink is the truth about what runs: finding jobs by what they say of themselves; submitting them once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.actions.polling import now_ms, poll
from airflow_bluegreen.core.model import Job, JobIdentity, JobState, Submission
from airflow_bluegreen.exceptions import (
    ConflictError,
    OutcomeUnknownError,
    Where,
)
from airflow_bluegreen.ports import Narrator, Platform

LOST_SUBMIT_TIMEOUT_S = 30.0
TAKE_OVER_S = 20.0
"""A JobManager that takes over shows the jobs that it recovers after some seconds."""
MOST_STARTS = 50
"""As often as one statement of a release may have ended on a cluster and be started anew."""
LOOK_EVERY_S = 1.0

_NO_IDENTITY_PREFIXES = ("insert-into_default_catalog.default_database.",)
"""Flink's own name for the job of an INSERT that nobody named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A job to be running: found, or started with ``catalog`` and ``sql``. ``where`` is its place in git.

    ``properties`` are settings of this statement alone. ``checkpointed``: without checkpoints it is refused.
    """

    identity: JobIdentity
    job_name: str
    catalog: tuple[str, ...]
    sql: str
    where: Where | None = None
    restore_path: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    checkpointed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A cluster as it was seen at one moment: the jobs that have not ended, and the ids of all it knows."""

    jobs: tuple[Job, ...]
    known: frozenset[str]


def sight(platform: Platform) -> Sight:
    """Look at the cluster once. Two requests, for whoever starts many statements."""
    return Sight(known=platform.jobs.known(), jobs=platform.jobs.jobs())


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


def submit_once(platform: Platform, launch: Launch, say: Narrator, seen: Sight | None = None) -> Job:
    """The job of a launch: the one that is there, else submitted; however many do this at the same time.

    Nobody waits for the job to run, nor looks whether a new one is there yet.

    :param seen: what was there some time ago. It is believed where it has nothing of this statement: what was
        submitted since is met by Flink, which takes a job's key once.

    Raises ConflictError when a job of that statement differs, StatementError
    when Flink refuses it, OutcomeUnknownError when the answer to the submission was lost and no job appeared.
    """
    if seen is None or same_statement(seen.jobs, launch.identity):
        seen = sight(platform)
    found = _adopted(platform, launch, say, seen.jobs)
    if found is not None:
        return found
    for number in range(MOST_STARTS):
        key = platform.gateway.job_key(launch.identity, number)
        there = platform.jobs.job(key) if key in seen.known else None
        if there is None:
            there = _submitted(platform, launch, number, say)
        elif there.state is not JobState.ENDED:
            say(f"{launch.job_name} was submitted a moment ago, job {key}: adopted")
            return there
        else:
            continue
        if there is not None:
            return there if there.job_id == key else _alone(platform, launch, there, say)
    raise ConflictError(
        f"{launch.job_name} was started {MOST_STARTS} times on this cluster and ended each time",
        where=launch.where,
        remedy="See the job's exceptions in Flink; roll the release back",
    )


def _alone(platform: Platform, launch: Launch, job: Job, say: Narrator) -> Job:
    """For a server that did not give the job its key: the oldest of several jobs, the others cancelled."""
    found = poll(
        lambda: _adopted(platform, launch, say, platform.jobs.jobs()),
        until=lambda seen: seen is not None,
        clock=platform.clock,
        timeout_s=LOST_SUBMIT_TIMEOUT_S,
        every_s=LOOK_EVERY_S,
    )
    return found or job


def _adopted(platform: Platform, launch: Launch, say: Narrator, jobs: Iterable[Job]) -> Job | None:
    alike = same_statement(jobs, launch.identity)
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


def _submitted(platform: Platform, launch: Launch, number: int, say: Narrator) -> Job | None:
    """The job, submitted; None when Flink does not take its key, which a job had that is over."""
    origin = f" from savepoint {launch.restore_path}" if launch.restore_path else ""
    try:
        submission = _submit(platform, launch, number)
    except OutcomeUnknownError:
        say(f"{launch.job_name}: no answer to the submission, looking whether the job appears")
        found = _appeared(platform, launch, number)
        if found is not None:
            say(f"{launch.job_name} has appeared, job {found.job_id}")
            return found
        say(f"{launch.job_name} has not appeared, submitting it again: the same job if it still comes")
        submission = _submit(platform, launch, number)
    found = _new(platform, launch, submission) if submission.fresh else _taken(platform, submission.job_id)
    if found is not None:
        say(f"{launch.job_name} submitted{origin}, job {submission.job_id}")
    return found


def _new(platform: Platform, launch: Launch, submission: Submission) -> Job:
    return Job(
        job_id=submission.job_id,
        name=launch.job_name,
        state=JobState.STARTING,
        status="submitted",
        started_at=now_ms(platform.clock),
        identity=launch.identity,
    )


def _taken(platform: Platform, key: str) -> Job | None:
    """Whose key it is: a JobManager that has just taken over knows the key and does not show the job yet."""
    found = poll(
        lambda: platform.jobs.job(key),
        until=lambda job: job is not None,
        clock=platform.clock,
        timeout_s=TAKE_OVER_S,
        every_s=LOOK_EVERY_S,
    )
    return found if found is not None and found.state is not JobState.ENDED else None


def _submit(platform: Platform, launch: Launch, number: int) -> Submission:
    return platform.gateway.submit(
        launch.catalog,
        launch.sql,
        job_name=launch.job_name,
        identity=launch.identity,
        number=number,
        properties=launch.properties,
        restore_path=launch.restore_path,
    )


def _appeared(platform: Platform, launch: Launch, number: int) -> Job | None:
    """A job whose submission was not answered, once it is there: by its key, or by what it says of itself."""
    key = platform.gateway.job_key(launch.identity, number)

    def look() -> Job | None:
        alike = same_statement(platform.jobs.jobs(), launch.identity)
        return platform.jobs.job(key) or next(iter(alike), None)

    return poll(
        look,
        until=lambda job: job is not None,
        clock=platform.clock,
        timeout_s=LOST_SUBMIT_TIMEOUT_S,
        every_s=LOOK_EVERY_S * 2,
    )
