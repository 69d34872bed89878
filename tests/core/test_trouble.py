"""Each trouble from the looks that lead to it, and the same looks a moment too early."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.core.model import Checkpoints, JobProgress, JobState, OperatorLoad
from airflow_bluegreen.core.pace import Sample
from airflow_bluegreen.core.trouble import (
    REMEDIES,
    Case,
    Diagnosis,
    Patience,
    Trouble,
    bottleneck,
    end_of,
    find_trouble,
)

RUNNING = JobProgress(job_id="j", state=JobState.RUNNING)
CHECKPOINTS = Checkpoints(interval_ms=10_000, timeout_ms=60_000)
MINUTE = 60_000


def looks(every_ms: int, count: int, **changing: Any) -> tuple[Sample, ...]:
    """Samples at which each named value is what its function makes of the number of the look."""
    base = Sample(at_ms=0, read=0, ends=1_000)
    return tuple(
        replace(base, at_ms=number * every_ms, **{name: make(number) for name, make in changing.items()})
        for number in range(count)
    )


def found(samples: Sequence[Sample], progress: JobProgress = RUNNING, **more: Any) -> Diagnosis | None:
    patience = more.pop("patience", Patience())
    return find_trouble(Case(progress=progress, samples=samples, patience=patience, targets_at=0, **more))


def test_every_trouble_has_its_remedy() -> None:
    assert set(REMEDIES) == set(Trouble)
    assert len(set(REMEDIES.values())) == len(Trouble)


def test_a_job_that_moves_has_no_trouble() -> None:
    assert found(looks(MINUTE, 60, read=lambda n: n, checkpoint_at=lambda n: n)) is None


def test_ended() -> None:
    ended = replace(RUNNING, state=JobState.ENDED, failure="disk full")
    assert end_of(ended) == Diagnosis(trouble=Trouble.ENDED, reason="the job has ended: disk full")


def test_checkpointing_is_disabled_only_once_the_job_runs() -> None:
    disabled = replace(RUNNING, checkpoints=Checkpoints(enabled=False))
    finding = found(looks(1, 1), disabled)
    assert finding is not None
    assert finding.trouble is Trouble.NO_CHECKPOINTS
    assert found(looks(1, 1), replace(disabled, state=JobState.STARTING)) is None


def test_restarts_within_the_window_are_a_crash_loop() -> None:
    often = looks(MINUTE, 4, restarts=lambda n: n, read=lambda n: n)
    finding = found(often, replace(RUNNING, state=JobState.RESTARTING, failure="broken record"))
    assert finding == Diagnosis(trouble=Trouble.CRASH_LOOP, reason="3 restarts in 180 s: broken record")
    assert found(often[:3]) is None


def test_restarts_far_apart_are_none() -> None:
    rare = looks(6 * MINUTE, 12, restarts=lambda n: n, read=lambda n: n)
    assert found(rare) is None


def test_restarts_before_the_watch_began_count_from_the_targets() -> None:
    late = (replace(looks(1, 1)[0], at_ms=5 * MINUTE, restarts=7),)
    assert found(late, restarts_before=5) is None
    finding = found(late, restarts_before=4)
    assert finding is not None
    assert finding.reason == "3 restarts in 300 s"


def test_a_watch_that_begins_hours_later_counts_from_its_first_look() -> None:
    late = (replace(looks(1, 1)[0], at_ms=600 * MINUTE, restarts=7),)
    assert found(late, restarts_before=0) is None


def test_no_slots_for_as_long_as_patience_lasts() -> None:
    waiting = replace(RUNNING, state=JobState.STARTING, unplaced=2)
    without = looks(MINUTE, 4, unplaced=lambda n: 2)
    finding = found(without, waiting)
    assert finding == Diagnosis(trouble=Trouble.NO_SLOTS, reason="2 tasks have waited 180 s for a free slot")
    assert found(without[:3], waiting) is None
    assert found((*without[:3], replace(without[3], unplaced=0)), waiting) is None


def test_failing_again_and_again_for_want_of_slots_is_no_crash_loop() -> None:
    """A standalone Flink fails a job at once that it has no slots for."""
    job = replace(RUNNING, state=JobState.RESTARTING, lacks_slots=True, failure="no resources")
    restarting = looks(5_000, 4, restarts=lambda n: n)
    finding = found(restarting, job)
    assert finding == Diagnosis(
        trouble=Trouble.NO_SLOTS, reason="the cluster has too few free slots for it: no resources"
    )
    assert found(restarting[:3], job) is None


@pytest.mark.parametrize(
    ("interval_min", "stuck_after_min"), [(1, 10), (5, 15)], ids=["quick checkpoints", "rare checkpoints"]
)
def test_stuck_when_nothing_moves_and_no_checkpoint_completes(
    interval_min: int, stuck_after_min: int
) -> None:
    checkpoints = Checkpoints(
        interval_ms=interval_min * MINUTE, timeout_ms=MINUTE, failed=2, failure="disk full"
    )
    job = replace(RUNNING, checkpoints=checkpoints)
    still = looks(MINUTE, stuck_after_min + 1, read=lambda n: 7)
    finding = found(still, job)
    assert finding is not None
    assert finding.trouble is Trouble.STUCK
    assert finding.reason == (
        f"RUNNING, and for {60 * stuck_after_min} s no position moved and no checkpoint completed,"
        " 2 failed: disk full"
    )
    assert found(still[:-1], job) is None


@pytest.mark.parametrize("moving", ["read", "checkpoint_at"])
def test_one_thing_that_moves_is_enough(moving: str) -> None:
    assert found(looks(MINUTE, 30, **{moving: lambda n: n // 5})) is None


def test_read_to_the_end_and_no_checkpoint_any_more() -> None:
    moving = looks(MINUTE, 21, read=lambda n: n)
    job = replace(
        RUNNING, checkpoint_at=9 * MINUTE, checkpoints=replace(CHECKPOINTS, failed=4, failure="expired")
    )
    finding = found(moving, job, reached_at=10 * MINUTE)
    assert finding == Diagnosis(
        trouble=Trouble.CHECKPOINTS_FAIL, reason="no checkpoint completed for 600 s, 4 failed: expired"
    )
    assert found(moving, job, reached_at=11 * MINUTE) is None
    assert found(moving, replace(job, checkpoint_at=12 * MINUTE), reached_at=10 * MINUTE) is None


def test_falling_behind_for_long_names_the_bottleneck() -> None:
    slower = looks(MINUTE, 16, read=lambda n: 60 * n, ends=lambda n: 1_000 + 120 * n)
    loads = (
        OperatorLoad(name="orders[1]", busy=0.1, back_pressured=0.9),
        OperatorLoad(name="Join[3]", busy=0.97, back_pressured=0.0),
    )
    finding = found(slower, loads=loads)
    assert finding is not None
    assert finding.trouble is Trouble.FALLS_BEHIND
    assert finding.reason == (
        "for 900 s it read 1 records/s while 2 arrived, 1,900 behind:"
        " Join[3] is the bottleneck (busy 97%, 1 before it back-pressured)"
    )
    assert found(slower[:-1]) is None
    assert found(slower, allowed=2_000) is None


def test_a_slow_job_over_quiet_inputs_is_only_slow() -> None:
    assert found(looks(MINUTE, 60, read=lambda n: n, checkpoint_at=lambda n: n)) is None


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        ([], ""),
        ([("a", 0.2, 0.0), ("b", 0.3, 0.0)], ""),
        ([("a", 0.9, 0.0)], "a is the bottleneck (busy 90%)"),
        ([("a", 0.1, 0.9), ("b", 0.6, 0.0), ("c", 0.9, 0.0)], "c is the bottleneck (busy 90%, 1 before it"),
        (
            [("a", 0.1, 0.9), ("b", 0.1, 0.9), ("c", 0.8, 0.0), ("d", 0.1, 0.0)],
            "c is the bottleneck (busy 80%, 2",
        ),
    ],
)
def test_the_bottleneck_is_busy_and_waits_for_nobody(
    loads: list[tuple[str, float, float]], expected: str
) -> None:
    given = [OperatorLoad(name=name, busy=busy, back_pressured=pressed) for name, busy, pressed in loads]
    assert bottleneck(given).startswith(expected)
    assert bool(bottleneck(given)) is bool(expected)
