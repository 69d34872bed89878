from dataclasses import replace

import pytest

from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.core.model import Phase, Plan
from airflow_bluegreen.exceptions import RefusedError
from tests.actions.releasing import bring_up
from tests.actions.world import World


def retired() -> tuple[World, Plan]:
    world = World()
    plan = bring_up(world)
    cut_over(world.platform, plan, world.profile, world.story)
    retire(world.platform, plan, world.story)
    return world, plan


def refusal(world: World, plan: Plan) -> str:
    with pytest.raises(RefusedError) as caught:
        confirm(world.platform, plan, world.profile, world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.RETIRING
    return str(caught.value)


def test_all_well_and_the_release_is_live() -> None:
    world, plan = retired()
    confirm(world.platform, plan, world.profile, world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE
    confirm(world.platform, plan, world.profile, world.story)
    assert world.story.lines[-1].startswith("release v1.0.1 is live")


def test_a_green_job_that_is_gone_or_broken() -> None:
    world, plan = retired()
    world.cluster.jobs.restart(world.job("dml.fact_2_v2").job_id, "x")
    world.cluster.jobs.cancel(world.job("dml.int_3_v2").job_id)
    text = refusal(world, plan)
    assert "dml.int_3_v2 runs 0 times" in text
    assert "is RESTARTING" in text


def test_green_that_runs_other_sql() -> None:
    world, plan = retired()
    job = world.job("dml.int_3_v2")
    assert job.identity is not None
    job.identity = replace(job.identity, fingerprint="other")
    assert "runs other SQL than planned" in refusal(world, plan)


def test_an_untouched_job_that_is_gone() -> None:
    world, plan = retired()
    world.cluster.jobs.cancel(world.blue_jobs["dml.fact_1"])
    assert "untouched fact_1 has no job any more" in refusal(world, plan)


def test_blue_that_still_runs() -> None:
    world, plan = retired()
    world.cluster.jobs.start("dml.int_3")
    assert "fills int_3, which is not meant to be filled by it" in refusal(world, plan)


def test_connectors_that_do_not_read_green() -> None:
    world, plan = retired()
    world.cluster.connectors.all["sink-fact-2"].config["topics"] = "fact_2"
    world.cluster.connectors.all["sink-fact-3"].state = "FAILED"
    del world.cluster.connectors.all["sink-view32"]
    text = refusal(world, plan)
    assert "connector sink-fact-2 reads fact_2" in text
    assert "connector sink-fact-3 is FAILED" in text
    assert "connector sink-view32 is absent" in text


def test_a_connector_that_is_configured_otherwise() -> None:
    world, plan = retired()
    world.cluster.connectors.all["sink-fact-2"].config["tasks.max"] = "7"
    assert "connector sink-fact-2 has another tasks.max" in refusal(world, plan)


def test_a_green_topic_that_is_gone() -> None:
    world, plan = retired()
    world.cluster.topics.delete_topic("view32")
    assert "topic view32 is missing" in refusal(world, plan)
