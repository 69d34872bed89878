"""After the cut-over, while blue still runs: green and the connectors are watched for a while."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.connectors import RUNNING
from airflow_bluegreen.actions.jobs import same_statement
from airflow_bluegreen.actions.ledger import find
from airflow_bluegreen.actions.moving import told_moves
from airflow_bluegreen.actions.planned import identity, job_name
from airflow_bluegreen.actions.polling import now_ms, poll
from airflow_bluegreen.core.durations import in_words
from airflow_bluegreen.core.model import (
    ConnectorAction,
    JobState,
    Offsets,
    Plan,
    PlannedConnector,
    PlannedTable,
)
from airflow_bluegreen.core.observation import Baseline, Observed, Watched, judge
from airflow_bluegreen.exceptions import ReadinessError, StatementError
from airflow_bluegreen.ports import JobReader, Narrator, Platform, TopicReader

SETTLE_S = 300.0
"""How long something may take to settle when the time of observation is over."""
LOOK_EVERY_S = 5.0
TELL_EVERY_S = 30.0
_FAILED = "FAILED"


def observe_cut_over(
    platform: Platform,
    plan: Plan,
    say: Narrator,
    *,
    window_s: float = 0.0,
    timeout_s: float = SETTLE_S,
    poll_s: float = LOOK_EVERY_S,
) -> None:
    """Watch for ``window_s`` seconds that green's jobs run, keep up and complete checkpoints, and that every
    connector of the release runs and works green off; reads only.

    Raises StatementError when one has failed, ReadinessError when one does not settle within ``timeout_s``
    seconds after that.
    """
    if not is_watchable(plan):
        say("nothing to observe")
        return
    tell_moves(platform, plan, say)
    watch = Watch(platform, plan, begin(platform, plan, window_s=window_s, timeout_s=timeout_s), say)
    last = poll(
        watch.look,
        until=lambda seen: seen.ended,
        clock=platform.clock,
        timeout_s=window_s + timeout_s,
        every_s=poll_s,
    )
    conclude(last, say, window_s=window_s, timeout_s=timeout_s)


def tell_moves(platform: Platform, plan: Plan, say: Narrator) -> None:
    """Say for each connector how long no sink ran."""
    record = find(platform, plan.release.ref)
    for line in told_moves(record) if record else ():
        say(line)


def is_watchable(plan: Plan) -> bool:
    """Whether the release has a job or connector that can be watched."""
    return any(planned.green and planned.dml for planned in plan.tables) or bool(_watched_connectors(plan))


def begin(platform: Platform, plan: Plan, *, window_s: float, timeout_s: float = SETTLE_S) -> Baseline:
    """How things are when the observation begins, and when it ends."""
    at_ms = now_ms(platform.clock)
    until_ms = at_ms + int(window_s * 1000)
    jobs = [one for one in look_once(platform, plan) if one.is_job]
    return Baseline(
        at_ms=at_ms,
        until_ms=until_ms,
        deadline_ms=until_ms + int(timeout_s * 1000),
        restarts={one.name: one.restarts for one in jobs},
        jobs={one.name: one.job_id for one in jobs if one.job_id},
    )


def conclude(last: Observed, say: Narrator, *, window_s: float, timeout_s: float = SETTLE_S) -> None:
    """Say that all is well, or raise what the last look found. Raises StatementError, ReadinessError."""
    if last.failures:
        raise StatementError(
            f"green is not well: {'; '.join(last.failures)}",
            remedy="Blue still runs: roll the release back, or mend the cause and observe again",
        )
    if not last.settled:
        trouble = ", ".join(last.behind) or "it was not watched to the end"
        raise ReadinessError(
            f"after {in_words(window_s + timeout_s)} not settled: {trouble}",
            remedy="Blue still runs: roll the release back, or mend the cause and observe again",
        )
    say(f"green and its connectors were well for {in_words(window_s)}" if window_s else "green is well")


class Watch:
    """Looks again and again, and says what it sees now and then."""

    def __init__(self, platform: Platform, plan: Plan, baseline: Baseline, say: Narrator) -> None:
        self._platform = platform
        self._plan = plan
        self._baseline = baseline
        self._say = say
        self._last: Observed | None = None
        self._told_at: float | None = None

    def look(self) -> Observed:
        """Look once and judge."""
        seen = look_once(self._platform, self._plan, self._baseline.jobs)
        now = self._platform.clock.now()
        last = judge(seen, int(now * 1000), self._baseline, self._last)
        troubled = self._last is not None and last.behind != self._last.behind
        if self._told_at is None or troubled or last.ended or now - self._told_at >= TELL_EVERY_S:
            self._say("; ".join(f"{one.name} {one.status}, {one.lag:,} behind" for one in seen))
            self._told_at = now
        self._last = last
        return last


def look_once(
    platform: Platform, plan: Plan, known: Mapping[str, str] = MappingProxyType({})
) -> tuple[Watched, ...]:
    """Every green job and every connector of the release; reads only.

    :param known: ids of jobs by name, so that one that has ended can say why.
    """
    return (*_jobs(platform, plan, known), *_connectors(platform, plan))


def _jobs(platform: Platform, plan: Plan, known: Mapping[str, str]) -> Iterator[Watched]:
    listed = platform.jobs.jobs()
    for planned in plan.tables:
        if planned.green is None:
            continue
        ends = _ends(platform.topics, plan, planned)
        for statement in planned.dml:
            found = same_statement(listed, identity(plan, planned, statement))
            name = job_name(statement.name, planned.table, planned.green)
            job_id = found[0].job_id if found else known.get(name, "")
            yield _job(platform.jobs, name, job_id, ends)


def _job(reader: JobReader, name: str, job_id: str, ends: Offsets) -> Watched:
    if not job_id or reader.job(job_id) is None:
        return Watched(name=name, status="gone", running=False, dead=True, lag=0, is_job=True)
    progress = reader.progress(job_id)
    positions = progress.positions
    return Watched(
        name=name,
        status=progress.state.value,
        running=progress.state is JobState.RUNNING,
        dead=progress.state is JobState.ENDED,
        # A partition whose position Flink does not tell yet is not one that was not read.
        lag=sum(max(0, end - positions[at]) for at, end in ends.items() if at in positions),
        restarts=progress.restarts,
        checkpoint_at=progress.checkpoint_at,
        is_job=True,
        job_id=job_id,
        failure=progress.failure or "",
    )


def _ends(topics: TopicReader, plan: Plan, planned: PlannedTable) -> Offsets:
    return {at: end for topic in input_topics(plan, planned) for at, end in topics.end_offsets(topic).items()}


def _watched_connectors(plan: Plan) -> tuple[PlannedConnector, ...]:
    return tuple(one for one in plan.connectors if one.action is not ConnectorAction.REMOVE)


def _connectors(platform: Platform, plan: Plan) -> Iterator[Watched]:
    for planned in _watched_connectors(plan):
        found = platform.connectors.connector(planned.name)
        ends = {
            at: end
            for topic in planned.green_topics
            for at, end in platform.topics.end_offsets(topic).items()
        }
        done = found.offsets if found else {}
        state = found.state if found else "absent"
        yield Watched(
            name=planned.name,
            status=state,
            running=state == RUNNING,
            dead=state == _FAILED,
            lag=sum(max(0, end - done.get(at, 0)) for at, end in ends.items()),
        )
