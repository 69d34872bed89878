from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_process import GitProcess
from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    RefusedError,
    UnknownRefError,
)
from tests.clients.checkout import Checkout


def test_no_repository_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not in a git repository"):
        GitRepository(tmp_path).resolve("main")


def test_git_variables_of_the_caller_do_not_lead_elsewhere(
    checkout: Checkout, repository: GitRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sha = checkout.commit({"a.sql": "1"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert repository.resolve("main").sha == sha


def test_with_a_scratch_folder_the_repository_gets_no_object(checkout: Checkout, tmp_path: Path) -> None:
    parent = Commit(ref="x", sha=checkout.commit({"a.sql": "1"}))
    scratch = tmp_path / 'scr"at:ch'
    scratch.mkdir()
    repository = GitRepository(checkout.path, scratch=scratch)
    made = repository.make_commit(parent, {"a.sql": "2"}, message="m", at=1e9)
    merged = repository.make_merge(parent, made, message="m", at=1e9)
    assert isinstance(merged, Commit)
    assert repository.read_files(merged, (".sql",)) == {"a.sql": "2"}
    with pytest.raises(UnknownRefError):
        GitRepository(checkout.path).resolve(made.sha)


def test_what_git_itself_says_is_in_the_error(checkout: Checkout) -> None:
    process = GitProcess(checkout.path)
    with pytest.raises(RefusedError, match=r"git rev-parse failed: .*Look at the repository"):
        process.run("rev-parse", "--verify", "refs/heads/absent")
    assert process.attempt("rev-parse", "--verify", "--quiet", "refs/heads/absent")[0] == 1
