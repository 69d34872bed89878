from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.core.model import JobProgress, JobState
from airflow_bluegreen.core.readiness import (
    Observation,
    Readiness,
    ReadinessState,
    Targets,
    Tolerance,
    judge,
    missing,
)
from airflow_bluegreen.core.trouble import Trouble

TARGETS = Targets(at_ms=1_000, offsets={("int_3_v2", 0): 100, ("src_x", 0): 50})
HALF = JobProgress(job_id="j", state=JobState.RUNNING, positions={("int_3_v2", 0): 40}, checkpoint_at=1_000)
ALL = replace(HALF, positions={("int_3_v2", 0): 100, ("src_x", 0): 60, ("other", 0): 1})


def look(
    progress: JobProgress,
    *,
    now: int = 5_000,
    targets: Targets = TARGETS,
    tolerance: Tolerance | None = None,
    reached_at: int | None = None,
    calm: int = 0,
    **more: Any,
) -> Readiness:
    before = Readiness(
        state=ReadinessState.HYDRATING, remaining=0, reason="", reached_at=reached_at, calm=calm
    )
    return judge(Observation(progress=progress, at_ms=now, **more), targets, tolerance, before)


def test_records_that_are_not_read_yet_are_counted() -> None:
    found = look(HALF)
    assert (found.state, found.remaining, found.reached_at) == (ReadinessState.HYDRATING, 110, None)
    assert found.reason == "110 records to read up to the targets"


def test_reaching_the_targets_is_not_ready_before_a_checkpoint_after_that() -> None:
    first = look(ALL)
    assert (first.state, first.remaining, first.reached_at) == (ReadinessState.HYDRATING, 0, 5_000)
    early = look(replace(ALL, checkpoint_at=5_000), now=6_000, reached_at=first.reached_at)
    assert (early.state, early.reached_at) == (ReadinessState.HYDRATING, 5_000)
    after = look(replace(ALL, checkpoint_at=5_001), now=6_000, reached_at=first.reached_at)
    assert after.state is ReadinessState.READY


def test_targets_captured_anew_ask_for_another_checkpoint() -> None:
    found = look(replace(ALL, checkpoint_at=4_500), targets=replace(TARGETS, at_ms=4_000), reached_at=3_000)
    assert (found.state, found.reached_at) == (ReadinessState.HYDRATING, 5_000)


def test_no_checkpoint_yet_is_not_ready() -> None:
    assert look(replace(ALL, checkpoint_at=None), reached_at=2_000).state is ReadinessState.HYDRATING


def test_empty_inputs_are_ready_after_a_checkpoint() -> None:
    empty = JobProgress(job_id="j", state=JobState.RUNNING)
    nothing = Targets(at_ms=0, offsets={})
    first = judge(Observation(progress=empty, at_ms=10), nothing)
    assert first.state is ReadinessState.HYDRATING
    checkpointed = Observation(progress=replace(empty, checkpoint_at=11), at_ms=20)
    done = judge(checkpointed, nothing, previous=first)
    assert done.state is ReadinessState.READY


def test_lag_above_the_threshold_is_lagging_and_resets_the_calm_polls() -> None:
    done = replace(ALL, checkpoint_at=9_000)
    ends = {("int_3_v2", 0): 120, ("src_x", 0): 60}
    behind = look(done, reached_at=2_000, ends=ends, tolerance=Tolerance(lag=19), calm=5)
    assert (behind.state, behind.remaining, behind.calm) == (ReadinessState.LAGGING, 20, 0)
    near = look(done, reached_at=2_000, ends=ends, tolerance=Tolerance(lag=20))
    assert (near.state, near.remaining) == (ReadinessState.READY, 20)


def test_as_many_calm_polls_as_asked_for() -> None:
    done = replace(ALL, checkpoint_at=9_000)
    calm, states = 0, []
    for _ in range(3):
        found = look(done, reached_at=2_000, tolerance=Tolerance(calm_polls=3), calm=calm)
        calm = found.calm
        states.append(found.state)
    assert states == [ReadinessState.LAGGING, ReadinessState.LAGGING, ReadinessState.READY]


@pytest.mark.parametrize(
    ("green", "blue", "state"),
    [
        (None, 90, ReadinessState.READY),
        (90, None, ReadinessState.READY),
        (90, 100, ReadinessState.READY),
        (89, 100, ReadinessState.LAGGING),
    ],
)
def test_the_watermark_has_to_catch_up_where_both_have_one(
    green: int | None, blue: int | None, state: ReadinessState
) -> None:
    done = replace(ALL, checkpoint_at=9_000, watermark=green)
    tolerance = Tolerance(watermark_ms=10)
    assert look(done, reached_at=2_000, blue_watermark=blue, tolerance=tolerance).state is state


@pytest.mark.parametrize("state", [JobState.STARTING, JobState.RESTARTING, JobState.UNKNOWN])
def test_a_job_that_does_not_run_yet_is_starting_however_far_it_came(state: JobState) -> None:
    found = look(replace(ALL, state=state, checkpoint_at=9_000), reached_at=2_000)
    assert (found.state, found.reached_at) == (ReadinessState.STARTING, None)


def test_a_job_that_ended_is_failing_with_its_reason() -> None:
    found = look(replace(HALF, state=JobState.ENDED, failure="NullPointerException"))
    assert (found.state, found.reason) == (ReadinessState.FAILING, "the job has ended: NullPointerException")


def test_three_restarts_since_the_targets_are_a_crash_loop() -> None:
    failure = "schema not found"
    before = replace(TARGETS, restarts=4)
    calm = look(replace(HALF, restarts=6, failure=failure), targets=before)
    assert calm.state is ReadinessState.HYDRATING
    found = look(replace(HALF, restarts=7, failure=failure), targets=before)
    assert found.state is ReadinessState.FAILING
    assert found.reason == "3 restarts in 4 s: schema not found"


def test_a_job_that_has_ended_without_a_reason_may_get_one_yet() -> None:
    ended = JobProgress(job_id="j", state=JobState.ENDED)
    first = missing(ended, TARGETS, 1_000)
    assert (first.state, first.trouble) == (ReadinessState.STARTING, None)
    assert missing(replace(ended, failure="disk full"), TARGETS, 2_000, first).reason.endswith(": disk full")
    given_up = missing(ended, TARGETS, 11_000, first)
    assert (given_up.state, given_up.reason) == (ReadinessState.FAILING, "the job has ended")


def test_a_job_that_ends_while_it_is_looked_at_may_get_its_reason_yet() -> None:
    ended = replace(HALF, state=JobState.ENDED)
    first = look(ended)
    assert (first.state, first.trouble, first.missing_since) == (ReadinessState.STARTING, None, 5_000)
    why = replace(ended, failure="NoResourceAvailableException", lacks_slots=True)
    found = judge(Observation(progress=why, at_ms=6_000), TARGETS, None, first)
    assert (found.state, found.trouble) == (ReadinessState.FAILING, Trouble.NO_SLOTS)
