"""The suites for repositories and remotes on real git repositories, which need no server."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_remote import GitRemote
from tests.clients.checkout import Checkout
from tests.contracts.remotes import RemoteContract, RemoteWorld
from tests.contracts.repositories import RepositoryContract, RepositoryWorld


class TestGitRepository(RepositoryContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> RepositoryWorld:
        checkout = Checkout(tmp_path / "repo")

        def commit(files: Mapping[str, str | None], branch: str, day: int) -> str:
            if branch != "main":
                checkout.git("checkout", "--quiet", branch)
            sha = checkout.commit(files, date=f"2025-01-{day:02d}T12:00:00+00:00")
            checkout.git("checkout", "--quiet", "main")
            return sha

        def tag(name: str, ref: str) -> None:
            checkout.git("tag", name, ref)

        def check_out(branch: str) -> None:
            checkout.git("checkout", "--quiet", branch)

        return RepositoryWorld(
            repository=GitRepository(checkout.path), commit=commit, tag=tag, check_out=check_out
        )


class TestGitRemote(RemoteContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> RemoteWorld:
        seed, here = Checkout(tmp_path / "seed"), Checkout(tmp_path / "here")
        seed.commit({"a.sql": "old\n"})
        there = tmp_path / "there.git"
        seed.git("clone", "--quiet", "--bare", ".", str(there))
        seed.git("remote", "add", "origin", str(there))
        here.git("remote", "add", "origin", str(there))
        here.git("fetch", "--quiet", "origin", "main:refs/heads/main", "--update-head-ok")

        def work(files: Mapping[str, str]) -> str:
            sha = seed.commit(files)
            seed.git("push", "--quiet", "origin", "main")
            return sha

        def protect(ref: str) -> None:
            hook = there / "hooks" / "update"
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(f'#!/bin/sh\n[ "$1" != {ref} ] || {{ echo protected by the team; exit 1; }}\n')
            hook.chmod(0o755)

        return RemoteWorld(
            here=GitRepository(here.path),
            there=GitRepository(there),
            remote=GitRemote(here.path, "origin"),
            work=work,
            protect=protect,
        )
