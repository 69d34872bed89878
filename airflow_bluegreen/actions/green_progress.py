"""What one look at green sees: the jobs that fill a table, how far they are, and where their inputs end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from airflow_bluegreen.actions.catalog import input_topics, topic_names
from airflow_bluegreen.actions.jobs import jobs_filling, same_statement
from airflow_bluegreen.actions.planned import filling, identity
from airflow_bluegreen.actions.polling import now_ms
from airflow_bluegreen.actions.starting import from_its_start
from airflow_bluegreen.core.model import (
    Checkpoints,
    Job,
    JobProgress,
    JobState,
    Offsets,
    OperatorLoad,
    Plan,
    PlannedTable,
)
from airflow_bluegreen.core.readiness import (
    Observation,
    Readiness,
    ReadinessState,
    Targets,
    Tolerance,
    judge,
    missing,
    wants_loads,
)
from airflow_bluegreen.core.trouble import Patience
from airflow_bluegreen.ports import Platform

_WORST_FIRST = (JobState.ENDED, JobState.UNKNOWN, JobState.RESTARTING, JobState.STARTING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the tables of one look share: the jobs that run, and where their inputs end."""

    jobs: tuple[Job, ...]
    ends: Offsets

    def ends_of(self, topics: Iterable[str]) -> Offsets:
        wanted = frozenset(topics)
        return {at: end for at, end in self.ends.items() if at[0] in wanted}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the world, at which tables are judged."""

    platform: Platform
    plan: Plan
    scene: Scene
    tolerance: Tolerance
    patience: Patience
    now_ms: int

    def at(self, planned: PlannedTable, targets: Targets, previous: Readiness | None) -> Readiness:
        """Judge a table."""
        if not filling(self.plan, planned):
            return Readiness(state=ReadinessState.READY, remaining=0, reason="no statement fills it")
        running = _jobs_of(self.scene.jobs, self.plan, planned)
        if running is None:
            return missing(self._ended(planned), targets, self.now_ms, previous)
        each = [self.platform.jobs.progress(job.job_id) for job in running]
        progress = from_its_start(
            self.platform,
            self.plan,
            filling(self.plan, planned),
            _merged([_with_topic(one, self.plan, planned) for one in each]),
        )
        close = previous is not None and previous.reached_at is not None and progress.watermark is not None
        seen = Observation(
            progress=progress,
            at_ms=self.now_ms,
            ends=self.scene.ends_of(input_topics(self.plan, planned)),
            blue_watermark=self._blue_watermark(planned) if close else None,
            loads=self._loads(running) if wants_loads(previous) else (),
        )
        return judge(seen, targets, self.tolerance, previous, patience=self.patience)

    def _ended(self, planned: PlannedTable) -> JobProgress | None:
        """A job of the table that the cluster knows as ended; None where it knows of none, or not yet."""
        for owner, statement in filling(self.plan, planned):
            wanted = identity(self.plan, owner, statement)
            last, number = None, 0
            while (job := self.platform.jobs.job(self.platform.gateway.job_key(wanted, number))) is not None:
                last, number = job, number + 1
            if last is not None and last.state is JobState.ENDED:
                return _with_topic(self.platform.jobs.progress(last.job_id), self.plan, planned)
        return None

    def _loads(self, running: Iterable[Job]) -> tuple[OperatorLoad, ...]:
        return tuple(load for job in running for load in self.platform.jobs.loads(job.job_id))

    def _blue_watermark(self, planned: PlannedTable) -> int | None:
        if planned.blue is None:
            return None
        running = jobs_filling(self.scene.jobs, self.plan.environment, planned.blue)
        marks = [self.platform.jobs.progress(job.job_id).watermark for job in running]
        return min((mark for mark in marks if mark is not None), default=None)


def _topics_of(plan: Plan, tables: Iterable[PlannedTable]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic for planned in tables for topic in input_topics(plan, planned)))


def look_around(platform: Platform, plan: Plan, tables: Sequence[PlannedTable]) -> Scene:
    return Scene(jobs=platform.jobs.jobs(), ends=platform.topics.end_offsets(*_topics_of(plan, tables)))


def capture(platform: Platform, plan: Plan, tables: Sequence[PlannedTable], scene: Scene) -> list[Targets]:
    """The targets of each table: end offsets of the partitions that hold records."""
    begins = platform.topics.begin_offsets(*_topics_of(plan, tables)) if tables else {}
    at_ms = now_ms(platform.clock)
    captured = []
    for planned in tables:
        topics = frozenset(input_topics(plan, planned))
        ends = scene.ends_of(topics)
        running = _jobs_of(scene.jobs, plan, planned) or ()
        captured.append(
            Targets(
                at_ms=at_ms,
                offsets={at: end for at, end in ends.items() if end > begins.get(at, 0)},
                restarts=sum(platform.jobs.progress(job.job_id).restarts for job in running),
                begins={at: begin for at, begin in begins.items() if at[0] in topics and begin},
            )
        )
    return captured


def _jobs_of(listed: Iterable[Job], plan: Plan, planned: PlannedTable) -> tuple[Job, ...] | None:
    """The jobs of all statements that fill a table; None when one of them is missing."""
    found = [same_statement(listed, identity(plan, *one)) for one in filling(plan, planned)]
    return tuple(alike[0] for alike in found) if found and all(found) else None


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
        lacks_slots=any(progress.lacks_slots for progress in each),
        unplaced=sum(progress.unplaced for progress in each),
        checkpoints=_together([progress.checkpoints for progress in each]),
    )


def _with_topic(progress: JobProgress, plan: Plan, planned: PlannedTable) -> JobProgress:
    """The failure with the topics that were read, which Flink's exceptions leave out."""
    if not progress.failure or not progress.failed_reading:
        return progress
    topics = topic_names(plan, planned)
    named = ", ".join(topics.get(table, table) for table in progress.failed_reading)
    return replace(progress, failure=f"reading topic {named}: {progress.failure}")


def _together(each: Sequence[Checkpoints]) -> Checkpoints:
    """Those of the slowest job, disabled where one of them has none."""
    return Checkpoints(
        enabled=all(one.enabled for one in each),
        interval_ms=max((one.interval_ms for one in each if one.interval_ms is not None), default=None),
        timeout_ms=max((one.timeout_ms for one in each if one.timeout_ms is not None), default=None),
        completed=min((one.completed for one in each if one.completed is not None), default=None),
        failed=sum(one.failed or 0 for one in each),
        failure=next((one.failure for one in each if one.failure), None),
    )
