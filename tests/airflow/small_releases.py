"""Small releases that all begin at once in one Airflow, each standing at a gate until it is its turn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.demo.airflow_client import RunResult, poll, task_path_of
from airflow_bluegreen.operators.approval import DECISION_KEY
from airflow_bluegreen.snapshot import save_snapshot
from tests.airflow.faulty_airflow import WAIT_SECONDS, FaultyAirflow, Gate
from tests.airflow.small_world import BLUE_JOB, GREEN_JOB, SMALL, small_cluster

DAGS = Path(__file__).parent / "fault_dags"

SUBMITTED: Gate = ("gateway.submit", "after")
MOVED: Gate = ("connectors.put_config", "after")


def faulty(
    home: Path, environments: Mapping[str, Sequence[Gate]], settings: Mapping[str, str] | None = None
) -> FaultyAirflow:
    """An Airflow with a cluster for each environment, and the gates there closed."""
    place = home / "cluster.pickle"
    clusters = {name: small_cluster(place, name) for name in environments}
    for name, gates in environments.items():
        for gate in gates:
            clusters[name].gates.close(*gate)
    save_snapshot(SMALL, home / "s.json")
    known = {
        "BLUEGREEN_TEST_ENVIRONMENTS": " ".join(environments),
        "AIRFLOW__BLUEGREEN__SNAPSHOT_PATH": str(home / "s.json"),
        **(settings or {}),
    }
    return FaultyAirflow(place, clusters, dags=DAGS, settings=known)


def is_live(airflow: FaultyAirflow, environment: str) -> bool:
    """Whether the release has ended as it should: green alone runs, once, and is what the sink reads."""
    assert airflow.phase(environment) is Phase.LIVE
    assert airflow.jobs(environment) == [GREEN_JOB, "dml.src_o"]
    assert airflow.topics_delivered(environment) == "fact_o_v2"
    return True


def is_blue(airflow: FaultyAirflow, environment: str) -> bool:
    """Whether all is as before the release."""
    assert airflow.jobs(environment) == [BLUE_JOB, "dml.src_o"]
    assert airflow.topics_delivered(environment) == "fact_o"
    return True


def is_taken_back(airflow: FaultyAirflow, environment: str) -> bool:
    """Whether green is gone, and the ledger says so."""
    assert airflow.phase(environment) is Phase.ROLLED_BACK
    return is_blue(airflow, environment)


def answer(airflow: FaultyAirflow, environment: str, option: str) -> int:
    """Answer the approval at once; the status of the API's answer."""
    url = f"{airflow.client.url}/api/v2{task_path_of(airflow.runs[environment], 'approve')}/-1/hitlDetails"
    headers = {"Authorization": f"Bearer {airflow.client.token()}"}
    body = {"chosen_options": [option], "params_input": {}}
    return httpx.patch(url, json=body, headers=headers, trust_env=False, timeout=120).status_code


def end_as_answered(airflow: FaultyAirflow, environment: str, option: str) -> RunResult:
    """How a release ends that was answered. Airflow may lose the answer in its race; it asks again then."""
    run = airflow.runs[environment]

    def asks_again(seen: RunResult) -> bool:
        asks = seen.tasks["approve"] == "awaiting_input"
        return asks and airflow.tries(environment, "approve") > 1

    seen = poll(
        lambda: airflow.client.result(run),
        lambda seen: seen.state != "running" or seen.tasks["approve"] == "success" or asks_again(seen),
        timeout=WAIT_SECONDS,
        what="the answer to be taken",
    )
    if seen.tasks["approve"] == "awaiting_input":
        again = airflow.client.approve if option == "Approve" else airflow.client.reject
        again(run, timeout=WAIT_SECONDS)
    return airflow.ended(environment)


def decision(airflow: FaultyAirflow, environment: str) -> str:
    """What the approval took for the answer."""
    return str(airflow.client.xcom(airflow.runs[environment], "approve", DECISION_KEY))
