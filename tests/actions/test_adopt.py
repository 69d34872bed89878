import pytest

from airflow_bluegreen.actions.adopt import adopt
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.lifecycle import live_names
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import RefusedError, UnknownRefError
from tests.actions.releasing import release
from tests.actions.world import World


def adopting(world: World, ref: str = "v1.0.0", *, dry_run: bool = False) -> None:
    adopt(world.platform, ref, world.profile, world.story, dry_run=dry_run)


def test_what_runs_becomes_the_live_release_and_nothing_is_touched() -> None:
    world = World()
    before = world.blue()
    adopting(world)
    assert world.blue() == before
    record = current(world.platform, "v1.0.0")
    assert record.phase is Phase.LIVE
    assert live_names([record]) == {name: table.physical for name, table in world.base.tables.items()}
    assert "dml.int_3 does not say what it runs" in world.story.text
    assert [one.phase for one in record.history] == [Phase.PLANNED, Phase.LIVE]


def test_the_first_release_is_planned_over_it_and_can_be_rolled_back_to_it() -> None:
    world = World()
    adopting(world)
    plan = release(world)
    assert (plan.base_release, [one.table for one in plan.tables]) == (
        "v1.0.0",
        ["int_3", "fact_2", "fact_3", "view32"],
    )
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert set(world.running()) == set(world.blue_jobs)


def test_it_does_nothing_twice() -> None:
    world = World()
    adopting(world)
    before = world.cluster.releases.ledger.copy()
    adopting(world)
    assert world.cluster.releases.ledger == before
    assert world.story.lines[-1] == "release v1.0.0 is live in local already"


def test_a_dry_run_writes_nothing() -> None:
    world = World()
    adopting(world, dry_run=True)
    assert world.cluster.releases.ledger == {}
    assert "11 tables would be adopted as v1.0.0" in world.story.lines[-1]


def test_what_is_not_as_the_commit_says_is_named() -> None:
    world = World()
    world.cluster.jobs.cancel(world.blue_jobs["dml.fact_1"])
    world.cluster.connectors.all["sink-fact-2"].config["topics"] = "fact_1"
    world.cluster.jobs.start("dml.int_9", inputs=(), output="int_9")
    with pytest.raises(RefusedError) as refused:
        adopting(world)
    for said in ("what runs is not v1.0.0 (2)", "dml.fact_1 runs 0 times", "sink-fact-2 reads fact_1"):
        assert said in str(refused.value)
    assert world.cluster.releases.ledger == {}


def test_there_is_nothing_to_adopt_after_a_release() -> None:
    world = World()
    release(world)
    with pytest.raises(RefusedError, match=r"release v1\.0\.1 is live in local: there is nothing to adopt"):
        adopting(world)


def test_an_unknown_ref() -> None:
    with pytest.raises(UnknownRefError):
        adopting(World(), "v9")


def test_what_was_adopted_may_be_let_go_again() -> None:
    world = World()
    before = world.blue()
    adopting(world)
    roll_back(world.platform, "v1.0.0", world.profile, world.story)
    assert world.blue() == before
    adopting(world)
    assert current(world.platform, "v1.0.0").phase is Phase.LIVE
