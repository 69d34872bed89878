"""Every server and every network broken under a release, in three phases each, on the real servers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.reliability.breakdowns import BREAKDOWNS, Breakdown
from tests.reliability.breaking import Story, endure
from tests.reliability.figures import write_figures
from tests.reliability.rounds import Undisturbed, undisturbed
from tests.reliability.wiring import Wired
from tests.reliability.world import World, living_project

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def world(wired: Wired, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with living_project(wired, tmp_path_factory.mktemp("breakdowns"), "broken", seed=3) as living:
        yield living


@pytest.fixture(scope="module")
def smooth(world: World) -> Undisturbed:
    return undisturbed(world)


@pytest.fixture(scope="module")
def stories() -> Iterator[list[Story]]:
    """All stories of the run, written down at its end."""
    told: list[Story] = []
    started = time.monotonic()
    yield told
    folder = Path(__file__).parents[2] / "build" / "reliability"
    folder.mkdir(parents=True, exist_ok=True)
    broken = [asdict(one) for story in told for one in story.broken]
    totals = [
        {
            "breakdown": story.broken[0].breakdown,
            "blue_restarts": story.blue_restarts,
            "doubled": story.doubled,
            "wrong": story.wrong,
        }
        for story in told
        if story.broken
    ]
    seconds = round(time.monotonic() - started)
    write_figures(folder / "breakdowns.json", {"broken": broken, "stories": totals, "seconds": seconds})


@pytest.mark.parametrize("breakdown", BREAKDOWNS, ids=lambda one: one.name)
def test_a_release_ends_right_or_says_what_broke(
    world: World, smooth: Undisturbed, stories: list[Story], breakdown: Breakdown, tell: Say
) -> None:
    story = endure(world, smooth, breakdown, tell)
    tables = world.settled(("src", "mid", "fact"))
    already = sum(each.doubled for each in stories)
    story.doubled = sum(len(one.doubled) for one in tables.values()) - already
    stories.append(story)
    assert story.wrong == []
    assert {name: one.lost for name, one in tables.items()} == dict.fromkeys(tables, ())
    assert {phase.phase for phase in story.broken} == {"deploying", "comparing", "cutting over"}
    assert world.sunk("fact", "fact").lost == ()
