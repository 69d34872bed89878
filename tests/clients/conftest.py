"""A checkout to work in, and nothing of this machine's git configuration."""

import os
from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
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
