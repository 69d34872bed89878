"""The suite for repositories on a real git repository, which needs no server."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from tests.contracts.repositories import RepositoryContract, RepositoryWorld


def git(folder: Path, *arguments: str, day: int = 1) -> str:
    date = f"2025-01-{day:02d}T12:00:00+00:00"
    person = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "someone"), ("EMAIL", "someone@example.org"), ("DATE", date))
    }
    environment = {**os.environ, **person, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class TestGitRepository(RepositoryContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> RepositoryWorld:
        git(tmp_path, "init", "--quiet", "--initial-branch=main")

        def commit(files: Mapping[str, str | None], branch: str, day: int) -> str:
            if git(tmp_path, "branch", "--list", branch):
                git(tmp_path, "checkout", "--quiet", branch)
            for path, text in files.items():
                file = tmp_path / path
                if text is None:
                    file.unlink()
                else:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
            git(tmp_path, "add", "--all")
            git(tmp_path, "commit", "--quiet", "--message", "change", day=day)
            return git(tmp_path, "rev-parse", "HEAD")

        def tag(name: str, ref: str) -> None:
            git(tmp_path, "tag", name, ref)

        return RepositoryWorld(repository=GitRepository(tmp_path), commit=commit, tag=tag)
