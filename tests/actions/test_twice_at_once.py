"""Two runs of the same command at once: one overtakes the other at any of its writing calls."""

from collections import Counter
from collections.abc import Callable

import pytest

from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Plan
from airflow_bluegreen.exceptions import BluegreenError
from airflow_bluegreen.ports import Platform
from tests.actions.releasing import bring_up
from tests.actions.world import World
from tests.reliability.points import Line, Point, When, watched

Step = Callable[[World, Plan], object]


def _retire(world: World, plan: Plan) -> None:
    retire(world.platform, plan, world.story)
    confirm(world.platform, plan, world.profile, world.story)


STEPS: dict[str, Step] = {
    "deploy": lambda world, _: bring_up(world),
    "cut-over": lambda world, plan: cut_over(world.platform, plan, world.profile, world.story),
    "retire": _retire,
    "roll-back": lambda world, _: roll_back(world.platform, "v1.0.1", world.profile, world.story),
}


class TwoRuns(World):
    """A world in which a second run overtakes the first right before its n-th write of a step."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.overtaken = False
        self.seen = 0
        self.second: Callable[[], object] = lambda: None
        self._inside = False
        super().__init__()

    @property
    def platform(self) -> Platform:
        return watched(super().platform, Line(self._pass))

    def _pass(self, point: Point) -> None:
        if point.when is not When.BEFORE or self._inside or self.at is None:
            return
        self.seen += 1
        if self.seen - 1 == self.at:
            self._inside = self.overtaken = True
            try:
                self.second()
            finally:
                self._inside = False

    def play(self, step: str, plan: Plan) -> None:
        """The step; where a run fails for the other one, it is run again as a person would."""
        self.second = lambda: STEPS[step](self, plan)
        try:
            STEPS[step](self, plan)
        except BluegreenError:
            self.at = None
            STEPS[step](self, plan)

    def rows_in_sinks(self) -> dict[str, Counter[str]]:
        """How many records of each topic the sinks were given."""
        self.cluster.run()
        sinks = self.cluster.connectors
        return {name: Counter(topic for topic, _ in sinks.delivered(name)) for name in sinks.all}


def after(step: str, at: int | None) -> TwoRuns:
    """All steps up to that one, in which the first run is overtaken before its write number ``at``."""
    world = TwoRuns()
    plan = world.plan()
    for name in STEPS:
        if name == step:
            world.at = at
        world.play(name, plan)
        world.at = None
        if name == step:
            break
    return world


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_overtaken_anywhere_changes_nothing_of_it(step: str) -> None:
    alone = after(step, None)
    wanted, rows = alone.snapshot(), alone.rows_in_sinks()
    at = 0
    while True:
        world = after(step, at)
        if not world.overtaken:
            break
        assert world.snapshot() == wanted, f"overtaken before write {at}"
        assert world.rows_in_sinks() == rows, f"overtaken before write {at}"
        at += 1
    assert at > 5
