import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.observe import observe_cut_over
from airflow_bluegreen.core.model import Plan
from airflow_bluegreen.exceptions import ReadinessError, StatementError
from tests.actions.releasing import bring_up
from tests.actions.world import World


def cut() -> tuple[World, Plan]:
    world = World()
    plan = bring_up(world)
    cut_over(world.platform, plan, world.profile, world.story)
    return world, plan


def test_connectors_that_run_and_keep_up() -> None:
    world, plan = cut()
    observe_cut_over(world.platform, plan, world.story)
    assert "sink-fact-2 RUNNING, 20 behind" in world.story.text


def test_a_failed_connector_is_told_at_once() -> None:
    world, plan = cut()
    world.cluster.connectors.all["sink-fact-2"].state = "FAILED"
    slept = len(world.cluster.clock.slept)
    with pytest.raises(StatementError, match="connectors failed: sink-fact-2"):
        observe_cut_over(world.platform, plan, world.story)
    assert len(world.cluster.clock.slept) == slept


def test_a_connector_that_does_not_run_in_time() -> None:
    world, plan = cut()
    world.cluster.connectors.all["sink-fact-2"].state = "UNASSIGNED"
    with pytest.raises(ReadinessError, match=r"after 60 s .* sink-fact-2 \(UNASSIGNED, 20 behind\)"):
        observe_cut_over(world.platform, plan, world.story, timeout_s=60)


def test_a_connector_that_is_far_behind_and_does_not_move() -> None:
    world, plan = cut()
    for number in range(2_000):
        world.cluster.topics.produce("fact_2_v2", f"k{number}".encode(), b"{}")
    world.cluster.connectors.run = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ReadinessError, match="2,020 behind"):
        observe_cut_over(world.platform, plan, world.story, timeout_s=60)


def test_no_connector_nothing_to_observe() -> None:
    from dataclasses import replace

    world, plan = cut()
    observe_cut_over(world.platform, replace(plan, connectors=()), world.story)
    assert world.story.lines[-1] == "no connector to observe"
