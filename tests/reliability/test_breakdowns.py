"""Every server and every network broken under a release, in three phases each, on the real servers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.reliability.breakdowns import BREAKDOWNS, Breakdown
from tests.reliability.breaking import endure
from tests.reliability.figures import add_figures
from tests.reliability.rounds import Undisturbed, tally, undisturbed
from tests.reliability.wiring import Wired
from tests.reliability.world import World, living_project

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def world(wired: Wired, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with living_project(wired, tmp_path_factory.mktemp("breakdowns"), "broken", seed=3) as living:
        yield living


@pytest.fixture(scope="module")
def smooth(world: World) -> Undisturbed:
    return undisturbed(world)


@pytest.mark.parametrize("breakdown", BREAKDOWNS, ids=lambda one: one.name.replace(" – ", "-"))
def test_a_release_ends_right_or_says_what_broke(
    world: World, smooth: Undisturbed, breakdown: Breakdown, tell: Say, results: Path
) -> None:
    before = tally(world)
    started = time.monotonic()
    story = endure(world, smooth, breakdown, tell)
    rows = tally(world)
    add_figures(
        results / "breakdowns.json",
        breakdown.name,
        {
            "broken": [asdict(one) for one in story.broken],
            "blue_restarts": story.blue_restarts,
            "rows": rows.sent - before.sent,
            "lost": rows.lost + rows.sink_lost,
            "doubled": rows.doubled - before.doubled,
            "sink_doubled": rows.sink_doubled - before.sink_doubled,
            "wrong": story.wrong,
            "seconds": round(time.monotonic() - started),
        },
    )
    assert story.wrong == []
    assert (rows.lost, rows.sink_lost) == (0, 0)
    assert {phase.phase for phase in story.broken} == {"deploying", "comparing", "cutting over"}
