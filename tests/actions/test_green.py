"""Nothing leaves blue behind while green does not run."""

import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.green import refuse_unless_green_runs
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.core.model import JobState, Phase
from airflow_bluegreen.exceptions import ReadinessError
from tests.actions.releasing import bring_up
from tests.actions.world import World


def stop(world: World, name: str, state: JobState, status: str) -> None:
    job = world.job(name)
    job.state, job.status = state, status


def test_green_that_runs_is_fine() -> None:
    world = World()
    plan = bring_up(world)
    before = world.cluster.clock.now()
    refuse_unless_green_runs(world.platform, plan, world.story)
    assert world.cluster.clock.now() == before


def test_a_green_job_that_is_gone_is_named() -> None:
    world = World()
    plan = bring_up(world)
    stop(world, "dml.fact_2_v2", JobState.ENDED, "CANCELED")
    with pytest.raises(ReadinessError, match=r"dml\.fact_2_v2 has no job.*blue runs on"):
        refuse_unless_green_runs(world.platform, plan, world.story)


def test_a_green_job_that_is_back_in_a_moment_is_waited_for() -> None:
    world = World()
    plan = bring_up(world)
    stop(world, "dml.int_3_v2", JobState.RESTARTING, "RESTARTING")
    world.cluster.clock.on_sleep(lambda: stop(world, "dml.int_3_v2", JobState.RUNNING, "RUNNING"))
    refuse_unless_green_runs(world.platform, plan, world.story)
    assert "waiting for green: dml.int_3_v2" in world.story.text


def test_no_connector_moves_to_a_green_that_restarts_for_ever() -> None:
    world = World()
    plan = bring_up(world)
    stop(world, "dml.int_3_v2", JobState.RESTARTING, "RESTARTING")
    before = world.connector_topics()
    with pytest.raises(ReadinessError, match="is RESTARTING"):
        cut_over(world.platform, plan, world.profile, world.story)
    assert world.connector_topics() == before
    assert current(world.platform, "v1.0.1").phase is Phase.COMPARED


def test_blue_is_not_retired_while_green_is_gone() -> None:
    world = World()
    plan = bring_up(world)
    cut_over(world.platform, plan, world.profile, world.story)
    stop(world, "dml.fact_3_v2", JobState.ENDED, "FAILED")
    with pytest.raises(ReadinessError, match=r"dml\.fact_3_v2 has no job"):
        retire(world.platform, plan, world.story)
    assert set(world.blue_jobs) <= set(world.running())
    assert current(world.platform, "v1.0.1").phase is Phase.CUT_OVER
