"""What retired versions left behind: listed, then deleted, and never anything that somebody needs."""

import contextlib
import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.adopt import adopt
from airflow_bluegreen.actions.catalog import consumer_group
from airflow_bluegreen.actions.clean_up import delete_leftovers, list_leftovers
from airflow_bluegreen.actions.ledger import annotate, current, open_release
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.lifecycle import CLEAN_MARKER, START_MARKER, live_release
from airflow_bluegreen.core.model import Job, Phase
from airflow_bluegreen.core.retirement import Leftover, LeftoverKind
from airflow_bluegreen.exceptions import BluegreenError, BusyError, RefusedError
from tests.actions.adopted import adopted_and_released
from tests.actions.faults import Fault, Killed, Line, kill, lose_answer
from tests.actions.releasing import release
from tests.actions.test_pinned import moving_on, pinning_world
from tests.actions.world import GREEN, World
from tests.core.golden import edited

WEEK = 7 * 86_400.0


def released(*, adopted: bool = True) -> World:
    if adopted:
        return adopted_and_released(World())
    world = World()
    release(world)
    return world


def listed(world: World) -> tuple[Leftover, ...]:
    return list_leftovers(world.platform, world.profile, world.story)


def free(world: World) -> set[str]:
    return {one.name for one in listed(world) if not one.kept}


def cleaned(world: World) -> set[str]:
    done = delete_leftovers(world.platform, world.profile, listed(world), world.story)
    return {one.name for one in done}


def test_nothing_goes_while_the_window_is_open() -> None:
    world = released()
    assert {one.kept for one in listed(world)} == {"the rollback window is open"}
    assert cleaned(world) == set()
    assert {"int_3", "fact_2", "fact_3"} <= world.cluster.topics.names()


def test_after_the_window_a_retired_version_goes_with_all_that_belongs_to_it() -> None:
    world = released()
    savepoints = set(current(world.platform, "v1.0.1").savepoints.values())
    for subject in ("int_3-value", "int_3-key", "int_3_v2-value"):
        world.cluster.schemas.register(subject, '{"type": "string"}')
    world.cluster.clock.advance(WEEK)
    before = world.cluster.topics.names()
    assert cleaned(world) == {"int_3", "fact_2", "fact_3", *savepoints}
    assert before - world.cluster.topics.names() == {"int_3", "fact_2", "fact_3"}
    assert world.cluster.schemas.subjects() == {"int_3_v2-value"}
    assert world.cluster.jobs.savepoints.keys().isdisjoint(savepoints)
    assert listed(world) == ()
    assert world.story.lines[-1] == "nothing is left of retired versions"


def test_the_consumer_groups_of_a_retired_version_go_too() -> None:
    world = released()
    world.cluster.clock.advance(WEEK)
    cleaned(world)
    release_next(world)
    known = world.job("dml.int_3_v2").identity if world.cluster.jobs.named("dml.int_3_v2") else None
    assert known is None
    marker = next(one for one in current(world.platform, "v1.0.2").markers if one.subject == "dml.int_3_v2")
    group = consumer_group("local", "dml.int_3", marker.detail["fingerprint"])
    world.cluster.topics.commit(group, {("src_a", 0): 1})
    world.cluster.clock.advance(WEEK)
    assert "int_3_v2" in cleaned(world)
    assert group not in world.cluster.topics.groups


def release_next(world: World) -> None:
    tag_next(world)
    release(world, "v1.0.2")


def tag_next(world: World) -> None:
    """v1.0.2, which takes int_3_v2 to int_3_v3."""
    repository = world.cluster.repository
    head = repository.read_files(repository.resolve("bluegreen/v1.0.1"), (".sql", ".json", "bluegreen.yaml"))
    repository.commit(edited(dict(head), {"dml.int_3.sql": ("2 * b.amount", "3 * b.amount")}))
    repository.tag("v1.0.2")


def test_what_was_never_ours_stays() -> None:
    world = released(adopted=False)
    world.cluster.clock.advance(WEEK)
    tables = [one for one in listed(world) if one.kind is LeftoverKind.TABLE]
    assert {one.kept for one in tables} == {"it was neither deployed nor adopted with this tool"}
    cleaned(world)
    assert {"int_3", "fact_2", "fact_3"} <= world.cluster.topics.names()


def use_by_a_job(world: World) -> None:
    world.cluster.jobs.start("somebody", inputs=("int_3",), output="elsewhere")
    world.cluster.run()


def use_by_a_connector(world: World) -> None:
    world.cluster.connectors.put_config("other", {"connector.class": "F", "topics": "fact_1, int_3"})


def use_by_a_pattern(world: World) -> None:
    world.cluster.connectors.put_config("other", {"connector.class": "F", "topics.regex": "int_.*"})


def fill_by_a_job(world: World) -> None:
    world.cluster.jobs.start("dml.int_3", inputs=("src_a",), output="int_3")


@pytest.mark.parametrize("use", [use_by_a_job, use_by_a_connector, use_by_a_pattern, fill_by_a_job])
def test_what_anybody_uses_stays(use: Callable[[World], None]) -> None:
    world = released()
    world.cluster.clock.advance(WEEK)
    use(world)
    assert free(world) >= {"fact_2", "fact_3"}
    assert "int_3" not in cleaned(world)
    assert "int_3" in world.cluster.topics.names()


def test_what_pinned_tables_read_stays_until_they_have_moved_on() -> None:
    world = pinning_world()
    adopt(world.platform, "v1.0.0", world.profile, world.story)
    release(world)
    world.cluster.clock.advance(WEEK)
    assert "int_3" not in {one.name for one in listed(world)}
    assert "int_3" not in cleaned(world)
    moving_on(world)
    release(world, "v1.0.2")
    assert {one.name: one.kept for one in listed(world)}["int_3"] == "the rollback window is open"
    world.cluster.clock.advance(WEEK)
    assert "int_3" in cleaned(world)
    assert "int_3" not in world.cluster.topics.names()


def test_nothing_is_deleted_while_a_release_is_in_progress() -> None:
    world = released()
    world.cluster.clock.advance(WEEK)
    tag_next(world)
    found = listed(world)
    open_release(world.platform, world.plan("v1.0.2"), world.story)
    with pytest.raises(BusyError, match=r"release v1\.0\.2 is planned in local, nothing is deleted now"):
        delete_leftovers(world.platform, world.profile, found, world.story)
    assert "int_3" in world.cluster.topics.names()


def test_only_what_was_listed_is_deleted_and_only_if_it_still_may_be() -> None:
    world = released()
    world.cluster.clock.advance(WEEK)
    found = listed(world)
    use_by_a_connector(world)
    one_table = [one for one in found if one.name in ("int_3", "fact_2")]
    done = delete_leftovers(world.platform, world.profile, one_table, world.story)
    assert [one.name for one in done] == ["fact_2"]
    assert {"int_3", "fact_3"} <= world.cluster.topics.names()


def test_after_the_clean_up_a_rollback_is_refused_with_the_reason() -> None:
    world = released()
    world.cluster.clock.advance(WEEK)
    cleaned(world)
    before = world.snapshot()
    with pytest.raises(
        RefusedError, match=r"blue of release v1\.0\.1 was deleted at .*int_3.*v1\.0\.0 again"
    ):
        roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.snapshot() == before


def test_cleaning_up_an_old_release_does_not_make_it_the_live_one() -> None:
    world = released()
    release_next(world)
    world.cluster.clock.advance(WEEK)
    assert {"int_3", "int_3_v2"} <= cleaned(world)
    records = world.cluster.releases.records()
    live = live_release(records)
    assert live is not None
    assert (live.release, records[-1].release) == ("v1.0.2", "v1.0.2")
    assert {"int_3_v3", "src_a", "fact_1"} <= world.cluster.topics.names()


def test_savepoints_of_a_release_that_was_rolled_back_go_too() -> None:
    world = released()
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    savepoints = set(current(world.platform, "v1.0.1").savepoints.values())
    world.cluster.clock.advance(WEEK)
    assert cleaned(world) == savepoints
    assert {"int_3", "fact_2", "fact_3"} <= world.cluster.topics.names()
    assert world.cluster.topics.names().isdisjoint(GREEN)
    release(world)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE


@pytest.mark.parametrize("fault", [kill, lose_answer])
def test_killed_anywhere_it_goes_on_and_a_marker_comes_before_each_deletion(fault: Fault) -> None:
    start = released()
    start.cluster.clock.advance(WEEK)
    smooth = copy.deepcopy(start)
    cleaned(smooth)
    for number in range(100):
        world = copy.deepcopy(start)
        world.line = Line(at=number, fault=fault)
        with contextlib.suppress(Killed, BluegreenError):
            cleaned(world)
        gone = start.cluster.topics.names() - world.cluster.topics.names()
        marked = {
            one.subject
            for one in current(world.cluster.platform, "v1.0.1").markers
            if one.act == CLEAN_MARKER
        }
        assert gone <= marked, number
        if not world.line.hit:
            assert number > 10
            return
        world.line = None
        cleaned(world)
        assert world.snapshot() == smooth.snapshot(), number
        assert world.cluster.jobs.savepoints == smooth.cluster.jobs.savepoints, number


def test_jobs_of_other_environments_do_not_count_as_ours() -> None:
    world = released()
    known = world.job("dml.int_3_v2").identity
    assert known is not None
    world.cluster.jobs.start(
        "dml.int_3", inputs=(), output="int_3", identity=replace(known, environment="other", table="int_3")
    )
    world.cluster.clock.advance(WEEK)
    assert "int_3" not in free(world)
    assert all(isinstance(job, Job) for job in world.cluster.jobs.jobs())


def test_the_savepoint_that_green_was_seeded_from_goes_too() -> None:
    world = released()
    seed = world.platform.jobs.take_savepoint(world.job("dml.int_3_v2").job_id)
    detail = {"strategy": "seed", "savepoint": seed}
    annotate(world.platform, "v1.0.1", START_MARKER, "dml.int_3_v2", detail=detail)
    assert cleaned(world) == set()
    assert seed in world.cluster.jobs.savepoints
    world.cluster.clock.advance(WEEK)
    assert seed in cleaned(world)
    assert seed not in world.cluster.jobs.savepoints
    marked = [one.subject for one in current(world.platform, "v1.0.1").markers if one.act == CLEAN_MARKER]
    assert marked.count(seed) == 1
    assert cleaned(world) == set()


def test_a_seed_alone_does_not_close_the_way_back() -> None:
    world = released()
    seed = world.platform.jobs.take_savepoint(world.job("dml.int_3_v2").job_id)
    annotate(world.platform, "v1.0.1", START_MARKER, "dml.int_3_v2", detail={"savepoint": seed})
    world.cluster.clock.advance(WEEK)
    only = [one for one in listed(world) if one.name == seed]
    delete_leftovers(world.platform, world.profile, only, world.story)
    assert seed not in world.cluster.jobs.savepoints
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK
