"""Whole runs of the release DAG in this process, over a fake Kafka and Flink: how each way of ending ends."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from airflow_bluegreen.core.model import Phase, Start
from airflow_bluegreen.demo.airflow_client import poll
from airflow_bluegreen.exceptions import StatementError
from airflow_bluegreen.snapshot import Snapshot, read_snapshot, save_snapshot
from tests.airflow.conftest import Run
from tests.airflow.golden_graph import GOLDEN
from tests.airflow.shared_cluster import SharedCluster
from tests.fakes.platform import FakeCluster

if TYPE_CHECKING:
    from starlette.testclient import TestClient

# Airflow's own code, and what it imports, warns while tasks run.
pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("default")]

ROOT = Path(__file__).parents[2]
IMPACTED = {"int_3", "fact_2", "fact_3", "view32"}
BLUE = {"dml.int_3", "dml.fact_2", "dml.fact_3"}
GREEN = {"dml.int_3_v2", "dml.fact_2_v2", "dml.fact_3_v2", "dml.view32"}


def job_names(cluster: FakeCluster) -> set[str]:
    return {job.name for job in cluster.jobs.jobs()}


def phase(cluster: FakeCluster, release: str = "v1.0.1") -> Phase | None:
    return next((one.phase for one in cluster.releases.records() if one.release == release), None)


def read_topics(cluster: FakeCluster) -> set[str]:
    states = (cluster.connectors.connector(name) for name in cluster.connectors.connectors())
    return {(state.config or {})["topics"] for state in states if state}


def table_states(states: dict[str, str]) -> dict[str, set[str]]:
    """The states of each table's tasks."""
    found: dict[str, set[str]] = {}
    for task_id, state in states.items():
        if task_id.startswith("deploy."):
            found.setdefault(task_id.split(".")[1], set()).add(state)
    return found


def test_a_release_that_goes_well(run: Run, shared_cluster: SharedCluster, tmp_path: Path) -> None:
    before = shared_cluster.ask(lambda world: {job.job_id: job.name for job in world.jobs.jobs()})
    state, states = run(start=["view32=auto"])
    assert state == "success"
    assert {table for table, seen in table_states(states).items() if seen == {"success"}} == IMPACTED
    assert {
        table for table, seen in table_states(states).items() if seen == {"skipped"}
    } == GOLDEN.tables.keys() - IMPACTED
    assert states["confirm"] == "success"
    assert states["roll_back"] == "skipped"
    with shared_cluster.use() as world:
        assert phase(world) is Phase.LIVE
        assert job_names(world) & (BLUE | GREEN) == GREEN
        assert {"fact_2_v2", "fact_3_v2", "view32"} <= read_topics(world)
        after = {job.job_id: job.name for job in world.jobs.jobs()}
    untouched = {job_id: name for job_id, name in before.items() if name not in BLUE}
    assert untouched.items() <= after.items()
    (report,) = (tmp_path / "reports" / "bluegreen_release").glob("*.html")
    (environment,) = (tmp_path / "reports" / ".environments").glob("*.html")
    assert "v1.0.1 is live" in environment.read_text()
    assert "Cut over" in report.read_text()
    assert "What it costs" in report.read_text()
    with shared_cluster.use() as world:
        planned = next(one.plan for one in world.releases.records() if one.release == "v1.0.1")
    assert {one.table: one.start.start for one in planned.tables}["view32"] is Start.AUTO


def test_after_the_window_the_clean_up_deletes_what_was_retired(
    run: Run, shared_cluster: SharedCluster
) -> None:
    run()
    state, states = run("bluegreen_cleanup")
    assert (state, set(states.values())) == ("success", {"success"})
    with shared_cluster.use() as world:
        assert {"int_3", "fact_2", "fact_3"} <= world.topics.names()
        world.clock.advance(8 * 86_400)
    state, states = run("bluegreen_cleanup")
    assert state == "success"
    with shared_cluster.use() as world:
        assert world.topics.names().isdisjoint({"int_3", "fact_2", "fact_3"})
        assert {"int_3_v2", "fact_2_v2", "fact_3_v2", "fact_1"} <= world.topics.names()
        assert world.jobs.savepoints == {}
    state, states = run("bluegreen_rollback")
    assert state == "failed"


def test_the_same_release_again_has_nothing_to_do(run: Run, shared_cluster: SharedCluster) -> None:
    run()
    before = shared_cluster.ask(lambda world: [job.job_id for job in world.jobs.jobs()])
    state, states = run()
    assert state == "success"
    assert {task_id for task_id, one in states.items() if one == "success"} == {
        "choose_release",
        "compute_modified",
        "plan",
    }
    assert set(states.values()) == {"success", "skipped"}
    assert shared_cluster.ask(lambda world: [job.job_id for job in world.jobs.jobs()]) == before


