from collections.abc import Callable
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.observe import observe_cut_over
from airflow_bluegreen.core.model import Plan
from airflow_bluegreen.exceptions import ReadinessError, StatementError
from tests.actions.faults import Line, kill
from tests.actions.releasing import bring_up
from tests.actions.world import World
from tests.fakes.flink_rest import FakeJobs


def cut() -> tuple[World, Plan]:
    world = World()
    plan = bring_up(world)
    cut_over(world.platform, plan, world.profile, world.story)
    return world, plan


def test_connectors_that_run_and_keep_up() -> None:
    world, plan = cut()
    observe_cut_over(world.platform, plan, world.story)
    assert "sink-fact-2 RUNNING, 0 behind" in world.story.text
    assert "sink-fact-2 was without a running sink for 0.0 s" in world.story.lines


def test_a_failed_connector_is_told_at_once() -> None:
    world, plan = cut()
    world.cluster.connectors.all["sink-fact-2"].state = "FAILED"
    slept = len(world.cluster.clock.slept)
    with pytest.raises(StatementError, match="green is not well: sink-fact-2 is FAILED"):
        observe_cut_over(world.platform, plan, world.story)
    assert len(world.cluster.clock.slept) == slept


def test_a_connector_that_does_not_run_in_time() -> None:
    world, plan = cut()
    world.cluster.connectors.all["sink-fact-2"].state = "UNASSIGNED"
    with pytest.raises(ReadinessError, match=r"after 1m .* sink-fact-2 \(UNASSIGNED, 0 behind\)"):
        observe_cut_over(world.platform, plan, world.story, timeout_s=60)


def test_a_connector_that_is_far_behind_and_does_not_move() -> None:
    world, plan = cut()
    for number in range(2_000):
        world.cluster.topics.produce("fact_2_v2", f"k{number}".encode(), b"{}")
    world.cluster.connectors.run = lambda: None  # type: ignore[method-assign]
    with pytest.raises(ReadinessError, match="2,000 behind"):
        observe_cut_over(world.platform, plan, world.story, timeout_s=60)


def test_nothing_of_green_nothing_to_observe() -> None:
    world, plan = cut()
    observe_cut_over(world.platform, replace(plan, connectors=(), tables=()), world.story)
    assert world.story.lines[-1] == "nothing to observe"


def test_green_is_watched_for_the_whole_window_while_blue_runs() -> None:
    world, plan = cut()
    begun = world.cluster.clock.now()
    observe_cut_over(world.platform, plan, world.story, window_s=600)
    assert world.cluster.clock.now() - begun >= 600
    assert world.story.lines[-1] == "green and its connectors were well for 10m"
    assert set(world.blue_jobs) <= set(world.running())


def after(world: World, seconds: float, happens: Callable[[], None]) -> None:
    """Let something happen in the middle of the observation."""
    at = world.cluster.clock.now() + seconds
    done: list[bool] = []

    def look() -> None:
        if world.cluster.clock.now() >= at and not done:
            done.append(True)
            happens()

    world.cluster.clock.on_sleep(look)


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (lambda jobs, job: jobs.fail(job, "boom"), r"dml.int_3_v2 is ended: boom"),
        (lambda jobs, job: jobs.cancel(job), "dml.int_3_v2 is ended"),
        (lambda jobs, job: jobs.restart(job, "boom", times=3), "dml.int_3_v2 restarted 3 times .*boom"),
        (lambda jobs, job: jobs.restart(job, "boom"), r"dml.int_3_v2 is restarting for \d+ s: boom"),
    ],
)
def test_green_that_fails_in_the_window_ends_it_at_once(
    happens: Callable[[FakeJobs, str], None], told: str
) -> None:
    world, plan = cut()
    job = world.job("dml.int_3_v2").job_id
    begun = world.cluster.clock.now()
    after(world, 200, lambda: happens(world.cluster.jobs, job))
    with pytest.raises(StatementError, match=f"green is not well: {told}.*roll the release back"):
        observe_cut_over(world.platform, plan, world.story, window_s=3600)
    assert world.cluster.clock.now() - begun < 300
    assert set(world.blue_jobs) <= set(world.running())


def test_green_that_comes_back_from_a_restart_is_well() -> None:
    world, plan = cut()
    job = world.job("dml.int_3_v2").job_id
    after(world, 100, lambda: world.cluster.jobs.restart(job, "boom"))
    after(world, 130, lambda: world.cluster.jobs.recover(job))
    observe_cut_over(world.platform, plan, world.story, window_s=300)
    assert "dml.int_3_v2 restarting" in world.story.text


def test_green_that_completes_no_checkpoint() -> None:
    world, plan = cut()
    world.job("dml.int_3_v2").checkpoints_held = True
    with pytest.raises(ReadinessError, match=r"dml.int_3_v2 \(no checkpoint since the cut-over\)"):
        observe_cut_over(world.platform, plan, world.story, window_s=60, timeout_s=60)


def test_green_that_does_not_keep_up() -> None:
    world, plan = cut()
    world.job("dml.fact_3_v2").held = True
    for number in range(2_000):
        world.cluster.topics.produce("src_x", f"k{number}".encode(), b"{}")
    with pytest.raises(ReadinessError, match=r"dml.fact_3_v2 \(running, [\d,]+ behind\)"):
        observe_cut_over(world.platform, plan, world.story, window_s=60, timeout_s=60)


def test_looking_changes_nothing() -> None:
    world, plan = cut()
    world.line = Line(at=10**6, fault=kill)
    observe_cut_over(world.platform, plan, world.story, window_s=60)
    assert world.line.calls == []
