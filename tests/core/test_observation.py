from dataclasses import replace

import pytest

from airflow_bluegreen.core.observation import LAG_THRESHOLD, PATIENCE_MS, Baseline, Watched, judge

JOB = Watched(name="dml.t", status="running", running=True, dead=False, lag=0, checkpoint_at=200, is_job=True)
SINK = Watched(name="sink", status="RUNNING", running=True, dead=False, lag=0)
BASE = Baseline(at_ms=100, until_ms=1_000, deadline_ms=2_000)


def test_it_settles_when_the_window_is_over_and_not_before() -> None:
    assert not judge((JOB, SINK), 999, BASE).ended
    assert judge((JOB, SINK), 1_000, BASE).settled


@pytest.mark.parametrize(
    "bad",
    [
        replace(JOB, status="ended", running=False, dead=True),
        replace(JOB, restarts=3),
        replace(SINK, status="FAILED", running=False, dead=True),
    ],
)
def test_what_failed_for_good_ends_it_at_once(bad: Watched) -> None:
    seen = judge((bad,), 150, BASE)
    assert seen.ended
    assert bad.name in seen.failures[0]


def test_restarts_before_the_cut_over_do_not_count() -> None:
    assert judge((replace(JOB, restarts=7),), 150, replace(BASE, restarts={"dml.t": 6})).failures == ()


def test_a_job_may_be_away_for_a_while() -> None:
    away = replace(JOB, status="restarting", running=False)
    late = replace(BASE, until_ms=10**9, deadline_ms=10**9)
    first = judge((away,), 150, late)
    assert first.failures == ()
    assert judge((away,), 149 + PATIENCE_MS, late, first).failures == ()
    assert judge((away,), 150 + PATIENCE_MS, late, first).failures
    back = judge((JOB,), 200, late, first)
    assert judge((away,), 150 + PATIENCE_MS, late, back).failures == ()


@pytest.mark.parametrize(
    ("lags", "behind"),
    [
        ((LAG_THRESHOLD,), False),
        ((LAG_THRESHOLD + 1,), True),
        ((5_000, 4_000), False),
        ((5_000, 6_000), True),
    ],
)
def test_a_lag_that_falls_is_no_trouble(lags: tuple[int, ...], behind: bool) -> None:
    last = None
    for number, lag in enumerate(lags):
        last = judge((replace(SINK, lag=lag),), 150 + number, BASE, last)
    assert last is not None
    assert bool(last.behind) is behind


def test_trouble_holds_up_the_end_until_the_deadline() -> None:
    slow = replace(JOB, checkpoint_at=None)
    assert not judge((slow,), 1_500, BASE).ended
    last = judge((slow,), 2_000, BASE)
    assert (last.ended, last.settled) == (True, False)
    assert last.behind == ("dml.t (no checkpoint since the cut-over)",)
    assert judge((slow,), 100, replace(BASE, until_ms=100)).settled, "without a window nobody asks for one"
