from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_commits import TRAILER
from airflow_bluegreen.core.model import Commit, RefMove
from airflow_bluegreen.exceptions import (
    ConflictError,
    TransientError,
)
from tests.clients.checkout import Checkout


def test_a_project_in_a_folder_of_the_repository(checkout: Checkout) -> None:
    sha = checkout.commit({"flink/a.sql": "1", "flink2/b.sql": "2", "c.sql": "3"})
    commit = Commit(ref="x", sha=sha)
    for repository in (
        GitRepository(checkout.path, subdirectory="flink"),
        GitRepository(checkout.path / "flink"),
    ):
        assert repository.read_files(commit, (".sql",)) == {"a.sql": "1"}
        made = repository.commit_files(commit, {"a.sql": "4"}, branch="b", message="m")
        assert checkout.git("show", f"{made.sha}:flink/a.sql") == "4"
        assert checkout.git("show", f"{made.sha}:c.sql") == "3"


def test_a_bare_repository_and_a_linked_worktree(checkout: Checkout, tmp_path: Path) -> None:
    commit = Commit(ref="x", sha=checkout.commit({"a.sql": "1"}))
    checkout.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    checkout.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "linked")
    for path in (tmp_path / "bare.git", tmp_path / "linked"):
        repository = GitRepository(path)
        assert repository.read_files(commit, (".sql",)) == {"a.sql": "1"}
        assert repository.commit_files(commit, {"a.sql": "2"}, branch="b", message="m").ref == "b"


def test_a_branch_that_only_this_tool_wrote_is_set_anew(
    checkout: Checkout, repository: GitRepository
) -> None:
    first = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    repository.commit_files(first, {"a.sql": "2"}, branch="b", message="m")
    second = Commit(ref="v2", sha=checkout.commit({"a.sql": "3"}))
    made = repository.commit_files(second, {"a.sql": "4"}, branch="b", message="m")
    assert repository.branch_head("b") == made
    assert checkout.git("rev-parse", "b~1") == second.sha


@pytest.mark.parametrize("how", ["commit", "amend"])
def test_a_branch_that_somebody_committed_on_is_a_conflict(
    checkout: Checkout, repository: GitRepository, how: str
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    repository.commit_files(parent, {"a.sql": "2"}, branch="b", message="m")
    checkout.git("checkout", "--quiet", "b")
    (checkout.path / "a.sql").write_text("by hand")
    amend = ["--amend"] if how == "amend" else []
    checkout.git(
        "commit", "--quiet", "-a", *amend, "-m", f"m\n\n{TRAILER}: {parent.sha}", date="2025-02-01T00:00:00"
    )
    checkout.git("checkout", "--quiet", "main")
    head = repository.branch_head("b")
    with pytest.raises(ConflictError, match="commits that were not made by airflow-bluegreen"):
        repository.commit_files(parent, {"a.sql": "3"}, branch="b", message="m")
    assert repository.branch_head("b") == head


def test_a_branch_that_is_checked_out_is_not_moved(checkout: Checkout, repository: GitRepository) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    with pytest.raises(ConflictError, match="branch main is checked out"):
        repository.commit_files(parent, {"a.sql": "2"}, branch="main", message="m")


def test_nothing_in_the_repository_is_run(
    checkout: Checkout, repository: GitRepository, tmp_path: Path
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1", ".gitattributes": "*.sql filter=trap"}))
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for hook in ("reference-transaction", "post-index-change", "pre-commit"):
        file = checkout.path / ".git" / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(trap.read_text())
        file.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "filter.trap.clean",
        "filter.trap.smudge",
        "core.pager",
        "gpg.program",
        "diff.external",
    ):
        checkout.git("config", key, str(trap))
    checkout.git("config", "commit.gpgSign", "true")
    checkout.git("config", "log.showSignature", "true")
    (tmp_path / "sprung").unlink(missing_ok=True)
    repository.commit_files(parent, {"a.sql": "2"}, branch="b", message="m")
    repository.commit_files(parent, {"a.sql": "3"}, branch="b", message="m")
    assert repository.read_files(repository.resolve("b"), (".sql",)) == {"a.sql": "3"}
    assert not (tmp_path / "sprung").exists()


def test_a_lock_that_a_killed_git_left_is_named(checkout: Checkout, repository: GitRepository) -> None:
    sha = checkout.commit({"a.sql": "1"})
    lock = checkout.path / ".git" / "refs" / "heads" / "b.lock"
    lock.touch()
    move = RefMove(ref="refs/heads/b", before=None, after=sha)
    with pytest.raises(TransientError, match=r"another git holds .*b\.lock\. .*delete that file"):
        repository.move_refs((move,), why="try")
    lock.unlink()
    repository.move_refs((move,), why="try")
    assert checkout.git("rev-parse", "b") == sha
