"""Waiting until jobs that were submitted run, and go on running."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from airflow_bluegreen.actions.jobs import TAKE_OVER_S, Launch, submit_once
from airflow_bluegreen.actions.polling import forgiving, poll
from airflow_bluegreen.core.model import Job, JobHealth, JobState
from airflow_bluegreen.exceptions import ReadinessError, StatementError
from airflow_bluegreen.ports import JobReader, Narrator, Platform

START_TIMEOUT_S = 180.0
_LOOKS_AT_ONCE = 8
LATE_REASON_LOOKS = 10
"""Flink tells the reason of an end some seconds after the end."""
LOOK_EVERY_S = 0.5
STEADY_S = 1.0
"""For how long a job must run with all of its tasks: it does for a moment before it fails to read a topic."""
QUIET_S = 2.0
"""A job that is starting is not asked for its health in the beginning, and then not more often."""
CRASH_LOOP_RESTARTS = 3
_ON_THEIR_WAY = frozenset({JobState.STARTING, JobState.RUNNING})


def start(platform: Platform, launch: Launch, say: Narrator) -> Job:
    """Find the job and adopt it, or submit it; then wait until it runs.

    Raises ConflictError when a job of that statement differs, StatementError when Flink refuses or fails it,
    OutcomeUnknownError when the answer to the submission was lost and no job appeared, ReadinessError when it
    was submitted and does not come to run.
    """
    job = submit_once(platform, launch, say)
    return await_running(platform, [(launch, job)], say)[0]


@dataclass(slots=True)
class _Watch:
    """What the looks at a starting job have seen so far."""

    launch: Launch
    last: Job
    ask_at: float
    runs_since: float | None = None
    steady: bool = False
    missing: int = 0
    unexplained: int = 0
    restarts_before: int | None = None
    failure: str | None = None
    told: bool = False

    @property
    def decided(self) -> bool:
        return self.failure is not None or self.steady

    def look(self, jobs: JobReader, listed: Mapping[str, Job], now: float) -> None:
        """Look at the list of jobs, and closer where the job does not run there."""
        job_id = self.last.job_id
        seen = listed.get(job_id) or jobs.job(job_id)
        if seen is None and self.missing < TAKE_OVER_S / LOOK_EVERY_S:
            self.missing, self.runs_since = self.missing + 1, None
            return
        self.last = seen or replace(self.last, state=JobState.ENDED, status="unknown to the cluster")
        steady = self._runs_steadily(now)
        if not steady and self.last.state in _ON_THEIR_WAY and now < self.ask_at:
            return
        self.ask_at = now + QUIET_S
        health = jobs.health(job_id) if seen is not None else None
        ended = self.last.state is JobState.ENDED
        if ended and health is not None and health.failure is None and self.unexplained < LATE_REASON_LOOKS:
            self.unexplained += 1
        elif ended or self._loops(health):
            self.failure = (health.failure if health else None) or f"it is {self.last.status}"
        elif steady and self.launch.checkpointed and health and not health.checkpointed:
            self.failure = "its checkpointing is disabled, so nobody could tell when it has caught up"
        else:
            self.steady = steady

    def _runs_steadily(self, now: float) -> bool:
        """By the server's clock, from the first look on; by ours where the server does not tell."""
        if self.last.state is not JobState.RUNNING:
            self.runs_since = None
            return False
        if self.last.unchanged_ms is not None:
            self.runs_since = now - self.last.unchanged_ms / 1000
        elif self.runs_since is None:
            self.runs_since = now
        return now - self.runs_since >= STEADY_S

    def _loops(self, health: JobHealth | None) -> bool:
        if health is None:
            return False
        if self.restarts_before is None:
            self.restarts_before = health.restarts
        return health.restarts - self.restarts_before >= CRASH_LOOP_RESTARTS


def await_running(
    platform: Platform, started: Sequence[tuple[Launch, Job]], say: Narrator
) -> tuple[Job, ...]:
    """Wait until every job runs steadily, with all of its tasks; one list of jobs is asked for a look.

    Raises StatementError for the first one that fails, which is cancelled; ReadinessError for one that does
    not come to run. The others go on, and whoever runs this again finds them.
    """
    begun = platform.clock.now()
    watches = [_Watch(launch=launch, last=job, ask_at=begun + QUIET_S) for launch, job in started]

    def look() -> bool:
        now, listed = platform.clock.now(), {job.job_id: job for job in platform.jobs.jobs()}
        with ThreadPoolExecutor(_LOOKS_AT_ONCE) as threads:
            looks = [
                threads.submit(watch.look, platform.jobs, listed, now)
                for watch in watches
                if not watch.decided
            ]
        # What one look has found is told though another one could not look, and a failure before all.
        for watch in sorted(watches, key=lambda one: one.failure is None):
            if watch.decided and not watch.told:
                _tell(platform, watch, say)
        for one in looks:
            one.result()
        return all(watch.told for watch in watches)

    patient = forgiving(look, platform.clock, say)
    poll(patient, until=bool, clock=platform.clock, timeout_s=START_TIMEOUT_S, every_s=LOOK_EVERY_S)
    late = next((watch for watch in watches if not watch.told), None)
    if late is not None:
        raise _late(late)
    return tuple(watch.last for watch in watches)


def _tell(platform: Platform, watch: _Watch, say: Narrator) -> None:
    launch, job = watch.launch, watch.last
    if watch.failure is not None:
        platform.jobs.cancel(job.job_id)
        raise StatementError(
            f"job {job.job_id} ({launch.job_name}) failed: {watch.failure}",
            where=launch.where,
            remedy="The job is cancelled; mend the cause and run this again",
        )
    say(f"{launch.job_name} is RUNNING, job {job.job_id}")
    watch.told = True


def _late(watch: _Watch) -> ReadinessError:
    job, name = watch.last, watch.launch.job_name
    waiting = f" with {job.unplaced} tasks that wait for a slot" if job.unplaced else ""
    return ReadinessError(
        f"job {job.job_id} ({name}) is {job.status}{waiting} after {START_TIMEOUT_S:.0f} s",
        where=watch.launch.where,
        remedy="See whether the cluster has free slots; running this again adopts the job",
    )
