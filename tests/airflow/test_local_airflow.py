"""The real Airflow of the demo, its tasks working on the fake cluster: approval, log, links, report."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.demo.airflow import LocalAirflow
from airflow_bluegreen.demo.airflow_client import AirflowClient, Run, poll
from airflow_bluegreen.demo.airflow_settings import connections
from airflow_bluegreen.demo.airflow_supervisor import Launch
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.snapshot import save_snapshot
from tests.airflow.golden_graph import GOLDEN
from tests.airflow.golden_world import live_cluster
from tests.airflow.secret_site import SECRET, secret_connections
from tests.airflow.shared_cluster import VARIABLE, SharedCluster
from tests.fakes.platform import ENDPOINTS

pytestmark = pytest.mark.airflow

ROOT = Path(__file__).parents[2]
LINEAGE = "lineage.jsonl"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> SharedCluster:
    return SharedCluster(tmp_path_factory.mktemp("cluster") / "cluster.pickle").create(live_cluster())


@pytest.fixture(scope="module")
def local(cluster: SharedCluster, tmp_path_factory: pytest.TempPathFactory) -> LocalAirflow:
    home = tmp_path_factory.mktemp("airflow")
    save_snapshot(GOLDEN, home / "s.json")
    settings = {
        "PYTHONPATH": str(ROOT),
        VARIABLE: str(cluster.path),
        "AIRFLOW__BLUEGREEN__SITE": "tests.airflow.secret_site.open_site",
        **secret_connections(),
        "AIRFLOW__BLUEGREEN__PROJECT": "/srv/retail",
        "AIRFLOW__BLUEGREEN__ENVIRONMENT": "local",
        "AIRFLOW__BLUEGREEN__SNAPSHOT_PATH": str(home / "s.json"),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(home / LINEAGE), "append": True}
        ),
    }
    return LocalAirflow(home, dags=ROOT / "dags", endpoints=ENDPOINTS, settings=settings)


@pytest.fixture(scope="module")
def airflow(local: LocalAirflow) -> Iterator[AirflowClient]:
    with local as client:
        yield client


@pytest.fixture(scope="module")
def released(airflow: AirflowClient) -> Run:
    run = airflow.trigger("bluegreen_release", {"release": "v1.0.1"})
    airflow.approve(run)
    return run


def test_a_release_that_a_person_approves(
    airflow: AirflowClient, released: Run, cluster: SharedCluster
) -> None:
    result = airflow.wait(released)
    assert result.state == "success"
    assert result.tasks["confirm"] == "success"
    assert result.tasks["roll_back"] == "skipped"
    records = cluster.ask(lambda world: world.releases.records())
    assert {record.release: record.phase for record in records}["v1.0.1"] is Phase.LIVE


def test_what_the_person_saw(airflow: AirflowClient, released: Run) -> None:
    question = airflow.question(released)
    assert question["options"] == ["Approve", "Reject"]
    assert "int_3_v2" in question["body"]
    assert "int_3_v2" in airflow.task_log(released, "plan")
    assert airflow.xcom(released, "report", "verdict") == "pass"


def test_no_secret_of_a_connection_is_left_anywhere(
    local: LocalAirflow, airflow: AirflowClient, released: Run
) -> None:
    # The database (rendered fields, XCom, events) and the logs of all parts and tasks.
    files = [path for path in local.home.rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix == ".log" and "int_3_v2" in path.read_text()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_openlineage_is_told_of_blue_green_and_the_switch(
    local: LocalAirflow, airflow: AirflowClient, released: Run
) -> None:
    airflow.wait(released)
    events = [json.loads(line) for line in (local.home / LINEAGE).read_text().splitlines()]
    ended = {one["job"]["name"]: one for one in events if one["eventType"] == "COMPLETE"}

    def topics(task: str, side: str) -> list[str]:
        return [one["name"] for one in ended[f"bluegreen_release.{task}"][side]]

    assert topics("deploy.fact_3.dml", "inputs") == ["int_3_v2", "src_x"]
    assert topics("deploy.fact_3.dml", "outputs") == ["fact_3_v2"]
    assert topics("deploy.fact_3.compare", "inputs") == ["fact_3", "fact_3_v2"]
    assert topics("cut_over", "inputs") == ["fact_2_v2", "fact_3_v2", "view32"]
    assert topics("retire_blue", "inputs") == ["int_3", "fact_2", "fact_3"]
    (output,) = ended["bluegreen_release.deploy.fact_3.dml"]["outputs"]
    assert output["namespace"] == "kafka://kafka:9092"
    assert set(output["facets"]["columnLineage"]["fields"]) == {"id", "note", "shipped"}
    told = ended["bluegreen_release.cut_over"]["run"]["facets"]["bluegreen_release"]
    assert (told["release"], told["connectors"][0]["after"]) == ("v1.0.1", ["fact_2_v2"])


def test_links_lead_to_job_and_report(airflow: AirflowClient, released: Run) -> None:
    job = airflow.links(released, "deploy.int_3.dml")["Flink job"]
    assert job is not None
    assert job.startswith(ENDPOINTS.flink_url)
    page = airflow.links(released, "report")["Blue/green report"]
    headers = {"Authorization": f"Bearer {airflow.token()}"}
    assert "int_3_v2" in httpx.get(f"{airflow.url}{page}", headers=headers, trust_env=False).text


def test_the_report_is_as_open_as_airflow_itself(airflow: AirflowClient, released: Run) -> None:
    # Here everybody is an administrator: Airflow gives a token to requests that have none. test_report_page
    # shows that a login is needed where that is off.
    page = airflow.links(released, "report")["Blue/green report"]
    own, ours = f"{airflow.url}/api/v2/dags", f"{airflow.url}{page}"
    for headers in ({}, {"Authorization": "Bearer a.b.c"}):
        theirs = httpx.get(own, headers=headers, trust_env=False).status_code
        assert httpx.get(ours, headers=headers, trust_env=False).status_code == theirs
    assert theirs == 403


def test_a_refused_release_says_why_in_one_line(airflow: AirflowClient, released: Run) -> None:
    run = airflow.trigger("bluegreen_release", {"release": "v9.9.9"})
    assert airflow.wait(run).state == "failed"
    said, folded, stack = airflow.task_log(run, "compute_modified").partition("::group::Where it was raised")
    assert "v9.9.9" in said
    assert "read_release.py" not in said
    assert folded
    assert "read_release.py" in stack


def test_nobody_else_on_the_network_can_reach_it(local: LocalAirflow, airflow: AirflowClient) -> None:
    listening = {
        connection.laddr.ip
        for pid in local.processes
        for connection in psutil.Process(pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_connections_are_those_of_the_hooks() -> None:
    assert set(connections(ENDPOINTS)) == {
        "AIRFLOW_CONN_FLINK_GATEWAY_DEFAULT",
        "AIRFLOW_CONN_KAFKA_DEFAULT",
        "AIRFLOW_CONN_KAFKA_CONNECT_DEFAULT",
        "AIRFLOW_CONN_SCHEMA_REGISTRY_DEFAULT",
    }


def test_waiting_too_long_says_what_for() -> None:
    with pytest.raises(TransientError, match="waited 0 s for rain; last seen: sun"):
        poll(lambda: "sun", lambda seen: seen == "rain", timeout=0.05, every=0.01, what="rain")


OWNER = """
import subprocess, sys, time
from airflow_bluegreen.demo.airflow_supervisor import Launch

