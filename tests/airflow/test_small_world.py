"""The smallest release on fakes goes through in this process, so that a real Airflow can make it too."""

from pathlib import Path

from airflow_bluegreen.core.model import Phase
from tests.airflow.golden_world import release_all
from tests.airflow.moving_world import live, project
from tests.airflow.small_world import GREEN_JOB, small_cluster


def test_a_release_goes_live(tmp_path: Path) -> None:
    with small_cluster(tmp_path / "cluster.pickle", "small").use() as cluster:
        release_all(cluster, "small", "v1.0.1")
        assert sorted(job.name for job in cluster.jobs.jobs()) == [GREEN_JOB, "dml.src_o"]
        assert [one.phase for one in cluster.releases.records() if one.release == "v1.0.1"] == [Phase.LIVE]


def test_its_project_in_git_is_live(tmp_path: Path) -> None:
    clone = project(tmp_path / "clone", "moving")
    with live(tmp_path / "cluster.pickle", clone, "moving").use() as cluster:
        assert sorted(job.name for job in cluster.jobs.jobs()) == ["dml.fact_o", "dml.src_o"]
