"""A few of the kills and breakdowns of the long suites, of each kind one: what `make test` runs of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.breakdowns import BREAKDOWNS
from tests.reliability.breaking import endure
from tests.reliability.points import Point
from tests.reliability.rounds import play, rows_amiss, tally, undisturbed
from tests.reliability.wiring import Wired
from tests.reliability.world import living_project

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

KILLS = {"deploy": 2, "cut-over": 2, "retire": 1, "roll-back": 2}
BROKEN = "gateway killed"


def spread(points: tuple[Point, ...], count: int) -> tuple[Point, ...]:
    """So many of them, from all over."""
    size = len(points) / count
    return tuple(points[int((number + 0.5) * size)] for number in range(count))


def test_a_release_that_is_killed_and_cut_off_ends_as_one_that_is_not(
    wired: Wired, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with living_project(wired, tmp_path, "sample", seed=1) as world:
        smooth = undisturbed(world)
        chain = {step: spread(smooth.points[step], count) for step, count in KILLS.items()}
        outcome = play(world, smooth, chain, tell)
        assert outcome.wrong == []
        assert sum(one.reached for one in outcome.kills) >= 5
        (breakdown,) = (one for one in BREAKDOWNS if one.name == BROKEN)
        assert endure(world, smooth, breakdown, tell, names=["deploying"]).wrong == []
        assert rows_amiss(tally(world)) == []
