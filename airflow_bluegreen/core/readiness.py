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


def judge(
    progress: JobProgress,
    targets: Offsets,
    *,
    targets_at: int,
    now: int,
    ends: Offsets | None = None,
    lag_threshold: int = 0,
    calm_polls: int = 1,
    restarts_before: int = 0,
    reached_at: int | None = None,
    calm: int = 0,
    blue_watermark: int | None = None,
    watermark_slack_ms: int = 0,
) -> Readiness:
    """Judge one observation of a green job.

    :param targets: end offsets of every input partition at ``targets_at``; partitions that held no record
        then may be left out, so that a job over empty inputs is ready after its first checkpoint.
    :param targets_at: when the targets were captured, ms since the epoch.
    :param now: the time of this observation, ms since the epoch.
    :param ends: end offsets now, for the lag; None leaves the lag out of the judgement.
    :param lag_threshold: records over all partitions that may be outstanding.
    :param calm_polls: consecutive observations within the threshold that are asked for.
    :param restarts_before: restarts the job had when the targets were captured.
    :param reached_at: from the judgement before; when the positions were first seen at the targets, ms.
    :param calm: from the judgement before.
    :param blue_watermark: blue's watermark in ms; None on either side: nothing to catch up with.
    """
    unsettled = _unsettled(progress, targets, restarts_before)
    if unsettled:
        return unsettled
    remaining = _behind(progress.positions, targets)
    if remaining:
        return _waiting(ReadinessState.HYDRATING, remaining, f"{remaining} records to read up to the targets")
    if reached_at is None or reached_at < targets_at:  # the targets were captured anew since
        reached_at = now
    if progress.checkpoint_at is None or progress.checkpoint_at <= reached_at:
        return _waiting(
            ReadinessState.HYDRATING, 0, "targets read, waiting for a checkpoint after that", reached_at
        )
    lag = _behind(progress.positions, ends or {})
    if lag > lag_threshold:
        reason = f"{lag} records behind, {lag_threshold} are allowed"
        return _waiting(ReadinessState.LAGGING, lag, reason, reached_at)
    if _watermark_behind(progress.watermark, blue_watermark, watermark_slack_ms):
        reason = f"watermark {progress.watermark} is behind blue's {blue_watermark}"
        return _waiting(ReadinessState.LAGGING, lag, reason, reached_at)
    calm += 1
    if calm < calm_polls:
        reason = f"within the lag threshold for {calm} of {calm_polls} polls"
        return Readiness(
            state=ReadinessState.LAGGING, remaining=lag, reason=reason, reached_at=reached_at, calm=calm
        )
    return Readiness(
        state=ReadinessState.READY, remaining=lag, reason="caught up", reached_at=reached_at, calm=calm
    )


def _unsettled(progress: JobProgress, targets: Offsets, restarts_before: int) -> Readiness | None:
    remaining = _behind(progress.positions, targets)
    cause = f": {progress.failure}" if progress.failure else ""
    if progress.state is JobState.ENDED:
        return _waiting(ReadinessState.FAILING, remaining, f"the job has ended{cause}")
    restarts = progress.restarts - restarts_before
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
