"""What is wrong with a green job that will not get ready by itself: told apart, each with its remedy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from airflow_bluegreen.core.model import Checkpoints, JobProgress, JobState, OperatorLoad
from airflow_bluegreen.core.pace import Sample, pace, since

HIGH_LOAD = 0.5
"""An operator that spends more of its time so is called busy, or back-pressured."""


class Trouble(StrEnum):
    """Why waiting on is of no use."""

    ENDED = "ended"
    CRASH_LOOP = "crash-looping"
    NO_SLOTS = "without slots"
    NO_CHECKPOINTS = "without checkpoints"
    CHECKPOINTS_FAIL = "unable to checkpoint"
    STUCK = "stuck"
    FALLS_BEHIND = "falling behind"


REMEDIES: Mapping[Trouble, str] = {
    Trouble.ENDED: "Mend the cause, then deploy the table again",
    Trouble.CRASH_LOOP: "Mend what the exception names: the record, the format or the SQL; then deploy again",
    Trouble.NO_SLOTS: "Add task managers or stop jobs that are not needed; waiting again goes on from here",
    Trouble.NO_CHECKPOINTS: "Set execution.checkpointing.interval for the cluster, or by a SET above the SQL",
    Trouble.CHECKPOINTS_FAIL: "See the job's checkpoints in Flink: its storage, its timeout, back-pressure",
    Trouble.STUCK: "See in Flink what the job waits for: its threads, its sink, its brokers",
    Trouble.FALLS_BEHIND: "Give it more parallelism or a lighter query; no waiting lets it catch up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how long a state that mends itself may last, in ms, before the wait is given up.

    :param crash_restarts: as many restarts within ``crash_window_ms`` are a crash loop.
    :param slots_ms: that tasks may wait for a slot.
    :param stuck_ms: that nothing may move; longer where the job's checkpoints are further apart.
    :param behind_ms: that more may arrive than is read, with no less outstanding at its end.
    """

    crash_restarts: int = 3
    crash_window_ms: int = 600_000
    slots_ms: int = 180_000
    stuck_ms: int = 600_000
    behind_ms: int = 900_000

    def without_checkpoint_ms(self, checkpoints: Checkpoints) -> int:
        """How long no checkpoint may complete: three intervals, or one that runs until it is given up."""
        interval = checkpoints.interval_ms or 0
        return max(self.stuck_ms, 3 * interval, interval + (checkpoints.timeout_ms or 0))

    def memory_ms(self, checkpoints: Checkpoints) -> int:
        """How far back the looks must be remembered."""
        return max(
            self.crash_window_ms, self.slots_ms, self.without_checkpoint_ms(checkpoints), self.behind_ms
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A trouble, and what was seen of it."""

    trouble: Trouble
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of a job: the last sample is that of ``progress``.

    ``restarts_before`` were there at ``targets_at``. ``reached_at`` is since when it has read its targets
    (None = not yet; both in ms since the epoch), ``allowed`` the lag that is allowed, in records.
    """

    progress: JobProgress
    samples: Sequence[Sample]
    patience: Patience
    targets_at: int
    restarts_before: int = 0
    reached_at: int | None = None
    allowed: int = 0
    loads: Sequence[OperatorLoad] = ()


def find_trouble(case: Case) -> Diagnosis | None:
    """The first trouble that applies; None as long as waiting makes sense."""
    return next((found for look in _LOOKS if (found := look(case))), None)


def bottleneck(loads: Sequence[OperatorLoad]) -> str:
    """The operator that the others wait for, with its load; empty when nothing is known to be busy.

    It is the last one in the flow that is busy and waits for nobody; ``loads`` are in the order of the flow.
    """
    busy = [load for load in loads if load.busy >= HIGH_LOAD and load.back_pressured < HIGH_LOAD]
    if not busy:
        return ""
    worst = busy[-1]
    waiting = sum(load.back_pressured >= HIGH_LOAD for load in loads)
    others = f", {waiting} before it back-pressured" if waiting else ""
    return f"{worst.name} is the bottleneck (busy {worst.busy:.0%}{others})"


def because(failure: str | None) -> str:
    """A failure as the end of a sentence."""
    return f": {failure}" if failure else ""


def _lacks_slots(case: Case) -> Diagnosis | None:
    """It fails for want of slots, instead of waiting for them."""
    if not case.progress.lacks_slots or case.progress.state is JobState.RUNNING:
        return None
    first = since(case.samples, case.samples[-1].at_ms - case.patience.crash_window_ms)
    restarted = case.samples[-1].restarts - min(first.restarts, case.restarts_before)
    if restarted < case.patience.crash_restarts:
        return None
    return _no_slots(case.progress)


def end_of(progress: JobProgress) -> Diagnosis:
    """The diagnosis of a job that has ended."""
    if progress.lacks_slots:
        return _no_slots(progress)
    return Diagnosis(trouble=Trouble.ENDED, reason=f"the job has ended{because(progress.failure)}")


def _no_slots(progress: JobProgress) -> Diagnosis:
    return Diagnosis(
        trouble=Trouble.NO_SLOTS,
        reason=f"the cluster has too few free slots for it{because(progress.failure)}",
    )


def _never_checkpoints(case: Case) -> Diagnosis | None:
    if case.progress.checkpoints.enabled or case.progress.state is not JobState.RUNNING:
        return None
    return Diagnosis(
        trouble=Trouble.NO_CHECKPOINTS, reason="checkpointing is disabled, nobody can tell when it is ready"
    )


def _crash_loops(case: Case) -> Diagnosis | None:
    last = case.samples[-1]
    from_ms = last.at_ms - case.patience.crash_window_ms
    first = since(case.samples, from_ms)
    begun, before = first.at_ms, first.restarts
    if case.targets_at >= from_ms:  # whoever looks may have begun after that
        begun, before = case.targets_at, case.restarts_before
    restarts = last.restarts - before
    if restarts < case.patience.crash_restarts:
        return None
    seconds = max(1, (last.at_ms - begun) // 1000)
    return Diagnosis(
        trouble=Trouble.CRASH_LOOP,
        reason=f"{restarts} restarts in {seconds} s{because(case.progress.failure)}",
    )


def _has_no_slots(case: Case) -> Diagnosis | None:
    waited = _lasting(case.samples, lambda one: one.unplaced > 0)
    if waited is None or waited < case.patience.slots_ms:
        return None
    count = case.progress.unplaced
    return Diagnosis(
        trouble=Trouble.NO_SLOTS, reason=f"{count} tasks have waited {waited // 1000} s for a free slot"
    )


def _is_stuck(case: Case) -> Diagnosis | None:
    if case.progress.state is not JobState.RUNNING:
        return None
    last = case.samples[-1]
    still = _lasting(
        case.samples, lambda one: (one.read, one.checkpoint_at) == (last.read, last.checkpoint_at)
    )
    if still is None or still < case.patience.without_checkpoint_ms(case.progress.checkpoints):
        return None
    if case.reached_at is not None:
        return _no_checkpoint(case, still)
    failed = _failed(case.progress.checkpoints)
    return Diagnosis(
        trouble=Trouble.STUCK,
        reason=f"RUNNING, and for {still // 1000} s no position moved and no checkpoint completed{failed}",
    )


def _cannot_checkpoint(case: Case) -> Diagnosis | None:
    """It has read everything and reads what arrives, but no checkpoint completes any more."""
    if case.reached_at is None or case.progress.state is not JobState.RUNNING:
        return None
    checkpoint_at = case.progress.checkpoint_at or 0
    if checkpoint_at > case.reached_at:
        return None
    waited = case.samples[-1].at_ms - case.reached_at
    if waited < case.patience.without_checkpoint_ms(case.progress.checkpoints):
        return None
    return _no_checkpoint(case, waited)


def _no_checkpoint(case: Case, waited: int) -> Diagnosis:
    failed = _failed(case.progress.checkpoints)
    return Diagnosis(
        trouble=Trouble.CHECKPOINTS_FAIL, reason=f"no checkpoint completed for {waited // 1000} s{failed}"
    )


def _falls_behind(case: Case) -> Diagnosis | None:
    last = case.samples[-1]
    first = since(case.samples, last.at_ms - case.patience.behind_ms)
    lasted = last.at_ms - first.at_ms
    speed = pace(case.samples, case.patience.behind_ms)
    if lasted < case.patience.behind_ms or speed is None or not speed.falls_behind:
        return None
    if last.lag < first.lag or last.lag <= case.allowed:
        return None
    named = bottleneck(case.loads)
    return Diagnosis(
        trouble=Trouble.FALLS_BEHIND,
        reason=f"for {lasted // 1000} s it read {speed.rate:,.0f} records/s while {speed.growth:,.0f} "
        f"arrived, {last.lag:,} behind{because(named)}",
    )


def _failed(checkpoints: Checkpoints) -> str:
    if not checkpoints.failed:
        return ""
    return f", {checkpoints.failed} failed{because(checkpoints.failure)}"


def _lasting(samples: Sequence[Sample], holds: Callable[[Sample], bool]) -> int | None:
    """For how long (ms) something has held without a break up to the last sample; None if it does not."""
    begun: Sample | None = None
    for one in reversed(samples):
        if not holds(one):
            break
        begun = one
    return None if begun is None else samples[-1].at_ms - begun.at_ms


_LOOKS = (
    _lacks_slots,
    _never_checkpoints,
    _crash_loops,
    _has_no_slots,
    _is_stuck,
    _cannot_checkpoint,
    _falls_behind,
)
