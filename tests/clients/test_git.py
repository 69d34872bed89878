import os
from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import TRAILER, GitRepository
from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    ProjectError,
    UnknownRefError,
)
from tests.clients.checkout import Checkout


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_CONFIG")):
            monkeypatch.delenv(name)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "repo")


@pytest.fixture
def repository(checkout: Checkout) -> GitRepository:
    return GitRepository(checkout.path)


def test_a_ref_is_a_tag_then_a_branch_then_one_of_origin_then_a_sha(
    checkout: Checkout, tmp_path: Path
) -> None:
    first = checkout.commit({"a.sql": "1"})
    checkout.git("tag", "-a", "both", "-m", "annotated")
    checkout.git("branch", "elsewhere")
    second = checkout.commit({"a.sql": "2"})
    checkout.git("branch", "both")
    clone = Checkout(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(checkout.path))
    clone.git("fetch", "--quiet", "--tags", "origin")
    repository = GitRepository(clone.path)
    assert repository.resolve("both") == Commit(ref="both", sha=first)
    assert repository.resolve("refs/remotes/origin/both").sha == second
    assert repository.resolve("main").sha == second
    assert repository.resolve("origin/elsewhere").sha == first
    assert repository.resolve("main~1").sha == first
    assert repository.resolve(second[:8]) == Commit(ref=second[:8], sha=second)
    assert repository.branch_head("main") is None


def test_an_unknown_ref_names_near_matches(checkout: Checkout, repository: GitRepository) -> None:
    checkout.commit({"a.sql": "1"})
    checkout.git("tag", "v1.0.0")
    with pytest.raises(UnknownRefError, match=r"no tag, branch or commit v1\.0\.1\. Did you mean v1\.0\.0\?"):
        repository.resolve("v1.0.1")
    with pytest.raises(UnknownRefError, match="deadbeef"):
        repository.resolve("deadbeef")


@pytest.mark.parametrize(
    "ref", ["", "-x", "--upload-pack=x", "a b", "a..b", "a\nb", "x:y", "@{-1}", "/x", "x.lock"]
)
def test_what_cannot_be_a_ref_never_reaches_git(
    checkout: Checkout, repository: GitRepository, ref: str
) -> None:
    checkout.commit({"a.sql": "1"})
    with pytest.raises(UnknownRefError, match="cannot be the name"):
        repository.resolve(ref)


def test_a_date_is_the_newest_first_parent_commit_not_after_it(
    checkout: Checkout, repository: GitRepository
) -> None:
    first = checkout.commit({"a.sql": "1"}, date="2025-01-01T12:00:00+00:00")
    checkout.git("checkout", "--quiet", "-b", "side")
    checkout.commit({"b.sql": "1"}, date="2025-01-03T12:00:00+00:00")
    checkout.git("checkout", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "-m", "merge", "side", date="2025-01-05T12:00:00+00:00")
    merged = checkout.git("rev-parse", "HEAD")
    assert repository.resolve_date("main", "2025-01-04").sha == first
    assert repository.resolve_date("main", "2025-01-05").sha == merged
    assert repository.resolve_date("main", "2025-01-05T11:59:00").sha == first
    assert repository.resolve_date("main", "2025-01-05T13:59:00+02:00").sha == first
    assert repository.resolve_date("main", "2025-01-05T14:00:00+02:00").sha == merged
    with pytest.raises(UnknownRefError, match="no commit on or before 2024-12-31"):
        repository.resolve_date("main", "2024-12-31")
    with pytest.raises(UnknownRefError, match="'yesterday' is not a date"):
        repository.resolve_date("main", "yesterday")


