"""When green has caught up: the judgement over one observation of a job, without any waiting."""

from dataclasses import dataclass
from enum import StrEnum

from airflow_bluegreen.core.model import JobProgress, JobState, Offsets

CRASH_LOOP_RESTARTS = 3
"""As many restarts after the targets were captured mean that the job will not settle by itself."""


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

    ``reached_at`` (ms since the epoch; None = not yet) and ``calm`` (consecutive polls within the lag
    threshold) are to be handed to the judgement of the next observation.
    """

    state: ReadinessState
    remaining: int
    reason: str
    reached_at: int | None = None
    calm: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """End offsets of every input partition that held records at ``at_ms`` (ms since the epoch).

    A partition that held none may be left out, so that a job over empty inputs is ready after its first
    checkpoint. ``restarts`` is how often the table's jobs had restarted by then.
    """

    at_ms: int
    offsets: Offsets
    restarts: int = 0


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
    """

    progress: JobProgress
    at_ms: int
    ends: Offsets | None = None
    blue_watermark: int | None = None


def judge(
    seen: Observation,
    targets: Targets,
    tolerance: Tolerance | None = None,
    previous: Readiness | None = None,
) -> Readiness:
    """Judge one observation of a green job.

    :param previous: the judgement of the observation before, which says since when the targets are reached
        and for how long it has been calm.
    """
    unsettled = _unsettled(seen.progress, targets)
    if unsettled:
        return unsettled
    remaining = _behind(seen.progress.positions, targets.offsets)
    if remaining:
        return _waiting(ReadinessState.HYDRATING, remaining, f"{remaining} records to read up to the targets")
    reached_at = previous.reached_at if previous else None
    if reached_at is None or reached_at < targets.at_ms:  # the targets were captured anew since
        reached_at = seen.at_ms
    checkpoint_at = seen.progress.checkpoint_at
    if checkpoint_at is None or checkpoint_at <= reached_at:
        return _waiting(
            ReadinessState.HYDRATING, 0, "targets read, waiting for a checkpoint after that", reached_at
        )
    return _keeping_up(seen, tolerance or Tolerance(), reached_at, previous.calm if previous else 0)


def _keeping_up(seen: Observation, tolerance: Tolerance, reached_at: int, calm: int) -> Readiness:
    lag = _behind(seen.progress.positions, seen.ends or {})
    if lag > tolerance.lag:
        reason = f"{lag} records behind, {tolerance.lag} are allowed"
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


def _unsettled(progress: JobProgress, targets: Targets) -> Readiness | None:
    remaining = _behind(progress.positions, targets.offsets)
    cause = f": {progress.failure}" if progress.failure else ""
    if progress.state is JobState.ENDED:
        return _waiting(ReadinessState.FAILING, remaining, f"the job has ended{cause}")
    restarts = progress.restarts - targets.restarts
    if restarts >= CRASH_LOOP_RESTARTS:
        return _waiting(
            ReadinessState.FAILING, remaining, f"{restarts} restarts since the targets were captured{cause}"
        )
    if progress.state is not JobState.RUNNING:
        return _waiting(ReadinessState.STARTING, remaining, f"the job is {progress.state}{cause}")
    return None


def _waiting(state: ReadinessState, remaining: int, reason: str, reached_at: int | None = None) -> Readiness:
    return Readiness(state=state, remaining=remaining, reason=reason, reached_at=reached_at)


def _behind(positions: Offsets, targets: Offsets) -> int:
    return sum(max(0, target - positions.get(partition, 0)) for partition, target in targets.items())


def _watermark_behind(green: int | None, blue: int | None, slack_ms: int) -> bool:
    return green is not None and blue is not None and green < blue - slack_ms
