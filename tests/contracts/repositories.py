"""A project's git repository."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from airflow_bluegreen.exceptions import ConflictError, UnknownRefError
from airflow_bluegreen.ports import Repository


@dataclass(frozen=True, kw_only=True)
class RepositoryWorld:
    """A repository without commits; ``commit(files, branch, day)`` commits as a person (text None = deleted),
    ``tag(name, ref)`` tags. Days are of January 2025, 12:00 UTC."""

    repository: Repository
    commit: Callable[[Mapping[str, str | None], str, int], str]
    tag: Callable[[str, str], None]


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
