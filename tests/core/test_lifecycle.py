from dataclasses import replace
from itertools import pairwise

import pytest

from airflow_bluegreen.core import lifecycle
from airflow_bluegreen.core.model import Commit, Phase, Plan, ReleaseRecord
from airflow_bluegreen.exceptions import RefusedError

WAY = (
    Phase.PLANNED,
    Phase.DEPLOYING,
    Phase.COMPARED,
    Phase.CUTTING_OVER,
    Phase.CUT_OVER,
    Phase.RETIRING,
    Phase.LIVE,
)
LEGAL = {
    *pairwise(WAY),
    *((phase, Phase.ROLLING_BACK) for phase in WAY),
    (Phase.ROLLING_BACK, Phase.ROLLED_BACK),
    *((phase, phase) for phase in Phase),
}


def plan(release: str, names: dict[str, str] | None = None) -> Plan:
    return Plan(
        project="retail",
        environment="local",
        release=Commit(ref=release, sha=f"sha of {release}"),
        base=None,
        base_release=None,
        tables=(),
        connectors=(),
        untouched=(),
        physical=names or {},
    )


def record(release: str, phase: Phase, at: str = "2025-01-01T00:00:00Z", **names: str) -> ReleaseRecord:
    return replace(lifecycle.begin(plan(release, names), at=at), phase=phase)


def test_a_release_begins_planned_with_what_its_plan_says() -> None:
    begun = lifecycle.begin(plan("v1"), at="now")
    assert (begun.release, begun.commit, begun.phase) == ("v1", "sha of v1", Phase.PLANNED)
    assert (begun.project, begun.environment, begun.updated_at) == ("retail", "local", "now")


@pytest.mark.parametrize("start", Phase)
@pytest.mark.parametrize("end", Phase)
def test_only_the_legal_moves_are_made(start: Phase, end: Phase) -> None:
    before = record("v1", start)
    if (start, end) in LEGAL:
        assert lifecycle.advance(before, end, at="later").phase is end
    else:
        with pytest.raises(RefusedError, match=f"release v1 in local is {start} and cannot become {end}"):
            lifecycle.advance(before, end, at="later")


def test_an_illegal_move_names_the_legal_ones() -> None:
    with pytest.raises(RefusedError, match="From here it may become deploying or rolling_back"):
        lifecycle.advance(record("v1", Phase.PLANNED), Phase.LIVE, at="later")


def test_changes_come_along_with_the_phase() -> None:
    moved = lifecycle.advance(record("v1", Phase.PLANNED), Phase.DEPLOYING, at="later", rewrite_sha="abc")
    assert (moved.rewrite_sha, moved.updated_at) == ("abc", "later")
    again = lifecycle.advance(moved, Phase.DEPLOYING, at="much later", rewrite_sha="def")
    assert (again.rewrite_sha, again.updated_at) == ("def", "much later")


def test_entering_the_same_phase_without_changes_is_no_change() -> None:
    before = record("v1", Phase.LIVE)
    assert lifecycle.advance(before, Phase.LIVE, at="later") is before


def test_a_marker_is_left_once() -> None:
    once = lifecycle.mark(record("v1", Phase.RETIRING), "stop", "dml.int_3", at="1", detail={"job": "a"})
    assert lifecycle.mark(once, "stop", "dml.int_3", at="2", detail={"job": "a"}) is once
    twice = lifecycle.mark(once, "stop", "dml.int_3", at="3", detail={"job": "b"})
    assert [(marker.at, marker.detail["job"]) for marker in twice.markers] == [("1", "a"), ("3", "b")]
    assert twice.updated_at == "3"


def test_live_is_the_newest_live_release_whatever_the_order() -> None:
    old = record("v1", Phase.LIVE, "2025-01-01T00:00:00Z", int_3="int_3")
    new = record("v2", Phase.LIVE, "2025-01-02T00:00:00Z", int_3="int_3_v2")
    for records in ((old, new), (new, old)):
        assert lifecycle.live_release(records) == new
        assert lifecycle.live_names(records) == {"int_3": "int_3_v2"}


@pytest.mark.parametrize("phase", [Phase.ROLLING_BACK, Phase.ROLLED_BACK])
def test_rolling_back_makes_the_release_before_live_again(phase: Phase) -> None:
    old = record("v1", Phase.LIVE, "2025-01-01T00:00:00Z", int_3="int_3")
    new = record("v2", phase, "2025-01-02T00:00:00Z", int_3="int_3_v2")
    assert lifecycle.live_release([old, new]) == old
    assert lifecycle.live_names([old, new]) == {"int_3": "int_3"}


def test_nothing_is_live_before_the_first_release() -> None:
    assert lifecycle.live_release([]) is None
    assert lifecycle.live_names([record("v1", Phase.CUT_OVER)]) == {}


def test_in_progress_is_what_neither_lives_nor_was_rolled_back() -> None:
    ended = [record("v1", Phase.LIVE), record("v2", Phase.ROLLED_BACK)]
    assert lifecycle.in_progress(ended) is None
    running = record("v3", Phase.COMPARED)
    assert lifecycle.in_progress([running, *ended]) == running
