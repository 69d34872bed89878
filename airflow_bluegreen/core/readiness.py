"""When green has caught up: the judgement over one observation of a job, without any waiting."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from airflow_bluegreen.core.model import JobProgress, JobState, Offsets, OperatorLoad
from airflow_bluegreen.core.pace import Pace, Sample, followed, pace
from airflow_bluegreen.core.trouble import (
    Case,
    Diagnosis,
    Patience,
    Trouble,
    because,
    bottleneck,
    end_of,
    find_trouble,
)

MISSING_MS = 60_000
"""A job that is nowhere to be seen for longer is gone."""
LATE_REASON_MS = 10_000
"""Flink tells the reason of an end some seconds after the end."""
_NOWHERE = "a job of it does not run"


class ReadinessState(StrEnum):
    """From worst to best: FAILING needs a person, the next three need time."""

    FAILING = "failing"
    STARTING = "starting"
    HYDRATING = "hydrating"
    LAGGING = "lagging"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What one observation says. ``remaining`` is in records: up to the targets while hydrating, else lag.

    ``trouble`` says why it is failing. ``reached_at`` (ms since the epoch; None = not yet), ``calm``
    (consecutive polls within the lag threshold), ``missing_since`` (ms since the epoch; None = the job is
    there) and ``samples`` (what was seen so far) are to be handed to the judgement of the next observation.
    """

    state: ReadinessState
    remaining: int
    reason: str
    trouble: Trouble | None = None
    reached_at: int | None = None
    calm: int = 0
    missing_since: int | None = None
    samples: tuple[Sample, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether nothing is to be waited for any more."""
        return self.state in (ReadinessState.READY, ReadinessState.FAILING)

    @property
    def pace(self) -> Pace | None:
        """Records read and arriving a second, None while nobody can tell."""
        return pace(self.samples)

    @property
    def eta_s(self) -> float | None:
        """Seconds to go at the present pace; None while nobody can tell, or for ever."""
        speed = self.pace
        if speed is None:
            return None
        if self.state is ReadinessState.HYDRATING:
            return speed.seconds_to_read(self.remaining)
        return speed.seconds_to_catch_up(self.remaining) if self.state is ReadinessState.LAGGING else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """End offsets of every input partition that held records at ``at_ms`` (ms since the epoch).

    A partition that held none may be left out, so that a job over empty inputs is ready after its first
    checkpoint. ``restarts`` is how often the table's jobs had restarted by then, ``begins`` where the records
    that are still there begin: a partition that was not read yet stands there.
    """

    at_ms: int
    offsets: Offsets
    restarts: int = 0
    begins: Offsets = field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many records there are to read."""
        return self.behind({})

    def behind(self, positions: Offsets, ends: Offsets | None = None) -> int:
        """How many of them, or up to other ``ends``, a job at these positions has not read."""
        wanted = self.offsets if ends is None else ends
        return sum(
            max(0, end - max(positions.get(at, 0), self.begins.get(at, 0))) for at, end in wanted.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How calm a table has to be: ``lag`` in records over all partitions that may be outstanding, at
    ``calm_polls`` consecutive observations, with a watermark at most ``watermark_ms`` behind blue's.
    """

    lag: int = 0
    calm_polls: int = 1
    watermark_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is seen of a green job at ``at_ms`` (ms since the epoch).

    :param ends: end offsets of the inputs now; None leaves the lag out of the judgement.
    :param blue_watermark: blue's watermark in ms; None on either side: nothing to catch up with.
    :param loads: of the job's operators in the order of the flow, where somebody asked; names the bottleneck.
    """

    progress: JobProgress
    at_ms: int
    ends: Offsets | None = None
    blue_watermark: int | None = None
    loads: tuple[OperatorLoad, ...] = ()


def judge(
    seen: Observation,
    targets: Targets,
    tolerance: Tolerance | None = None,
    previous: Readiness | None = None,
    *,
    patience: Patience | None = None,
) -> Readiness:
    """Judge one observation of a green job.

    :param previous: the judgement of the observation before, which remembers what was seen so far.
    :param patience: for how long states that mend themselves may last.
    """
    if seen.progress.state is JobState.ENDED:
        return missing(seen.progress, targets, seen.at_ms, previous)
    allowed, bound = tolerance or Tolerance(), patience or Patience()
    samples = _samples(seen, targets, previous, bound)
    judged = replace(_judged(seen, targets, allowed, previous), samples=samples)
    found = find_trouble(
        Case(
            progress=seen.progress,
            samples=samples,
            patience=bound,
            targets_at=targets.at_ms,
            restarts_before=targets.restarts,
            reached_at=judged.reached_at,
            allowed=allowed.lag,
            loads=seen.loads,
        )
    )
    if found is not None and judged.state is not ReadinessState.READY:
        return replace(judged, state=ReadinessState.FAILING, reason=found.reason, trouble=found.trouble)
    return _with_bottleneck(judged, seen)


def missing(
    ended: JobProgress | None, targets: Targets, at_ms: int, previous: Readiness | None = None
) -> Readiness:
    """Judge a job that does not run.

    :param ended: how it ended, where the cluster knows. Without that the job may yet appear: a JobManager
        that takes over lists no job before it has recovered them.
    """
    since = previous.missing_since if previous and previous.missing_since is not None else at_ms
    found = end_of(ended) if ended is not None else Diagnosis(trouble=Trouble.ENDED, reason=_NOWHERE)
    bound = MISSING_MS if ended is None else 0 if ended.failure else LATE_REASON_MS
    given_up = at_ms - since >= bound
    return Readiness(
        state=ReadinessState.FAILING if given_up else ReadinessState.STARTING,
        remaining=targets.records,
        reason=found.reason,
        trouble=found.trouble if given_up else None,
        missing_since=since,
        samples=previous.samples if previous else (),
    )


def wants_loads(previous: Readiness | None) -> bool:
    """Whether the next observation should tell the operators' loads: more arrives than is read."""
    if previous is None or previous.state not in (ReadinessState.HYDRATING, ReadinessState.LAGGING):
        return False
    return previous.pace is not None and previous.pace.falls_behind


def _with_bottleneck(judged: Readiness, seen: Observation) -> Readiness:
    named = bottleneck(seen.loads)
    return replace(judged, reason=f"{judged.reason}; {named}") if named else judged


def _samples(
    seen: Observation, targets: Targets, previous: Readiness | None, patience: Patience
) -> tuple[Sample, ...]:
    ends = seen.ends if seen.ends is not None else targets.offsets
    total = sum(ends.values())
    now = Sample(
        at_ms=seen.at_ms,
        read=total - targets.behind(seen.progress.positions, ends),
        ends=total,
        restarts=seen.progress.restarts,
        checkpoint_at=seen.progress.checkpoint_at,
        unplaced=seen.progress.unplaced,
    )
    known = previous.samples if previous else ()
    return followed(known, now, patience.memory_ms(seen.progress.checkpoints))


def _judged(
    seen: Observation, targets: Targets, tolerance: Tolerance, previous: Readiness | None
) -> Readiness:
    progress = seen.progress
    remaining = targets.behind(progress.positions)
    if progress.state is not JobState.RUNNING:
        return _waiting(ReadinessState.STARTING, remaining, _not_running(progress))
    if remaining:
        reason = f"{remaining:,} records to read up to the targets"
        return _waiting(ReadinessState.HYDRATING, remaining, reason)
    reached_at = previous.reached_at if previous else None
    if reached_at is None or reached_at < targets.at_ms:  # the targets were captured anew since
        reached_at = seen.at_ms
    checkpoint_at = progress.checkpoint_at
    if checkpoint_at is None or checkpoint_at <= reached_at:
        return _waiting(
            ReadinessState.HYDRATING, 0, "targets read, waiting for a checkpoint after that", reached_at
        )
    return _keeping_up(seen, targets, tolerance, reached_at, previous.calm if previous else 0)


def _not_running(progress: JobProgress) -> str:
    if progress.unplaced:
        return f"{progress.unplaced} tasks wait for a free slot{because(progress.failure)}"
    return f"the job is {progress.state}{because(progress.failure)}"


def _keeping_up(
    seen: Observation, targets: Targets, tolerance: Tolerance, reached_at: int, calm: int
) -> Readiness:
    lag = targets.behind(seen.progress.positions, seen.ends or {})
    if lag > tolerance.lag:
        reason = f"{lag:,} records behind, {tolerance.lag:,} are allowed"
        return _waiting(ReadinessState.LAGGING, lag, reason, reached_at)
    if _watermark_behind(seen.progress.watermark, seen.blue_watermark, tolerance.watermark_ms):
        reason = f"watermark {seen.progress.watermark} is behind blue's {seen.blue_watermark}"
        return _waiting(ReadinessState.LAGGING, lag, reason, reached_at)
    calm += 1
    if calm < tolerance.calm_polls:
        state, reason = (
            ReadinessState.LAGGING,
            f"within the lag threshold for {calm} of {tolerance.calm_polls} polls",
        )
    else:
        state, reason = ReadinessState.READY, "caught up"
    return Readiness(state=state, remaining=lag, reason=reason, reached_at=reached_at, calm=calm)


def _waiting(state: ReadinessState, remaining: int, reason: str, reached_at: int | None = None) -> Readiness:
    return Readiness(state=state, remaining=remaining, reason=reason, reached_at=reached_at)


def _watermark_behind(green: int | None, blue: int | None, slack_ms: int) -> bool:
    return green is not None and blue is not None and green < blue - slack_ms
