import pytest

from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.core.model import Plan, Start, Trigger
from airflow_bluegreen.exceptions import ConflictError, UnknownRefError
from tests.actions.faults import WRITES
from tests.actions.releasing import bring_up
from tests.actions.world import World


def test_the_project_at_a_ref() -> None:
    world = World()
    repository = world.cluster.repository
    assert "view32" not in load_project(repository, "v1.0.0").tables
    assert "view32" in load_project(repository, "v1.0.1").tables
    with pytest.raises(UnknownRefError):
        load_project(repository, "v9")


def test_the_base_is_the_tag_before_where_nothing_was_released() -> None:
    plan = World().plan()
    assert (plan.base_release, plan.release.ref) == ("v1.0.0", "v1.0.1")
    assert {planned.table: planned.trigger for planned in plan.tables} == {
        "int_3": Trigger.MODIFIED,
        "fact_3": Trigger.MODIFIED,
        "fact_2": Trigger.SIDE_EFFECT,
        "view32": Trigger.NEW,
    }


def test_the_first_release_of_all_has_no_base() -> None:
    plan = World().plan("v1.0.0")
    assert plan.base is None
    assert {planned.trigger for planned in plan.tables} == {Trigger.NEW}


def test_a_given_base_and_further_tables() -> None:
    world = World()
    plan = plan_release(
        world.platform, environment="local", release="v1.0.1", base="v1.0.1", tables=("view_1",)
    )
    assert [(planned.table, planned.trigger) for planned in plan.tables] == [("view_1", Trigger.REQUESTED)]


def test_a_release_in_progress_gets_the_plan_it_was_begun_with() -> None:
    world = World()
    plan = bring_up(world)
    again = plan_release(world.platform, environment="local", release="v1.0.1", tables=("view_1",))
    assert again == plan


def test_a_release_in_progress_does_not_start_otherwise_in_its_middle() -> None:
    world = World()

    def plan(start: str) -> Plan:
        starts = {"int_3_v2": Start(start)}
        return plan_release(world.platform, environment="local", release="v1.0.1", start=starts)

    begun = plan("seed")
    open_release(world.platform, begun, world.story)
    assert plan("seed") == begun
    with pytest.raises(ConflictError, match=r"int_3 of v1\.0\.1 was begun with start seed, not auto"):
        plan("auto")


def test_a_tag_that_moved_meanwhile_is_a_conflict() -> None:
    world = World()
    open_release(world.platform, world.plan(), world.story)
    world.cluster.repository.commit({"notes.sql": "-- one more"})
    world.cluster.repository.tag("v1.0.1")
    with pytest.raises(ConflictError, match=r"v1\.0\.1 was \w{12} when its release was begun"):
        world.plan()


def test_planning_writes_nothing() -> None:
    world = World()
    world.plan()
    assert not WRITES & {call.method for wire in world.cluster.wires.values() for call in wire.calls}
