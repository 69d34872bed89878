from dataclasses import replace

import pytest

from airflow_bluegreen.actions.ledger import current, open_release
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    ConflictError,
    RefusedError,
    TransientError,
)
from airflow_bluegreen.ports import Platform
from tests.actions.world import World
from tests.fakes.git import FakeRemote, FakeRepository


def test_the_rewrite_is_one_commit_that_the_ledger_knows() -> None:
    world = World()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    commit = rewrite(world.platform, plan, world.story)
    record = current(world.platform, "v1.0.1")
    assert (record.rewrite_sha, record.phase) == (commit.sha, Phase.DEPLOYING)
    tables = load_project(world.cluster.repository, "bluegreen/v1.0.1").tables
    assert (tables["int_3"].physical, tables["int_1"].physical) == ("int_3_v2", "int_1")


def test_a_second_run_commits_nothing() -> None:
    world = World()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    first = rewrite(world.platform, plan, world.story)
    assert rewrite(world.platform, plan, world.story) == first
    assert len(world.cluster.repository.wire.called("commit_files")) == 1


def test_somebody_elses_commit_on_the_branch_is_kept() -> None:
    world = World()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    world.cluster.repository.commit({"mine.sql": "-- x"}, branch="bluegreen/v1.0.1", start="v1.0.1")
    with pytest.raises(ConflictError):
        rewrite(world.platform, plan, world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.PLANNED


def test_a_branch_that_carries_its_versions_needs_no_commit() -> None:
    world = World()
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    rewrite(world.platform, plan, world.story)
    other = World(
        release=dict(
            world.cluster.repository.commits[world.cluster.repository.branches["bluegreen/v1.0.1"]].files
        )
    )
    again = other.plan()
    assert [planned.green for planned in again.tables] == [planned.green for planned in plan.tables]
    open_release(other.platform, again, other.story)
    assert rewrite(other.platform, again, other.story) == again.release
    assert other.cluster.repository.wire.called("commit_files") == []


def shared(world: World) -> tuple[Platform, FakeRemote]:
    """The world's platform with a remote."""
    remote = FakeRemote(world.cluster.repository, FakeRepository())
    return replace(world.platform, remote=remote), remote


def test_the_branch_is_pushed_where_there_is_a_remote() -> None:
    world = World()
    platform, remote = shared(world)
    plan = world.plan()
    open_release(platform, plan, world.story)
    commit = rewrite(platform, plan, world.story)
    assert remote.there.branches == {"bluegreen/v1.0.1": commit.sha}
    assert rewrite(platform, plan, world.story) == commit
    assert len(remote.wire.called("push")) == 1


@pytest.mark.parametrize(
    "error", [TransientError("gone"), ConfigurationError("no entry"), RefusedError("protected")]
)
def test_a_push_that_fails_may_be_tried_again(error: BluegreenError) -> None:
    world = World()
    platform, remote = shared(world)
    plan = world.plan()
    open_release(platform, plan, world.story)
    remote.fail_next("push", error)
    with pytest.raises(TransientError, match=error.what):
        rewrite(platform, plan, world.story)
    assert current(platform, "v1.0.1").phase is Phase.PLANNED
    commit = rewrite(platform, plan, world.story)
    assert remote.there.branches["bluegreen/v1.0.1"] == commit.sha
    assert current(platform, "v1.0.1").phase is Phase.DEPLOYING


def test_somebody_elses_commit_at_the_remote_is_kept() -> None:
    world = World()
    platform, remote = shared(world)
    plan = world.plan()
    open_release(platform, plan, world.story)
    theirs = remote.there.commit({"mine.sql": "-- x"}, branch="bluegreen/v1.0.1").sha
    with pytest.raises(ConflictError, match="of origin has commits"):
        rewrite(platform, plan, world.story)
    assert remote.there.branches["bluegreen/v1.0.1"] == theirs
