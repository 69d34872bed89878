"""Airflow in this process: its database, and the site that tasks and triggers open."""

from pathlib import Path

import pytest

from tests.airflow.golden_world import live_cluster
from tests.airflow.shared_cluster import VARIABLE, SharedCluster

SITE = "AIRFLOW__BLUEGREEN__SITE"


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Airflow's tables in the home of this test run."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def shared_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedCluster:
    """The golden scenario with v1.0.0 live, as what ``[bluegreen] site`` opens."""
    shared = SharedCluster(tmp_path / "cluster.pickle").create(live_cluster())
    monkeypatch.setenv(VARIABLE, str(shared.path))
    monkeypatch.setenv(SITE, "tests.airflow.shared_cluster.open_site")
    return shared
