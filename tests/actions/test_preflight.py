"""The report as a whole; each look has tests of its own in test_preflight_looks.py."""

import pytest

from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.preflight import look_ahead, preflight
from airflow_bluegreen.core.model import Plan, Severity
from airflow_bluegreen.exceptions import ConflictError, StatementError, TransientError
from tests.actions.faults import WRITES
from tests.actions.releasing import bring_up, finish
from tests.actions.world import World


def checked(world: World, plan: Plan | None = None) -> None:
    preflight(world.platform, plan or world.plan(), world.profile, world.story)


def several_problems(world: World) -> None:
    world.cluster.gateway.rejections["fact_3_v2"] = "no such column"
    world.cluster.connectors.all["sink-fact-2"].config["topics"] = "fact_2,other"
    world.cluster.topics.ensure("int_3_v2", 7)
    world.cluster.jobs.slots = 12


def test_it_passes_and_writes_nothing() -> None:
    world = World()
    checked(world)
    assert world.story.lines == ["preflight passed: 4 statements explained, 3 connectors as required"]
    assert not WRITES & {call.method for wire in world.cluster.wires.values() for call in wire.calls}


def test_all_findings_come_in_one_report_by_table_in_the_plans_order() -> None:
    world = World()
    several_problems(world)
    with pytest.raises(StatementError) as caught:
        checked(world)
    heading, *lines = world.story.lines
    assert heading == "4 findings:"
    assert [line.strip() for line in lines if line.startswith("  ") and line[2] != " "] == [
        "int_3",
        "fact_2",
        "fact_3",
        "the environment",
    ]
    text = "\n".join(lines)
    assert "names: pipelines/intermediates/p1/int_3/sql-scripts/ddl.int_3.sql:1:1: topic int_3_v2" in text
    assert "connectors: connector sink-fact-2 reads fact_2, other, the release was planned" in text
    assert "statements: pipelines/facts/p1/fact_3/sql-scripts/dml.fact_3.sql:1:1: Flink rejects" in text
    assert "capacity: 4 statements to start need 4 task slots, 1 of 12 are free" in text
    assert str(caught.value) == (
        "preflight of v1.0.1 found 4 problems (in int_3, fact_2, fact_3, the environment)."
        " Mend what is listed above, then run it again"
    )


def test_nothing_is_told_twice() -> None:
    world = World()
    several_problems(world)
    with pytest.raises(StatementError) as caught:
        checked(world)
    told = "\n".join([*world.story.lines, str(caught.value)])
    assert told.count("no such column") == told.count("are free") == told.count("fact_2, other") == 1
    alone = World()
    alone.cluster.jobs.slots = 12
    with pytest.raises(ConflictError) as single:
        checked(alone)
    assert "4 task slots, 1 of 12 are free" in str(single.value)
    assert alone.story.lines == []


def test_warnings_are_told_apart_and_do_not_refuse() -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", 2, {"cleanup.policy": "compact"})
    world.cluster.topics.produce("int_3_v2", b"k", b"v")
    checked(world)
    assert world.story.lines[:2] == ["1 warning:", "  int_3"]
    assert "topic int_3_v2 holds 1 records already, and no job fills it" in world.story.lines[2]
    assert world.story.lines[-1].endswith("as required, 1 warning")


def test_findings_stand_before_warnings() -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", 2, {"cleanup.policy": "compact"})
    world.cluster.topics.produce("int_3_v2", b"k", b"v")
    several_problems(world)
    found = look_ahead(world.platform, world.plan(), world.profile)
    assert [one.severity for one in found] == [Severity.FINDING] * 3 + [Severity.WARNING]


def test_a_server_that_is_away_may_be_asked_again() -> None:
    world = World()
    world.cluster.connectors.fail_next("configs", TransientError("no answer"))
    with pytest.raises(TransientError):
        checked(world)
    checked(world)


def test_a_release_past_its_cut_over_is_not_checked() -> None:
    world = World()
    plan = bring_up(world)
    finish(world, plan)
    calls = len(world.cluster.gateway.wire.calls)
    checked(world, plan)
    assert len(world.cluster.gateway.wire.calls) == calls
    assert "past its preflight" in world.story.lines[-1]


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
