"""A look at an environment: reads only, and tells what it could not see."""

from airflow_bluegreen.actions.environment import look_at_environment
from airflow_bluegreen.core.environment import EnvironmentState
from airflow_bluegreen.core.model import Profile
from airflow_bluegreen.exceptions import TransientError
from tests.airflow.golden_world import golden_cluster, live_cluster
from tests.fakes.platform import FakeCluster

PROFILE = Profile(name="local")


def look(cluster: FakeCluster) -> EnvironmentState:
    return look_at_environment(cluster.platform, PROFILE, project="retail", environment="local")


def test_before_the_first_release() -> None:
    state = look(golden_cluster())
    assert (state.live, state.drift, state.way_back, state.trouble) == (None, (), None, "")


def test_what_runs_as_it_is_meant_to() -> None:
    state = look(live_cluster())
    assert state.live is not None
    assert (state.project, state.live.release, state.drift, state.trouble) == ("retail", "v1.0.0", (), "")
    assert state.way_back is not None
    assert state.way_back.open


def test_a_job_that_is_gone_is_told_with_its_remedy() -> None:
    cluster = live_cluster()
    (job,) = cluster.jobs.named("dml.fact_2")
    cluster.jobs.cancel(job.job_id)
    (drift,) = look(cluster).drift or ()
    assert "dml.fact_2" in drift.what
    assert "repair" in drift.remedy


def test_a_server_that_is_away_leaves_its_part_untold() -> None:
    cluster = live_cluster()
    cluster.jobs.fail_next("jobs", TransientError("Flink did not answer", remedy="Look at it"))
    state = look(cluster)
    assert state.live is not None
    assert state.drift is None
    assert "Flink did not answer" in state.trouble
    assert state.way_back is not None


def test_nothing_is_written() -> None:
    cluster = live_cluster()
    before = repr(
        (
            cluster.releases.records(),
            sorted(cluster.topics.names()),
            [job.name for job in cluster.jobs.jobs()],
        )
    )
    look(cluster)
    after = repr(
        (
            cluster.releases.records(),
            sorted(cluster.topics.names()),
            [job.name for job in cluster.jobs.jobs()],
        )
    )
    assert before == after
