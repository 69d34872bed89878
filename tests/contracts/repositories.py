"""A project's git repository."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from airflow_bluegreen.core.model import Commit, MergeConflict, RefMove
from airflow_bluegreen.exceptions import ConflictError, UnknownRefError
from airflow_bluegreen.ports import Repository

NOON = 1_736_000_000.0


@dataclass(frozen=True, kw_only=True)
class RepositoryWorld:
    """A repository without commits; ``commit(files, branch, day)`` commits as a person (text None = deleted),
    ``tag(name, ref)`` tags, ``check_out(branch)`` begins to work on it. Days are of January 2025, 12:00 UTC.
    """

    repository: Repository
    commit: Callable[[Mapping[str, str | None], str, int], str]
    tag: Callable[[str, str], None]
    check_out: Callable[[str], None]

    def made(self, parent: Commit, files: Mapping[str, str]) -> Commit:
        return self.repository.make_commit(parent, files, message="made", at=NOON)

    def merged(self, into: Commit, other: Commit) -> Commit:
        made = self.repository.make_merge(into, other, message="merged", at=NOON)
        assert isinstance(made, Commit)
        return made


class RepositoryContract:
    @pytest.fixture
    def world(self) -> RepositoryWorld:
        raise NotImplementedError

    @pytest.fixture
    def history(self, world: RepositoryWorld) -> dict[str, str]:
        """Three days on main: v1.0.0, v1.0.1 and one commit more."""
        shas = {"one": world.commit({"a.sql": "A1\n", "b.sql": "B1\n", "readme.md": "hi\n"}, "main", 1)}
        world.tag("v1.0.0", "main")
        shas["two"] = world.commit({"a.sql": "A2\n"}, "main", 2)
        world.tag("v1.0.1", "main")
        shas["three"] = world.commit({"b.sql": None, "sub/c.sql": "C\n"}, "main", 3)
        return shas

    def test_resolves_tags_branches_and_shas(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        assert world.repository.resolve("v1.0.0").sha == history["one"]
        assert world.repository.resolve("main").sha == history["three"]
        assert world.repository.resolve(history["two"]).sha == history["two"]
        assert world.repository.resolve("v1.0.0").ref == "v1.0.0"

    @pytest.mark.usefixtures("history")
    def test_an_unknown_ref_is_refused_with_near_matches(self, world: RepositoryWorld) -> None:
        with pytest.raises(UnknownRefError, match=r"v1\.0\.9.*v1\.0\.[01]"):
            world.repository.resolve("v1.0.9")

    def test_resolves_a_date_to_the_commit_of_that_time(
        self, world: RepositoryWorld, history: dict[str, str]
    ) -> None:
        assert world.repository.resolve_date("main", "2025-01-02").sha == history["two"]
        assert world.repository.resolve_date("main", "2025-01-02T11:00:00").sha == history["one"]
        with pytest.raises(UnknownRefError):
            world.repository.resolve_date("main", "2024-12-31")
        with pytest.raises(UnknownRefError):
            world.repository.resolve_date("nobranch", "2025-01-02")

    def test_the_tag_before_a_ref(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        before = world.repository.latest_tag_before("v1.0.1", "v*")
        assert before is not None
        assert before.sha == history["one"]
        newest = world.repository.latest_tag_before("main", "v*")
        assert newest is not None
        assert newest.sha == history["two"]
        assert world.repository.latest_tag_before("v1.0.0", "v*") is None
        assert world.repository.latest_tag_before("main", "w*") is None

    @pytest.mark.usefixtures("history")
    def test_reads_the_files_of_a_commit(self, world: RepositoryWorld) -> None:
        old = world.repository.resolve("v1.0.0")
        assert world.repository.read_files(old, [".sql"]) == {"a.sql": "A1\n", "b.sql": "B1\n"}
        new = world.repository.resolve("main")
        assert world.repository.read_files(new, [".sql"]) == {"a.sql": "A2\n", "sub/c.sql": "C\n"}
        assert set(world.repository.read_files(old, [".sql", ".md"])) == {"a.sql", "b.sql", "readme.md"}

    def test_commits_on_a_branch_of_its_own(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        parent = world.repository.resolve("v1.0.1")
        assert world.repository.branch_head("bluegreen/v1.0.1") is None
        made = world.repository.commit_files(
            parent, {"a.sql": "A2 v2\n"}, branch="bluegreen/v1.0.1", message="versions"
        )
        head = world.repository.branch_head("bluegreen/v1.0.1")
        assert head is not None
        assert head.sha == made.sha
        files = world.repository.read_files(made, [".sql", ".md"])
        assert files == {"a.sql": "A2 v2\n", "b.sql": "B1\n", "readme.md": "hi\n"}
        assert world.repository.resolve("main").sha == history["three"]

    @pytest.mark.usefixtures("history")
    def test_committing_the_same_again_changes_nothing(self, world: RepositoryWorld) -> None:
        parent = world.repository.resolve("v1.0.1")
        shas = {
            world.repository.commit_files(parent, {"a.sql": "X\n"}, branch="bluegreen/r", message="m").sha
            for _ in range(2)
        }
        assert len(shas) == 1

    @pytest.mark.usefixtures("history")
    def test_a_branch_of_its_own_is_set_anew(self, world: RepositoryWorld) -> None:
        first = world.repository.resolve("v1.0.0")
        world.repository.commit_files(first, {"a.sql": "X\n"}, branch="bluegreen/r", message="m")
        second = world.repository.resolve("v1.0.1")
        made = world.repository.commit_files(second, {"a.sql": "Y\n"}, branch="bluegreen/r", message="m")
        head = world.repository.branch_head("bluegreen/r")
        assert head is not None
        assert head.sha == made.sha

    @pytest.mark.usefixtures("history")
    def test_a_branch_on_which_people_worked_is_left_alone(self, world: RepositoryWorld) -> None:
        first = world.repository.resolve("v1.0.0")
        world.repository.commit_files(first, {"a.sql": "X\n"}, branch="bluegreen/r", message="m")
        theirs = world.commit({"a.sql": "mine\n"}, "bluegreen/r", 5)
        second = world.repository.resolve("v1.0.1")
        with pytest.raises(ConflictError, match="bluegreen/r"):
            world.repository.commit_files(second, {"a.sql": "Y\n"}, branch="bluegreen/r", message="m")
        head = world.repository.branch_head("bluegreen/r")
        assert head is not None
        assert head.sha == theirs

    def test_the_tag_at_or_before_a_ref(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        at = world.repository.latest_tag_at_or_before("v1.0.1", "v*")
        assert at is not None
        assert at.sha == history["two"]
        assert world.repository.latest_tag_at_or_before("main", "w*") is None

    def test_refs_by_name_and_by_folder(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        tags = {"refs/tags/v1.0.0": history["one"], "refs/tags/v1.0.1": history["two"]}
        assert world.repository.refs(["refs/tags/"]) == tags
        asked = ["refs/heads/main", "refs/heads/absent", "refs/tags/v1.0.1"]
        assert world.repository.refs(asked) == {
            "refs/heads/main": history["three"],
            "refs/tags/v1.0.1": history["two"],
        }

    def test_a_commit_contains_itself_and_what_came_before(
        self, world: RepositoryWorld, history: dict[str, str]
    ) -> None:
        one, three = (Commit(ref="x", sha=history[name]) for name in ("one", "three"))
        assert world.repository.contains(three, one)
        assert world.repository.contains(one, one)
        assert not world.repository.contains(one, three)

    @pytest.mark.usefixtures("history")
    def test_the_same_content_by_another_way(self, world: RepositoryWorld) -> None:
        base = world.repository.resolve("v1.0.0")
        there = world.made(base, {"a.sql": "left\n"})
        back = world.made(there, {"a.sql": "A1\n"})
        assert world.repository.same_content(base, back)
        assert not world.repository.same_content(base, there)

    @pytest.mark.usefixtures("history")
    def test_a_merge_has_the_changes_of_both_sides(self, world: RepositoryWorld) -> None:
        base = world.repository.resolve("v1.0.0")
        left, right = world.made(base, {"a.sql": "left\n"}), world.made(base, {"b.sql": "right\n"})
        merged = world.merged(left, right)
        assert world.repository.read_files(merged, [".sql"]) == {"a.sql": "left\n", "b.sql": "right\n"}
        assert world.repository.contains(merged, left)
        assert world.repository.contains(merged, right)

    @pytest.mark.usefixtures("history")
    def test_a_merge_that_cannot_be_names_the_files(self, world: RepositoryWorld) -> None:
        base = world.repository.resolve("v1.0.0")
        left = world.made(base, {"a.sql": "left\n", "b.sql": "left\n"})
        right = world.made(base, {"a.sql": "right\n", "b.sql": "right\n"})
        found = world.repository.make_merge(left, right, message="m", at=NOON)
        assert found == MergeConflict(files=("a.sql", "b.sql"))

    @pytest.mark.usefixtures("history")
    def test_a_side_that_is_behind_is_merged_without_a_conflict(self, world: RepositoryWorld) -> None:
        old, new = world.repository.resolve("v1.0.0"), world.repository.resolve("main")
        merged = world.merged(old, new)
        files = world.repository.read_files(merged, [".sql"])
        assert files == world.repository.read_files(new, [".sql"])

    @pytest.mark.usefixtures("history")
    def test_the_commit_that_brought_another_in(self, world: RepositoryWorld) -> None:
        cut = world.repository.resolve("main")
        side = world.made(cut, {"side.sql": "S\n"})
        ahead = world.made(cut, {"main.sql": "M\n"})
        merge = world.merged(ahead, side)
        tip = world.made(merge, {"later.sql": "L\n"})
        assert world.repository.brought_in(tip, side).sha == merge.sha
        assert world.repository.brought_in(merge, side).sha == merge.sha
        assert world.repository.brought_in(world.merged(cut, side), side).sha != side.sha
        assert world.repository.brought_in(tip, cut).sha == cut.sha
        assert world.repository.brought_in(side, side).sha == side.sha

    def test_refs_are_moved_all_or_none(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        tag = world.repository.make_tag(world.repository.resolve("main"), "v2", message="Two", at=NOON)
        made = RefMove(ref="refs/tags/v2", before=None, after=tag)
        new = RefMove(ref="refs/heads/new", before=None, after=history["one"])
        wrong = RefMove(ref="refs/heads/main", before=history["one"], after=history["two"])
        with pytest.raises(ConflictError, match="moved meanwhile"):
            world.repository.move_refs((made, new, wrong), why="try")
        assert "refs/tags/v2" not in world.repository.refs(["refs/"])
        world.repository.move_refs((made, new), why="try")
        assert world.repository.resolve("v2").sha == history["three"]
        assert world.repository.refs(["refs/tags/v2"]) == {"refs/tags/v2": tag}
        gone = RefMove(ref="refs/heads/new", before=history["one"], after=None)
        world.repository.move_refs((gone,), why="try")
        assert world.repository.branch_head("new") is None

    def test_a_ref_that_exists_is_not_made_again(
        self, world: RepositoryWorld, history: dict[str, str]
    ) -> None:
        move = RefMove(ref="refs/tags/v1.0.0", before=None, after=history["two"])
        with pytest.raises(ConflictError):
            world.repository.move_refs((move,), why="try")
        assert world.repository.resolve("v1.0.0").sha == history["one"]

    @pytest.mark.usefixtures("history")
    def test_what_people_committed_on_a_branch_of_its_own(self, world: RepositoryWorld) -> None:
        below = world.repository.resolve("v1.0.1")
        made = world.repository.commit_files(below, {"a.sql": "X\n"}, branch="bluegreen/r", message="m")
        assert world.repository.made_by_people(made, below=below) == ()
        theirs = world.commit({"a.sql": "mine\n"}, "bluegreen/r", 5)
        assert world.repository.made_by_people(Commit(ref="x", sha=theirs), below=below) == (theirs,)

    @pytest.mark.usefixtures("history")
    def test_the_branch_that_is_checked_out(self, world: RepositoryWorld) -> None:
        world.check_out("main")
        assert world.repository.checked_out() == {"refs/heads/main"}

    @pytest.mark.usefixtures("history")
    def test_when_a_commit_was_made(self, world: RepositoryWorld) -> None:
        assert (
            world.repository.committed_at(world.repository.resolve("v1.0.1")) == "2025-01-02T12:00:00+00:00"
        )

    def test_tags_with_their_commits_and_dates(self, world: RepositoryWorld, history: dict[str, str]) -> None:
        commit = world.repository.resolve("main")
        made = world.repository.make_tag(commit, "v1.0.2", message="third", at=NOON + 3600)
        move = RefMove(ref="refs/tags/v1.0.2", before=None, after=made)
        world.repository.move_refs((move,), why="test")
        world.tag("nightly", "main")
        found = {tag.name: (tag.sha, tag.at) for tag in world.repository.tags_like("v*")}
        assert list(found) == ["v1.0.0", "v1.0.1", "v1.0.2"]
        # NOON is 2025-01-04T14:13:20; a tag without a message is as old as its commit.
        assert found["v1.0.1"] == (history["two"], "2025-01-02T12:00:00+00:00")
        assert found["v1.0.2"] == (history["three"], "2025-01-04T15:13:20+00:00")
        assert world.repository.tags_like("w*") == ()