def test_the_latest_tag_before_is_on_a_proper_ancestor(checkout: Checkout, repository: GitRepository) -> None:
    first = checkout.commit({"a.sql": "1"})
    assert repository.latest_tag_before("main", "v*") is None
    for tag in ("v1.9.0", "v1.10.0", "v1.10.0-rc1", "nightly"):
        checkout.git("tag", tag)
    second = checkout.commit({"a.sql": "2"})
    checkout.git("tag", "nightly-2")
    checkout.git("tag", "-a", "v1.11.0", "-m", "annotated")
    checkout.commit({"a.sql": "3"})
    assert repository.latest_tag_before("main", "v*") == Commit(ref="v1.11.0", sha=second)
    assert repository.latest_tag_before("v1.11.0", "v*") == Commit(ref="v1.10.0", sha=first)
    assert repository.latest_tag_before("v1.10.0", "v*") is None
    assert repository.latest_tag_before("main", "night*") == Commit(ref="nightly-2", sha=second)


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


def test_a_file_that_is_not_utf_8_is_named_with_its_line(
    checkout: Checkout, repository: GitRepository
) -> None:
    (checkout.path / "a.sql").write_bytes(b"one\n\xff")
    commit = Commit(ref="x", sha=checkout.commit({}))
    with pytest.raises(ProjectError, match=r"^a\.sql:2: not UTF-8"):
        repository.read_files(commit, (".sql",))


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


def test_no_repository_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not in a git repository"):
        GitRepository(tmp_path).resolve("main")


def test_a_rewrite_is_one_commit_that_can_be_made_again(
    checkout: Checkout, repository: GitRepository
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"run.sql": "old", "keep.sql": "same"}))
    (checkout.path / "run.sql").chmod(0o755)
    parent = Commit(ref="v1", sha=checkout.commit({}))
    made = repository.commit_files(
        parent, {"run.sql": "new", "d/added.sql": "x"}, branch="bluegreen/v1", message="Take v1"
    )
    assert checkout.git("show", "-s", "--format=%an|%ae|%aI|%P", made.sha) == (
        f"airflow-bluegreen|bluegreen@localhost|2025-01-02T12:00:00+00:00|{parent.sha}"
    )
    assert checkout.git("show", "-s", "--format=%B", made.sha) == f"Take v1\n\n{TRAILER}: {parent.sha}"
    assert checkout.git("ls-tree", "-r", "--format=%(objectmode) %(path)", made.sha).splitlines() == [
        "100644 d/added.sql",
        "100644 keep.sql",
        "100755 run.sql",
    ]
    assert checkout.git("status", "--porcelain") == ""
    assert checkout.git("branch", "--show-current") == "main"
    again = repository.commit_files(
        parent, {"run.sql": "new", "d/added.sql": "x"}, branch="bluegreen/v1", message="other"
    )
    assert again == made
    checkout.git("branch", "-D", "bluegreen/v1")
    anew = repository.commit_files(
        parent, {"run.sql": "new", "d/added.sql": "x"}, branch="bluegreen/v1", message="Take v1"
    )
    assert anew == made


def test_the_configured_user_signs_the_rewrite(checkout: Checkout, repository: GitRepository) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    checkout.git("config", "user.name", "Release Bot")
    checkout.git("config", "user.email", "bot@example.com")
    made = repository.commit_files(parent, {"a.sql": "2"}, branch="b", message="m")
    assert (
        checkout.git("show", "-s", "--format=%an %ae %cn", made.sha)
        == "Release Bot bot@example.com Release Bot"
    )


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


@pytest.mark.parametrize("path", ["../b.sql", "/b.sql", "x//b.sql", ".git/config", "x/.GIT/hooks/a.sql"])
def test_a_path_that_leads_outside_is_refused_and_nothing_is_written(
    checkout: Checkout, repository: GitRepository, path: str
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    with pytest.raises(ProjectError, match="leads out of the project"):
        repository.commit_files(parent, {"a.sql": "2", path: "x"}, branch="b", message="m")
    assert repository.branch_head("b") is None


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


def test_git_variables_of_the_caller_do_not_lead_elsewhere(
    checkout: Checkout, repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sha = checkout.commit({"a.sql": "1"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert repository.resolve("main").sha == sha
