"""Killed, or cut off, at every single write: the same release again ends in the same state."""

import contextlib
import copy
from collections.abc import Callable

import pytest

from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import BluegreenError
from tests.actions.faults import Fault, Killed, Line, kill, lose_answer, refuse_once
from tests.actions.releasing import bring_up, continue_release, finish, release
from tests.actions.test_pinned import moving_on, pinning_world
from tests.actions.world import World

FAULTS = [kill, lose_answer, refuse_once]
Act = Callable[[World], object]


def worlds_with_a_fault(start: World, act: Act, fault: Fault) -> list[tuple[str, World]]:
    """One world for every write of ``act``, in which that write went wrong and nothing was done since."""
    found: list[tuple[str, World]] = []
    while True:
        world = copy.deepcopy(start)
        world.line = Line(at=len(found), fault=fault)
        with contextlib.suppress(Killed, BluegreenError):
            act(world)
        if not world.line.hit:
            return found
        found.append((f"{len(found)}: {world.line.calls[len(found)]}", world))
        world.line = None


def brought_up() -> tuple[World, Act]:
    world = World()
    plan = bring_up(world)
    return world, lambda one: finish(one, plan)


@pytest.mark.parametrize("fault", [kill, lose_answer])
def test_bringing_up_goes_on_where_it_stopped(fault: Fault) -> None:
    smooth = World()
    bring_up(smooth)
    blue = World().blue()
    worlds = worlds_with_a_fault(World(), bring_up, fault)
    assert len(worlds) > 10
    for where, world in worlds:
        assert world.blue() == blue, where
        bring_up(world)
        assert world.snapshot() == smooth.snapshot(), where
        assert len(world.cluster.jobs.all) == len(smooth.cluster.jobs.all), f"{where}: a second job"


@pytest.mark.parametrize("fault", FAULTS)
def test_finishing_goes_on_where_it_stopped(fault: Fault) -> None:
    start, act = brought_up()
    smooth = copy.deepcopy(start)
    act(smooth)
    worlds = worlds_with_a_fault(start, act, fault)
    assert len(worlds) > 20
    for where, world in worlds:
        if fault is kill:
            continue_release(world)
        else:
            act(world)
        assert world.snapshot() == smooth.snapshot(), where
        assert len(world.cluster.jobs.all) == len(smooth.cluster.jobs.all), f"{where}: a second job"


def test_every_half_release_can_be_rolled_back() -> None:
    untouched = World()
    start, act = brought_up()
    half = worlds_with_a_fault(World(), bring_up, kill) + worlds_with_a_fault(start, act, kill)
    for where, world in half:
        if not world.cluster.releases.records():
            continue
        roll_back(world.platform, "v1.0.1", world.profile, world.story)
        assert_as_before(world, untouched, where)


@pytest.mark.parametrize("fault", [kill])
def test_rolling_back_goes_on_where_it_stopped(fault: Fault) -> None:
    untouched, start = World(), World()
    release(start)

    def act(world: World) -> None:
        roll_back(world.platform, "v1.0.1", world.profile, world.story)

    worlds = worlds_with_a_fault(start, act, fault)
    assert len(worlds) > 20
    for where, world in worlds:
        act(world)
        assert_as_before(world, untouched, where)


def test_rolling_back_starts_a_kept_table_again_wherever_it_is_killed() -> None:
    start = pinning_world()
    release(start)
    before = set(start.running())
    moving_on(start)
    release(start, "v1.0.2")

    def act(world: World) -> None:
        roll_back(world.platform, "v1.0.2", world.profile, world.story)

    worlds = worlds_with_a_fault(start, act, kill)
    assert len(worlds) > 10
    for where, world in worlds:
        act(world)
        assert set(world.running()) == before, where
        assert all(len(ids) == 1 for ids in world.running().values()), f"{where}: a second job"


def assert_as_before(world: World, untouched: World, where: str) -> None:
    now, before = world.snapshot(), untouched.snapshot()
    assert now["connectors"] == before["connectors"], where
    assert now["topics"] == before["topics"], where
    assert [job[:2] for job in now["jobs"]] == [job[:2] for job in before["jobs"]], where
    assert now["subjects"] == before["subjects"], where
    assert now["phases"] == {"v1.0.1": Phase.ROLLED_BACK}, where
