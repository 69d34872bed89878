"""The golden release from first to last."""

import pytest

from airflow_bluegreen.actions.ledger import current, open_release
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import RefusedError
from tests.actions.releasing import bring_up, finish, release
from tests.actions.world import GREEN, PLANNED, World
from tests.core.golden import edited, v1_0_1

REPLACED = ("dml.int_3", "dml.fact_2", "dml.fact_3")


def test_the_golden_release_goes_live() -> None:
    world = World()
    plan = release(world)
    assert {planned.table for planned in plan.tables} == set(PLANNED)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE
    running = world.running()
    kept = {name: ids for name, ids in running.items() if name in world.blue_jobs}
    assert kept == {name: [one] for name, one in world.blue_jobs.items() if name not in REPLACED}
    assert {name for name in running if name not in kept} == {f"dml.{green}" for green in GREEN}
    assert world.connector_topics() == {
        "sink-fact-1": "fact_1",
        "sink-fact-2": "fact_2_v2",
        "sink-fact-3": "fact_3_v2",
        "sink-view-1": "view_1",
        "sink-view32": "view32",
    }


def test_untouched_objects_see_no_write_at_all() -> None:
    world = World()
    release(world)
    touched = {
        *(
            call.arguments[0]
            for call in world.cluster.connectors.wire.calls
            if call.method not in ("configs", "validate_config")
        ),
        *(
            call.arguments[0]
            for call in world.cluster.jobs.wire.calls
            if call.method == "stop_with_savepoint"
        ),
        *(call.arguments[0] for call in world.cluster.topics.wire.calls if call.method == "delete_topic"),
    }
    assert touched.isdisjoint({"sink-fact-1", "sink-view-1"})
    stopped = {world.blue_jobs[name] for name in REPLACED}
    assert touched & set(world.blue_jobs.values()) == stopped


def test_blue_is_as_it_was_until_the_cut_over() -> None:
    world = World()
    before = world.blue()
    bring_up(world)
    assert world.blue() == before


def test_releasing_a_live_release_again_does_nothing() -> None:
    world = World()
    release(world)
    before, story = world.snapshot(), len(world.story.lines)
    plan = world.plan()
    assert plan.tables == ()
    assert open_release(world.platform, plan, world.story).phase is Phase.LIVE
    assert world.snapshot() == before
    assert "nothing to do" in world.story.lines[story]


def test_a_release_that_was_rolled_back_can_be_released_again() -> None:
    world = World()
    release(world)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    release(world)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE


def second_release(world: World) -> None:
    """v1.0.2: view32 alone is modified, on top of v1.0.1 (as written, without its version suffixes)."""
    files = edited(
        v1_0_1(), {"dml.view32.sql": ("first_total + second_total AS", "second_total + first_total AS")}
    )
    world.cluster.repository.commit(dict(files))
    world.cluster.repository.tag("v1.0.2")


def test_the_next_release_builds_on_what_is_live() -> None:
    world = World()
    release(world)
    second_release(world)
    plan = release(world, "v1.0.2")
    assert [(planned.blue, planned.green) for planned in plan.tables] == [("view32", "view32_v2")]
    assert plan.physical["int_3"] == "int_3_v2"
    assert world.connector_topics()["sink-view32"] == "view32_v2"


def test_a_release_that_another_builds_on_cannot_be_rolled_back() -> None:
    world = World()
    release(world)
    second_release(world)
    release(world, "v1.0.2")
    with pytest.raises(RefusedError, match=r"v1\.0\.2 went live after v1\.0\.1"):
        roll_back(world.platform, "v1.0.1", world.profile, world.story)
    roll_back(world.platform, "v1.0.2", world.profile, world.story)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert "dml.int_3" in world.running()


def test_one_release_at_a_time() -> None:
    world = World()
    plan = bring_up(world)
    second_release(world)
    with pytest.raises(RefusedError, match=r"release v1\.0\.1 is compared in local"):
        open_release(world.platform, world.plan("v1.0.2"), world.story)
    finish(world, plan)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE
