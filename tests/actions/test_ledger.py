from pathlib import Path

import pytest

from airflow_bluegreen.actions.ledger import (
    advance_to,
    change,
    current,
    find,
    leave_marker,
    now,
    open_release,
    refuse_if_undone,
)
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.lifecycle import live_release
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import ConflictError, RefusedError, RequirementError
from tests.actions.releasing import release
from tests.actions.world import World


def opened() -> World:
    world = World()
    open_release(world.platform, world.plan(), world.story)
    return world


def test_a_release_is_begun_once_and_continued_then() -> None:
    world = opened()
    begun = current(world.platform, "v1.0.1")
    assert open_release(world.platform, world.plan(), world.story) == begun
    assert begun.phase is Phase.PLANNED
    assert len(world.cluster.releases.wire.called("save")) == 1


def test_unknown_releases() -> None:
    world = World()
    assert find(world.platform, "v1.0.1") is None
    with pytest.raises(RefusedError, match="the ledger knows no release"):
        current(world.platform, "v1.0.1")


def test_phases_move_as_they_may_only() -> None:
    world = opened()
    assert advance_to(world.platform, "v1.0.1", Phase.DEPLOYING, rewrite_sha="abc").rewrite_sha == "abc"
    with pytest.raises(RefusedError):
        advance_to(world.platform, "v1.0.1", Phase.LIVE)
    assert current(world.platform, "v1.0.1").phase is Phase.DEPLOYING


def test_nothing_is_written_when_nothing_changes() -> None:
    world = opened()
    for _ in range(2):
        leave_marker(world.platform, "v1.0.1", "act", "subject")
        change(world.platform, "v1.0.1", savepoints={"dml.int_3": "file:///x"})
        advance_to(world.platform, "v1.0.1", Phase.DEPLOYING)
    assert len(world.cluster.releases.wire.called("save")) == 4


def test_a_plan_on_another_base_than_what_is_live_is_refused() -> None:
    world = World()
    stale = world.plan()
    world.cluster.repository.tag("v1.0.1-rc")
    release(world, "v1.0.1-rc")
    with pytest.raises(RequirementError, match=r"was planned on v1\.0\.0, but v1\.0\.1-rc is live"):
        open_release(world.platform, stale, world.story)


def test_a_release_that_is_being_rolled_back_is_not_continued() -> None:
    world = opened()
    plan = world.plan()
    advance_to(world.platform, "v1.0.1", Phase.ROLLING_BACK)
    with pytest.raises(RefusedError, match="is being rolled back"):
        open_release(world.platform, plan, world.story)
    with pytest.raises(RefusedError, match="is rolling back"):
        refuse_if_undone(world.platform, "v1.0.1")


def test_a_second_writer_is_noticed() -> None:
    world = opened()
    mine = current(world.platform, "v1.0.1")
    advance_to(world.platform, "v1.0.1", Phase.DEPLOYING)
    with pytest.raises(ConflictError):
        world.platform.releases.save(mine, expected=mine)


def test_times_are_utc() -> None:
    assert now(World().platform.clock).endswith("+00:00")


RECORD = Path(__file__).parents[1] / "core" / "ledger" / "record_0_1.json"


def test_a_record_that_an_earlier_version_wrote_is_read_and_rolled_back() -> None:
    world = World()
    release(world)
    world.cluster.releases.ledger["local/v1.0.1"] = RECORD.read_text()
    record = current(world.platform, "v1.0.1")
    assert (record.phase, record.history, record.before) == (Phase.LIVE, (), None)
    assert live_release([record]) == record
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert set(world.running()) == set(world.blue_jobs)


def test_the_history_says_when_and_by_whom() -> None:
    world = World()
    world.actor = "ada"
    release(world)
    history = current(world.platform, "v1.0.1").history
    assert [one.phase.value for one in history] == [
        *("planned", "deploying", "compared", "cutting_over", "cut_over", "retiring", "live"),
    ]
    assert {one.by for one in history} == {"ada"}
    assert [one.at for one in history] == sorted(one.at for one in history)


def test_what_was_there_before_is_noted_when_a_release_begins() -> None:
    world = World()
    open_release(world.platform, world.plan(), world.story)
    before = current(world.platform, "v1.0.1").before
    assert before is not None
    assert {job.name for job in before.jobs} == set(world.blue_jobs)
    assert set(before.topics) == {"int_3", "fact_2", "fact_3"}
    absent = {one.name for one in before.connectors if one.config is None}
    assert absent == {"sink-view32"}
