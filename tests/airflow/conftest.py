"""Airflow in this process: its database, and the site that tasks and triggers open."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_bluegreen.snapshot import save_snapshot
from tests.airflow.golden_graph import GOLDEN
from tests.airflow.golden_world import live_cluster
from tests.airflow.shared_cluster import VARIABLE, SharedCluster

if TYPE_CHECKING:
    from airflow.sdk import DAG

ROOT = Path(__file__).parents[2]
SITE = "AIRFLOW__BLUEGREEN__SITE"

Run = Callable[..., tuple[str, dict[str, str]]]


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


@pytest.fixture
def snapshot_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "retail.snapshot.json"
    save_snapshot(GOLDEN, path)
    for option, value in {
        "project": "/srv/retail",
        "environment": "local",
        "snapshot_path": str(path),
        "report_path": str(tmp_path / "reports"),
        "data_docs_path": str(tmp_path / "data_docs"),
        "deferrable": "False",
    }.items():
        monkeypatch.setenv(f"AIRFLOW__BLUEGREEN__{option.upper()}", value)
    return path


@pytest.fixture
def dag_files() -> Iterator[Path]:
    folder = Path(os.environ["AIRFLOW_HOME"]) / "dags"
    shutil.copytree(ROOT / "dags", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def run(airflow_db: None, snapshot_file: Path, dag_files: Path, shared_cluster: SharedCluster) -> Run:
    def go(dag_id: str = "bluegreen_release", **params: Any) -> tuple[str, dict[str, str]]:
        result: Any = load(dag_files, dag_id).test(
            run_conf={"release": "v1.0.1", "auto_approve": True, **params}
        )
        return str(result.state), {ti.task_id: str(ti.state) for ti in result.get_task_instances()}

    return go


def load(folder: Path, dag_id: str) -> "DAG":
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(folder), bundle_path=folder, bundle_name="dags-folder")
    assert bag.import_errors == {}
    dag: DAG = bag.dags[dag_id]
    return dag
