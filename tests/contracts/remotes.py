"""The remote of a project's git repository."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from airflow_bluegreen.core.model import Commit, RefMove
from airflow_bluegreen.exceptions import ConflictError, RefusedError
from airflow_bluegreen.ports import Remote, Repository

NOON = 1_736_000_000.0
MAIN, TAG = "refs/heads/main", "refs/tags/v1"


@dataclass(frozen=True, kw_only=True)
class RemoteWorld:
    """A repository and its remote with the same one commit on main; ``work(files)`` commits on main there,
    ``protect(ref)`` makes the remote decline moves of that ref."""

    here: Repository
    there: Repository
    remote: Remote
    work: Callable[[Mapping[str, str]], str]
    protect: Callable[[str], None]

    def moves(self) -> tuple[RefMove, ...]:
        """A commit on main, a tag on it and a branch, none of which the remote has."""
        main = self.here.resolve("main")
        made = self.here.make_commit(main, {"a.sql": "new\n"}, message="m", at=NOON)
        tag = self.here.make_tag(made, "v1", message="One", at=NOON)
        return (
            RefMove(ref=MAIN, before=main.sha, after=made.sha),
            RefMove(ref=TAG, before=None, after=tag),
            RefMove(ref="refs/heads/release/v1", before=None, after=made.sha),
        )


class RemoteContract:
    @pytest.fixture
    def world(self) -> RemoteWorld:
        raise NotImplementedError

    def test_its_address_has_no_credentials(self, world: RemoteWorld) -> None:
        assert world.remote.address()
        assert "@" not in world.remote.address()

    def test_fetching_brings_the_objects_and_moves_nothing_here(self, world: RemoteWorld) -> None:
        before = world.here.refs(["refs/heads/", "refs/tags/"])
        sha = world.work({"b.sql": "theirs\n"})
        assert world.remote.fetch([MAIN, TAG, "refs/heads/absent"]) == {MAIN: sha}
        assert world.here.read_files(Commit(ref="x", sha=sha), [".sql"])["b.sql"] == "theirs\n"
        assert world.here.refs(["refs/heads/", "refs/tags/"]) == before

    def test_a_name_is_not_a_part_of_another(self, world: RemoteWorld) -> None:
        world.remote.push(world.moves())
        assert world.remote.fetch(["refs/heads/v1"]) == {}

    def test_pushing_moves_everything(self, world: RemoteWorld) -> None:
        moves = world.moves()
        world.remote.push(moves)
        assert {move.ref: move.after for move in moves} == dict(world.there.refs([m.ref for m in moves]))
        assert world.there.resolve("v1").sha == moves[0].after
        gone = RefMove(ref="refs/heads/release/v1", before=moves[2].after, after=None)
        world.remote.push((gone,))
        assert world.there.branch_head("release/v1") is None

    def test_a_protected_branch_keeps_everything_as_it_was(self, world: RemoteWorld) -> None:
        before = world.there.refs(["refs/"])
        world.protect(MAIN)
        with pytest.raises(RefusedError, match=r"origin refuses .*main") as refused:
            world.remote.push(world.moves())
        assert not isinstance(refused.value, ConflictError)
        assert world.there.refs(["refs/"]) == before

    def test_a_branch_that_moved_meanwhile_keeps_everything_as_it_was(self, world: RemoteWorld) -> None:
        moves = world.moves()
        world.work({"b.sql": "theirs\n"})
        before = world.there.refs(["refs/"])
        with pytest.raises(ConflictError, match="main moved"):
            world.remote.push(moves)
        assert world.there.refs(["refs/"]) == before

    def test_a_branch_that_was_pushed_to_is_not_deleted(self, world: RemoteWorld) -> None:
        old = world.here.resolve("main").sha
        world.work({"b.sql": "theirs\n"})
        with pytest.raises(ConflictError):
            world.remote.push((RefMove(ref=MAIN, before=old, after=None),))
        assert world.there.branch_head("main") is not None
