"""What a release requires of blue, and who tells when it is no longer so."""

import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.ledger import change, current
from airflow_bluegreen.actions.preflight import preflight
from airflow_bluegreen.core.model import Phase, Plan
from airflow_bluegreen.exceptions import RequirementError
from tests.actions.faults import WRITES
from tests.actions.releasing import bring_up
from tests.actions.world import World


def brought_up() -> tuple[World, Plan]:
    world = World()
    plan = bring_up(world)
    world.cluster.connectors.wire.calls.clear()
    return world, plan


def cut(world: World, plan: Plan) -> None:
    cut_over(world.platform, plan, world.profile, world.story)


def refused(world: World, plan: Plan, match: str) -> None:
    """The cut-over is a conflict, and nothing has moved."""
    with pytest.raises(RequirementError, match=match):
        cut(world, plan)
    assert [call for call in world.cluster.connectors.wire.calls if call.method in WRITES] == []
    assert current(world.platform, "v1.0.1").phase is Phase.COMPARED


def test_preflight_writes_down_what_blue_is() -> None:
    world, _ = brought_up()
    found = current(world.platform, "v1.0.1").requirements
    assert found is not None
    assert found.jobs == {name: (world.blue_jobs[f"dml.{name}"],) for name in ("int_3", "fact_2", "fact_3")}
    assert sorted(found.connectors) == ["sink-fact-2", "sink-fact-3"]
    assert "FileSink" not in str(found.connectors), "values may be secrets"


def test_a_setting_that_changed_is_named() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-2"].config |= {"tasks.max": "2", "password": "new"}
    refused(world, plan, "connector sink-fact-2 has other settings: password, tasks.max. Nothing was moved")


def test_a_blue_job_that_was_replaced_is_named() -> None:
    world, plan = brought_up()
    job = world.job("dml.fact_3")
    world.cluster.jobs.cancel(job.job_id)
    world.cluster.jobs.start("dml.fact_3", inputs=("int_3", "src_x"), output="fact_3")
    refused(world, plan, f"fact_3 was filled by job {job.job_id}, is filled by ")


def test_a_blue_job_that_is_gone_is_named() -> None:
    world, plan = brought_up()
    world.cluster.jobs.cancel(world.job("dml.int_3").job_id)
    refused(world, plan, "int_3 was filled by job .*, is filled by none")


def test_checked_again_the_new_blue_counts() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-2"].config["tasks.max"] = "2"
    preflight(world.platform, plan, world.profile, world.story)
    cut(world, plan)
    assert current(world.platform, "v1.0.1").phase is Phase.CUT_OVER


def test_a_release_that_nobody_checked_has_no_requirements() -> None:
    world, plan = brought_up()
    change(world.platform, "v1.0.1", requirements=None)
    world.cluster.connectors.all["sink-fact-2"].config["tasks.max"] = "2"
    cut(world, plan)
    assert current(world.platform, "v1.0.1").phase is Phase.CUT_OVER


def test_what_a_cut_over_has_changed_itself_is_no_conflict() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-3"].failure = "disk full"
    world.cluster.connectors.fail_next("put_config", KeyboardInterrupt(), times=1)
    with pytest.raises(KeyboardInterrupt):
        cut(world, plan)
    world.cluster.connectors.all["sink-fact-3"].failure = None
    cut(world, plan)
    assert world.connector_topics()["sink-fact-3"] == "fact_3_v2"