def test_a_statement_that_flink_refuses_takes_green_down_and_fails_the_run(
    run: Run, shared_cluster: SharedCluster
) -> None:
    blue = shared_cluster.ask(lambda world: {job.job_id for job in world.jobs.jobs()})
    with shared_cluster.use() as world:
        world.gateway.fail_next("submit", StatementError("Object 'x' not found"))
    state, states = run()
    assert state == "failed"
    assert states["deploy.int_3.dml"] == "failed"
    assert states["cut_over"] == "upstream_failed"
    assert states["roll_back"] == "success"
    with shared_cluster.use() as world:
        assert phase(world) is Phase.ROLLED_BACK
        assert {job.job_id for job in world.jobs.jobs()} == blue
        assert not {name for name in world.topics.names() if name.endswith("_v2")}
    state, _ = run()
    assert state == "success"
    assert shared_cluster.ask(phase) is Phase.LIVE


def test_a_failure_during_the_cut_over_rolls_nothing_back(run: Run, shared_cluster: SharedCluster) -> None:
    with shared_cluster.use() as world:
        world.connectors.fail_next("resume_connector", StatementError("task failed"), times=1)
    state, states = run()
    assert state == "failed"
    assert (states["cut_over"], states["roll_back"]) == ("failed", "skipped")
    with shared_cluster.use() as world:
        assert phase(world) is Phase.CUTTING_OVER
        assert job_names(world) >= GREEN | BLUE
    state, states = run("bluegreen_rollback")
    assert (state, states) == ("success", {"roll_back": "success"})
    with shared_cluster.use() as world:
        assert phase(world) is Phase.ROLLED_BACK
        assert job_names(world) & (BLUE | GREEN) == BLUE


def test_a_table_that_is_not_drawn_stops_the_run_and_is_drawn_for_the_next(
    run: Run, shared_cluster: SharedCluster, snapshot_file: Path
) -> None:
    known = {name: table for name, table in GOLDEN.tables.items() if name != "view32"}
    save_snapshot(Snapshot(project="retail", tables=known), snapshot_file)
    state, states = run()
    assert state == "failed"
    assert (states["plan"], states["roll_back"]) == ("failed", "skipped")
    assert {one for task_id, one in states.items() if task_id.startswith("deploy.")} == {"upstream_failed"}
    with shared_cluster.use() as world:
        assert phase(world) is None
        assert not job_names(world) & GREEN
    drawn = read_snapshot(snapshot_file)
    assert drawn is not None
    assert drawn.tables["view32"].inputs == ("fact_2",)
    state, _ = run()
    assert state == "success"


def test_another_release_in_progress_is_left_alone(run: Run, shared_cluster: SharedCluster) -> None:
    with shared_cluster.use() as world:
        world.connectors.fail_next("resume_connector", StatementError("task failed"), times=1)
        world.repository.tag("v1.0.2")
    run()
    state, states = run(release="v1.0.2")
    assert state == "failed"
    assert (states["plan"], states["roll_back"]) == ("failed", "skipped")
    assert shared_cluster.ask(phase) is Phase.CUTTING_OVER


@pytest.fixture
def reject(airflow_db: None) -> Iterator[None]:
    """Somebody who answers Reject, by way of Airflow's API, as soon as he is asked."""
    from airflow.api_fastapi.app import create_app, get_auth_manager, purge_cached_app
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from starlette.testclient import TestClient

    with TestClient(create_app(apps="core")) as api:
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ada", role="admin"))
        api.headers["Authorization"] = f"Bearer {token}"
        person = threading.Thread(target=_reject, args=(api,), daemon=True)
        person.start()
        yield
        person.join(60)
    purge_cached_app()


def _reject(api: "TestClient") -> None:
    def answered() -> bool:
        asked = api.get("/api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false").json()["hitl_details"]
        for task in (
            one["task_instance"] for one in asked if one["task_instance"]["state"] == "awaiting_input"
        ):
            path = (
                f"/api/v2/dags/{task['dag_id']}/dagRuns/{quote(task['dag_run_id'])}/taskInstances/approve/-1"
            )
            body = {"chosen_options": ["Reject"], "params_input": {}}
            assert api.patch(f"{path}/hitlDetails", json=body).status_code == 200
            return True
        return False

    poll(answered, bool, timeout=300, what="somebody to be asked")


def test_a_rejected_release_takes_green_down_and_leaves_blue(
    run: Run, reject: None, shared_cluster: SharedCluster
) -> None:
    blue = shared_cluster.ask(lambda world: {job.job_id for job in world.jobs.jobs()})
    state, states = run(auto_approve=False)
    assert (states["approve"], states["cut_over"], states["roll_back"]) == ("success", "skipped", "success")
    assert states["confirm"] == "skipped"
    assert state == "success"
    with shared_cluster.use() as world:
        assert phase(world) is Phase.ROLLED_BACK
        assert {job.job_id for job in world.jobs.jobs()} == blue
        assert read_topics(world) == {"fact_1", "fact_2", "fact_3", "view_1"}
