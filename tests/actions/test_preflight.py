from dataclasses import replace

import pytest

from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.preflight import preflight
from airflow_bluegreen.core.model import Column, Plan
from airflow_bluegreen.exceptions import ConflictError, RefusedError, RequirementError, StatementError
from tests.actions.faults import WRITES
from tests.actions.releasing import bring_up, finish
from tests.actions.world import World


def checked(world: World, plan: Plan | None = None) -> None:
    preflight(world.platform, plan or world.plan(), world.profile, world.story)


def refusal(world: World, plan: Plan | None = None) -> str:
    with pytest.raises(RefusedError) as caught:
        checked(world, plan)
    return str(caught.value)


def test_it_passes_and_writes_nothing() -> None:
    world = World()
    checked(world)
    assert "preflight passed: 4 statements explained" in world.story.text
    assert not WRITES & {call.method for wire in world.cluster.wires.values() for call in wire.calls}


def test_rejected_sql_is_told_with_its_place() -> None:
    world = World()
    world.cluster.gateway.rejections["fact_3_v2"] = "Column 'x' not found in any table"
    with pytest.raises(StatementError) as caught:
        checked(world)
    assert caught.value.where is not None
    assert caught.value.where.path.endswith("dml.fact_3.sql")
    assert "Column 'x' not found in any table" in str(caught.value)


def test_all_findings_come_together() -> None:
    world = World()
    world.cluster.gateway.rejections["fact_3_v2"] = "no such column"
    world.cluster.connectors.all["sink-fact-2"].config["topics"] = "fact_2,other"
    world.cluster.jobs.slots = 12
    with pytest.raises(StatementError) as caught:
        checked(world)
    text = str(caught.value)
    assert "preflight found 3 problems" in text
    assert "no such column" in text
    assert "sink-fact-2 reads fact_2, other, the release was planned for fact_2" in text
    assert "4 statements to start, 1 task slots free" in text


def test_a_connector_must_run_and_read_exactly_blue() -> None:
    world = World()
    world.cluster.connectors.all["sink-fact-2"].state = "FAILED"
    assert "sink-fact-2 is FAILED" in refusal(world)
    world = World()
    del world.cluster.connectors.all["sink-fact-2"]
    assert "sink-fact-2 does not exist" in refusal(world)
    world = World()
    world.cluster.connectors.put_config("sink-view32", {"connector.class": "FileSink", "topics": "view32"})
    assert "sink-view32 exists, the release is to create it" in refusal(world)


def test_a_pattern_that_reads_both_colours_is_refused() -> None:
    world = World()
    config = world.cluster.connectors.all["sink-fact-2"].config
    config["topics.regex"] = r"fact_2(_v\d+)?"
    with pytest.raises(RequirementError, match="which matches fact_2 and fact_2_v2"):
        checked(world)


def test_what_connect_says_about_a_config() -> None:
    world = World()
    world.cluster.connectors.complaints.append("file: must not be empty")
    assert "Kafka Connect refuses sink-fact-2: file: must not be empty" in refusal(world)


def test_blue_must_run() -> None:
    world = World()
    world.cluster.jobs.cancel(world.blue_jobs["dml.fact_2"])
    assert "no job fills blue fact_2" in refusal(world)
    world = World()
    world.cluster.jobs.restart(world.blue_jobs["dml.fact_2"], "OutOfMemoryError")
    assert "blue job dml.fact_2" in refusal(world)
    world = World()
    world.cluster.topics.delete_topic("fact_2")
    assert "blue topic fact_2 does not exist" in refusal(world)


def test_inputs_must_exist() -> None:
    world = World()
    world.cluster.topics.delete_topic("src_x")
    assert "fact_3 reads src_x, which does not exist" in refusal(world)


def test_a_green_topic_of_other_shape_is_found_early() -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", 7)
    with pytest.raises(ConflictError, match="topic int_3_v2 exists with 7 partitions"):
        checked(world)


def test_incompatible_columns_are_noted_only() -> None:
    world = World()
    plan = world.plan()
    older = (
        Column(name="id", type="STRING"),
        Column(name="gone", type="INT"),
        Column(name="total", type="BIGINT"),
    )
    tables = tuple(replace(one, blue_columns=older) if one.table == "int_3" else one for one in plan.tables)
    checked(world, replace(plan, tables=tables))
    assert (
        "note: int_3_v2 is not compatible with readers of int_3: removed gone, retyped total"
        in world.story.text
    )


def test_a_release_past_its_cut_over_is_not_checked() -> None:
    world = World()
    plan = bring_up(world)
    finish(world, plan)
    calls = len(world.cluster.gateway.wire.calls)
    checked(world, plan)
    assert len(world.cluster.gateway.wire.calls) == calls


def test_a_second_run_needs_no_further_slots() -> None:
    world = World()
    plan = bring_up(world)
    world.cluster.jobs.slots = 15
    checked(world, plan)


def test_the_ledger_may_be_empty_or_not() -> None:
    world = World()
    checked(world)
    open_release(world.platform, world.plan(), world.story)
    checked(world)
