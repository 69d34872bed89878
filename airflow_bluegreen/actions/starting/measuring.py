"""What a release costs, as the environment's servers tell it; reads only."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.starting.facts import Starts
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    Job,
    JobWeight,
    Offsets,
    PlannedTable,
    Project,
    ReleaseCost,
    Start,
    StartDecision,
    Topic,
)
from airflow_bluegreen.core.starting.cost import TableLoad, TopicLoad, release_cost
from airflow_bluegreen.core.starting.flink_plan import state_in
from airflow_bluegreen.exceptions import StatementError
from airflow_bluegreen.ports import JobReader, TopicReader

READERS = 8
"""How many requests are on their way at once: a project may have a thousand topics."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def measure(starts: Starts, project: Project) -> ReleaseCost:
    """What a release costs, with how each of its tables starts.

    :param project: as the release has it, for what the untouched tables read.

    Raises TransientError when a server cannot be reached.
    """
    jobs = starts.platform.jobs
    running = _running(starts, jobs.jobs())
    inputs = _inputs(starts, project)
    names = {name for read in inputs.values() for name in read} | {
        one.blue for one in starts.plan.tables if one.blue
    }
    topics = _topics(starts.platform.topics, names)
    weights = _weights(jobs, (job for found in running.values() for job in found))
    decisions = starts.decisions()
    renewed = {one.table: one for one in decisions}
    loads = {
        table: TableLoad(
            inputs=read,
            weights=tuple(weights[job.job_id] for job in running.get(table, ()) if job.job_id in weights),
            capacity=_capacity(jobs, running.get(table, ())) if table in renewed else None,
            started_ms=min((job.started_at for job in running.get(table, ())), default=None),
            keeps_state=_keeps_state(starts, renewed.get(table), read, topics),
        )
        for table, read in inputs.items()
    }
    return release_cost(starts.plan, decisions, loads, topics, jobs.free_slots())


def _running(starts: Starts, listed: tuple[Job, ...]) -> Mapping[str, tuple[Job, ...]]:
    """The jobs of every table as it is now, by logical name."""
    plan = starts.plan
    blue = {one.table: one.blue for one in plan.tables if one.blue}
    now = blue | {table: plan.physical[table] for table in plan.untouched if table in plan.physical}
    return {table: jobs_filling(listed, plan.environment, physical) for table, physical in now.items()}


def _inputs(starts: Starts, project: Project) -> Mapping[str, tuple[str, ...]]:
    """The topics that every table reads, under the names of the blue ones, by logical name."""
    plan = starts.plan
    before = {one.green: one.blue for one in plan.tables if one.green and one.blue}
    lineage = Lineage(project)
    found = {
        table: (*(plan.physical[name] for name in lineage.inputs(table)), *lineage.external_inputs(table))
        for table in plan.untouched
        if table in lineage.tables
    }
    found |= {one.table: input_topics(plan, one) for one in plan.tables if one.green is not None}
    return {table: tuple(before.get(name) or name for name in read) for table, read in found.items()}


def _topics(topics: TopicReader, names: Iterable[str]) -> Mapping[str, TopicLoad]:
    there = topics.described(*sorted(names))
    begins, ends = topics.begin_offsets(*there), topics.end_offsets(*there)

    def weigh(topic: Topic) -> tuple[str, TopicLoad]:
        own = {at: begin for at, begin in begins.items() if at[0] == topic.name}
        cut = topic.config.get("cleanup.policy") != "compact" and any(own.values())
        oldest = _oldest_ms(topics, topic.name, own, ends) if cut else None
        records = sum(max(0, ends[at] - begin) for at, begin in own.items())
        return topic.name, TopicLoad(records=records, cut=cut, oldest_ms=oldest)

    return dict(_at_once(weigh, there.values()))


def _oldest_ms(topics: TopicReader, name: str, begins: Offsets, ends: Offsets) -> int | None:
    """The time of the oldest of the first records of its partitions."""
    first = {at: min(begin + 1, ends[at]) for at, begin in begins.items()}
    return min((record.timestamp for record in topics.read(name, begins, first)), default=None)


def _weights(jobs: JobReader, running: Iterable[Job]) -> Mapping[str, JobWeight]:
    def weigh(job: Job) -> tuple[str, JobWeight] | None:
        try:
            return job.job_id, jobs.weight(job.job_id)
        except StatementError:  # it ended between the two requests
            return None

    return dict(found for found in _at_once(weigh, tuple(running)) if found is not None)


def _capacity(jobs: JobReader, running: Iterable[Job]) -> float | None:
    """Of the table's jobs together; None where one of them cannot tell."""
    found = [jobs.read_capacity(job.job_id) for job in running]
    known = [one for one in found if one is not None]
    return sum(known) if known and len(known) == len(found) else None


def _keeps_state(
    starts: Starts, decision: StartDecision | None, read: Iterable[str], topics: Mapping[str, TopicLoad]
) -> bool | None:
    """Asked of Flink only for what is rebuilt from inputs that were cut: nothing else depends on it."""
    planned: PlannedTable | None = starts.plan.table(decision.table) if decision else None
    if decision is None or planned is None or decision.start is not Start.REBUILD:
        return None
    if not any(topics[name].cut for name in read if name in topics):
        return None
    return any(state_in(starts.explained(one)) is not None for one in planned.dml)


def _at_once(ask: Callable[[Asked], Answer], of: Iterable[Asked]) -> list[Answer]:
    with ThreadPoolExecutor(max_workers=READERS) as pool:
        return list(pool.map(ask, of))