supervisor = subprocess.Popen(
    [sys.executable, "-m", "airflow_bluegreen.demo.airflow_supervisor"], stdin=subprocess.PIPE, text=True
)
sleep = "import time; time.sleep(600)"
child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{sleep}'])"
part = [sys.executable, "-c", child]
launch = Launch(commands={"part": part}, environment={}, directory=sys.argv[1], logs=sys.argv[1])
supervisor.stdin.write(launch.as_line())
supervisor.stdin.flush()
print(supervisor.pid, flush=True)
time.sleep(600)
"""


def test_everything_ends_with_an_owner_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout is not None
    with owner:
        supervisor = psutil.Process(int(owner.stdout.readline()))
        # The supervisor, its part, and the part's own child.
        family = poll(
            lambda: supervisor.children(recursive=True),
            lambda found: len(found) == 2,
            timeout=60,
            what="the part",
        )
        os.kill(owner.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs([supervisor, *family], timeout=60)
    assert alive == []


def test_a_part_that_ends_takes_the_others_along(tmp_path: Path) -> None:
    commands = {
        "short": [sys.executable, "-c", "raise SystemExit(3)"],
        "long": [sys.executable, "-c", "import time; time.sleep(600)"],
    }
    launch = Launch(commands=commands, environment={}, directory=str(tmp_path), logs=str(tmp_path))
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "airflow_bluegreen.demo.airflow_supervisor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with supervisor:
        assert supervisor.stdin is not None
        supervisor.stdin.write(launch.as_line())
        supervisor.stdin.flush()
        assert supervisor.wait(60) == 1
        assert supervisor.stdout is not None
        assert supervisor.stdout.read() == "short ended with code 3\n"
