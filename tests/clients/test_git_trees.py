from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import (
    ProjectError,
    RefusedError,
)
from tests.clients.checkout import Checkout


def test_files_are_read_at_a_commit_whatever_the_working_tree_holds(
    checkout: Checkout, repository: GitRepository
) -> None:
    checkout.commit({"a.sql": "first\r\n", "döner/b c.sql": "ü", "c.txt": "no"})
    (checkout.path / "link.sql").symlink_to("a.sql")
    commit = Commit(ref="x", sha=checkout.commit({}))
    checkout.commit({"a.sql": "second"})
    (checkout.path / "a.sql").write_text("third")
    assert repository.read_files(commit, (".sql",)) == {"a.sql": "first\r\n", "döner/b c.sql": "ü"}
    assert repository.read_files(commit, (".md",)) == {}


def test_commits_that_are_read_one_after_the_other_do_not_mix(
    checkout: Checkout, repository: GitRepository
) -> None:
    one = Commit(ref="x", sha=checkout.commit({"a.sql": "1", "b.sql": "2", "c.sql": "1"}))
    two = Commit(ref="x", sha=checkout.commit({"a.sql": "2", "d/b.sql": "1", "c.md": "3"}))
    expected = {
        one: {"a.sql": "1", "b.sql": "2", "c.sql": "1"},
        two: {"a.sql": "2", "b.sql": "2", "c.sql": "1", "d/b.sql": "1"},
    }
    for commit in (one, two, one, one, two):
        assert repository.read_files(commit, (".sql",)) == expected[commit]
        assert repository.read_files(commit, (".md",)) == ({"c.md": "3"} if commit is two else {})
        assert repository.submodules(commit) == ()


def test_a_file_that_is_not_utf_8_is_named_with_its_line(
    checkout: Checkout, repository: GitRepository
) -> None:
    (checkout.path / "a.sql").write_bytes(b"one\n\xff")
    commit = Commit(ref="x", sha=checkout.commit({}))
    with pytest.raises(ProjectError, match=r"^a\.sql:2: not UTF-8"):
        repository.read_files(commit, (".sql",))


@pytest.mark.parametrize("path", ["../b.sql", "/b.sql", "x//b.sql", ".git/config", "x/.GIT/hooks/a.sql"])
def test_a_path_that_leads_outside_is_refused_and_nothing_is_written(
    checkout: Checkout, repository: GitRepository, path: str
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    with pytest.raises(ProjectError, match="leads out of the project"):
        repository.commit_files(parent, {"a.sql": "2", path: "x"}, branch="b", message="m")
    assert repository.branch_head("b") is None


def test_submodules_are_named_and_not_read(checkout: Checkout, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    other.commit({"inside.sql": "1"})
    allowed = ("-c", "protocol.file.allow=always")
    checkout.git(*allowed, "submodule", "--quiet", "add", str(other.path), "flink/vendor")
    commit = Commit(ref="x", sha=checkout.commit({"flink/a.sql": "1"}))
    assert GitRepository(checkout.path).submodules(commit) == ("flink/vendor",)
    assert GitRepository(checkout.path, subdirectory="flink").submodules(commit) == ("vendor",)
    assert set(GitRepository(checkout.path).read_files(commit, (".sql",))) == {"flink/a.sql"}


def test_symbolic_links_are_named_and_not_followed(checkout: Checkout) -> None:
    (checkout.path / "flink").mkdir()
    for link in ("flink/b.sql", "flink/readme.md", "c.sql"):
        (checkout.path / link).symlink_to("a.sql")
    commit = Commit(ref="x", sha=checkout.commit({"flink/a.sql": "1"}))
    assert GitRepository(checkout.path).links(commit, (".sql",)) == ("c.sql", "flink/b.sql")
    assert GitRepository(checkout.path, subdirectory="flink").links(commit, (".sql",)) == ("b.sql",)
    assert set(GitRepository(checkout.path).read_files(commit, (".sql",))) == {"flink/a.sql"}


def test_a_partial_clone_says_that_a_file_is_missing(checkout: Checkout, tmp_path: Path) -> None:
    commit = Commit(ref="x", sha=checkout.commit({"a.sql": "1"}))
    checkout.git("config", "uploadpack.allowFilter", "true")
    there = f"file://{checkout.path}"
    checkout.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", there, str(tmp_path / "partial"))
    with pytest.raises(RefusedError, match=r"this clone lacks files .*without --filter"):
        GitRepository(tmp_path / "partial").read_files(commit, (".sql",))
