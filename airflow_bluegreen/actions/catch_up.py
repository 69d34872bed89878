"""When green has caught up: targets captured, progress observed, waited for."""

from collections.abc import Iterable

from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.jobs import jobs_filling, same_statement
from airflow_bluegreen.actions.planned import filling, identity, planned_table
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.starting import from_its_start
from airflow_bluegreen.core.model import Job, JobProgress, JobState, Offsets, Plan, PlannedTable
from airflow_bluegreen.core.readiness import (
    Observation,
    Readiness,
    ReadinessState,
    Targets,
    Tolerance,
    judge,
)
from airflow_bluegreen.exceptions import ReadinessError
from airflow_bluegreen.ports import JobReader, Narrator, Platform, TopicReader

TOLERANCE = Tolerance(lag=1_000, calm_polls=2, watermark_ms=60_000)
"""New records keep coming: green is never at the very end of its inputs."""
POLL_S = 5.0
TELL_EVERY_S = 15.0

_WORST_FIRST = (JobState.ENDED, JobState.UNKNOWN, JobState.RESTARTING, JobState.STARTING, JobState.RUNNING)


def capture_targets(platform: Platform, plan: Plan, table: str) -> Targets:
    """What green must have read to be called hydrated.

    Call it when the table's green parents are ready: a child over an empty topic has nothing to read and
    would look ready at once. Raises UnknownTableError for a table that is not in the plan.
    """
    planned = planned_table(plan, table)
    progress = _progress(platform.jobs, plan, planned)
    return Targets(
        at_ms=int(platform.clock.now() * 1000),
        offsets=_ends(platform.topics, input_topics(plan, planned)),
        restarts=progress.restarts if progress else 0,
    )


def observe(
    platform: Platform,
    plan: Plan,
    table: str,
    targets: Targets,
    previous: Readiness | None = None,
    *,
    tolerance: Tolerance = TOLERANCE,
) -> Readiness:
    """Look once and judge; reads only.

    :param previous: the judgement of the look before, without which no table becomes ready: that a checkpoint
        came after the targets were reached takes two looks.
    """
    planned = planned_table(plan, table)
    if not filling(plan, planned):
        return Readiness(state=ReadinessState.READY, remaining=0, reason="no statement fills it")
    progress = _progress(platform.jobs, plan, planned)
    if progress is not None:
        progress = from_its_start(platform, plan, filling(plan, planned), progress)
    if progress is None:
        return Readiness(
            state=ReadinessState.FAILING,
            remaining=sum(targets.offsets.values()),
            reason="a job of it does not run",
        )
    seen = Observation(
        progress=progress,
        at_ms=int(platform.clock.now() * 1000),
        ends=_ends(platform.topics, input_topics(plan, planned)),
        blue_watermark=_blue_watermark(platform.jobs, plan, planned),
    )
    return judge(seen, targets, tolerance, previous)


def await_ready(
    platform: Platform, plan: Plan, table: str, say: Narrator, timeout_s: float, *, poll_s: float = POLL_S
) -> Readiness:
    """Wait until green has caught up, telling how far it is.

    Raises ReadinessError when its job ends or crash-loops, or when ``timeout_s`` (seconds) is over.
    """
    targets = capture_targets(platform, plan, table)
    tale = ProgressTale(table, say, TELL_EVERY_S)
    seen: list[Readiness] = []

    def look() -> Readiness:
        readiness = observe(platform, plan, table, targets, seen[-1] if seen else None)
        seen.append(readiness)
        tale.tell(readiness, platform.clock.now())
        return readiness

    last = poll(
        look,
        until=lambda readiness: readiness.state in (ReadinessState.READY, ReadinessState.FAILING),
        clock=platform.clock,
        timeout_s=timeout_s,
        every_s=poll_s,
    )
    if last.state is ReadinessState.READY:
        say(f"{table} has caught up: {sum(targets.offsets.values())} input records, {last.remaining} behind")
        return last
    if last.state is ReadinessState.FAILING:
        raise ReadinessError(f"{table} is failing: {last.reason}", remedy="See the job's exceptions in Flink")
    raise ReadinessError(
        f"{table} is {last.state} after {timeout_s:.0f} s: {last.reason}",
        remedy="Allow more time, or see in Flink what holds the job back; running this again goes on waiting",
    )


class ProgressTale:
    """Says how far a table is: at each change of state, and now and then with rate and remaining time."""

    def __init__(self, table: str, say: Narrator, every_s: float) -> None:
        self._table = table
        self._say = say
        self._every_s = every_s
        self._told_at: float | None = None
        self._state: ReadinessState | None = None
        self._remaining = 0

    def tell(self, readiness: Readiness, now: float) -> None:
        """Say it if it is news; ``now`` in seconds."""
        quiet = self._told_at is not None and now - self._told_at < self._every_s
        if quiet and readiness.state is self._state:
            return
        self._say(f"{self._table} is {readiness.state}: {readiness.reason}{self._pace(readiness, now)}")
        self._told_at, self._state, self._remaining = now, readiness.state, readiness.remaining

    def _pace(self, readiness: Readiness, now: float) -> str:
        if self._told_at is None or readiness.state is not ReadinessState.HYDRATING or now <= self._told_at:
            return ""
        rate = (self._remaining - readiness.remaining) / (now - self._told_at)
        return f" ({rate:,.0f} records/s, {readiness.remaining / rate:,.0f} s to go)" if rate > 0 else ""


def _progress(jobs: JobReader, plan: Plan, planned: PlannedTable) -> JobProgress | None:
    """The progress of all the table's jobs as one; None when one of them is missing."""
    listed = jobs.jobs()
    found = [same_statement(listed, identity(plan, *one)) for one in filling(plan, planned)]
    if not found or not all(found):
        return None
    return _merged([jobs.progress(alike[0].job_id) for alike in found])


def _merged(each: list[JobProgress]) -> JobProgress:
    """As far as the slowest of them."""
    if len(each) == 1:
        return each[0]
    positions: dict[tuple[str, int], int] = {}
    for progress in each:
        for partition, position in progress.positions.items():
            positions[partition] = min(position, positions.get(partition, position))
    checkpoints = [progress.checkpoint_at for progress in each]
    watermarks = [progress.watermark for progress in each if progress.watermark is not None]
    return JobProgress(
        job_id=each[0].job_id,
        state=min((progress.state for progress in each), key=_WORST_FIRST.index),
        positions=positions,
        checkpoint_at=None if None in checkpoints else min(at for at in checkpoints if at is not None),
        watermark=min(watermarks, default=None),
        restarts=sum(progress.restarts for progress in each),
        failure=next((progress.failure for progress in each if progress.failure), None),
    )


def _blue_watermark(jobs: JobReader, plan: Plan, planned: PlannedTable) -> int | None:
    if planned.blue is None:
        return None
    running: Iterable[Job] = jobs_filling(jobs.jobs(), plan.environment, planned.blue)
    marks = [jobs.progress(job.job_id).watermark for job in running]
    return min((mark for mark in marks if mark is not None), default=None)


def _ends(topics: TopicReader, names: Iterable[str]) -> Offsets:
    """End offsets of the partitions that hold records."""
    found: dict[tuple[str, int], int] = {}
    for name in names:
        begins = topics.begin_offsets(name)
        found.update({at: end for at, end in topics.end_offsets(name).items() if end > begins.get(at, 0)})
    return found
