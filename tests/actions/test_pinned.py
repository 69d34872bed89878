"""A release that leaves a reader on blue: what it reads keeps running, and a rollback finds it running."""

import pytest

from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.planned import protected_names
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import RefusedError
from tests.actions.releasing import bring_up, finish, release
from tests.actions.world import World
from tests.core.golden import edited, v1_0_0


def pinning_world() -> World:
    """int_3 computes another total, which fact_2 reads and fact_3 does not."""
    after = edited(v1_0_0(), {"dml.int_3.sql": ("a.amount + b.amount", "2 * b.amount")})
    return World({**after, "bluegreen.yaml": "prune: columns\n" + after["bluegreen.yaml"]})


def test_what_a_pinned_table_reads_keeps_running() -> None:
    world = pinning_world()
    plan = release(world)
    assert [one.table for one in plan.tables] == ["int_3", "fact_2"]
    assert ([one.table for one in plan.pinned], plan.kept) == (["fact_3"], ("int_3",))
    running = world.running()
    assert {"dml.int_3", "dml.int_3_v2", "dml.fact_3", "dml.fact_2_v2"} <= set(running)
    assert "dml.fact_2" not in running
    assert running["dml.int_3"] == [world.blue_jobs["dml.int_3"]]
    assert "int_3 keeps running for fact_3" in world.story.lines
    assert world.cluster.releases.records()[0].phase is Phase.LIVE
    assert "int_3" in protected_names(plan)


def test_a_kept_job_that_is_gone_is_not_as_planned() -> None:
    world = pinning_world()
    plan = bring_up(world)
    finish(world, plan)
    world.cluster.jobs.cancel(world.blue_jobs["dml.int_3"])
    with pytest.raises(RefusedError, match="kept int_3 has no job any more"):
        confirm(world.platform, plan, world.profile, world.story)


def test_a_rollback_leaves_the_kept_job_alone_and_starts_the_others_again() -> None:
    world = pinning_world()
    release(world)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    running = world.running()
    assert running["dml.int_3"] == [world.blue_jobs["dml.int_3"]]
    assert {"dml.fact_2", "dml.fact_3"} <= set(running)
    assert not [name for name in running if "_v2" in name]


def test_the_next_plan_knows_what_is_pinned() -> None:
    world = pinning_world()
    release(world)
    repository = world.cluster.repository
    head = repository.read_files(repository.resolve("v1.0.1"), (".sql", ".json", "bluegreen.yaml"))
    repository.commit(edited(dict(head), {"dml.view_1.sql": ("SELECT id, total", "SELECT id, total + 1")}))
    repository.tag("v1.0.2")
    plan = world.plan("v1.0.2")
    assert [one.table for one in plan.tables] == ["view_1"]
    assert ([one.table for one in plan.pinned], plan.kept) == (["fact_3"], ("int_3",))


def moving_on(world: World) -> None:
    """v1.0.2 changes what fact_3 reads of int_3, so that nobody reads the first int_3 any more."""
    repository = world.cluster.repository
    head = repository.read_files(repository.resolve("bluegreen/v1.0.1"), (".sql", ".json", "bluegreen.yaml"))
    changed = edited(dict(head), {"dml.fact_3.sql": ("x.amount AS shipped", "x.amount + 1 AS shipped")})
    repository.commit(changed)
    repository.tag("v1.0.2")


def test_a_table_that_was_kept_is_retired_when_those_that_read_it_have_moved_on() -> None:
    world = pinning_world()
    release(world)
    moving_on(world)
    plan = release(world, "v1.0.2")
    assert plan.freed == ("int_3",)
    assert "dml.int_3" not in world.running()
    record = current(world.platform, "v1.0.2")
    assert "dml.int_3" in record.savepoints
    assert record.phase is Phase.LIVE


def test_a_rollback_starts_a_table_that_was_kept_again() -> None:
    world = pinning_world()
    release(world)
    before = set(world.running())
    moving_on(world)
    release(world, "v1.0.2")
    savepoint = current(world.platform, "v1.0.2").savepoints["dml.int_3"]
    roll_back(world.platform, "v1.0.2", world.profile, world.story)
    assert set(world.running()) == before
    assert world.job("dml.int_3").restore_path == savepoint
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert set(world.running()) == set(world.blue_jobs)
