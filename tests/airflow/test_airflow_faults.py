"""Releases while Airflow's tasks, parts and users fail: each ends right, or stops and says why.

A real Airflow at its default settings; the servers are fakes. All releases begin at once, each stands at a
gate until it is its turn.
"""

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.demo.airflow_client import RunResult, task_path_of
from airflow_bluegreen.snapshot import save_snapshot
from tests.airflow.faulty_airflow import WAIT_SECONDS, FaultyAirflow, Gate
from tests.airflow.small_world import BLUE_JOB, GREEN_JOB, SMALL, small_cluster

pytestmark = pytest.mark.airflow

DAGS = Path(__file__).parent / "fault_dags"

SUBMITTED: Gate = ("gateway.submit", "after")
MOVED: Gate = ("connectors.put_config", "after")

ENVIRONMENTS: Mapping[str, Sequence[Gate]] = {
    "early": [],
    "hasty": [],
    "killed": [SUBMITTED],
    "marked": [SUBMITTED],
    "let_through": [MOVED],
}


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


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyAirflow]:
    with faulty(tmp_path_factory.mktemp("faults"), ENVIRONMENTS) as running:
        for environment in ENVIRONMENTS:
            running.begin(environment)
        yield running


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


def answer(airflow: FaultyAirflow, environment: str, option: str) -> int:
    """Answer the approval at once; the status of the API's answer."""
    url = f"{airflow.client.url}/api/v2{task_path_of(airflow.runs[environment], 'approve')}/-1/hitlDetails"
    headers = {"Authorization": f"Bearer {airflow.client.token()}"}
    body = {"chosen_options": [option], "params_input": {}}
    return httpx.patch(url, json=body, headers=headers, trust_env=False, timeout=120).status_code


def end_as_answered(airflow: FaultyAirflow, environment: str, option: str) -> RunResult:
    """How the release ends. Airflow may lose the answer in its race; it asks again then."""
    run = airflow.runs[environment]
    seen = airflow.client.wait_for_task(run, "approve", ["success", "up_for_retry"], timeout=WAIT_SECONDS)
    if seen.tasks["approve"] == "up_for_retry":
        assert "approve" in airflow.lost_by_airflow(environment)
        # Its worker may still end it well; else there is a second try.
        seen = airflow.client.wait_for_task(
            run, "approve", ["success", "awaiting_input"], timeout=WAIT_SECONDS
        )
    if seen.tasks["approve"] == "awaiting_input":
        again = airflow.client.approve if option == "Approve" else airflow.client.reject
        again(run, timeout=WAIT_SECONDS)
    return airflow.ended(environment)


def test_two_answers_in_the_moment_of_the_question(airflow: FaultyAirflow) -> None:
    airflow.asked("early")
    taken: dict[str, int] = {}

    def tell(option: str) -> None:
        taken[option] = answer(airflow, "early", option)

    people = [threading.Thread(target=tell, args=(option,)) for option in ("Approve", "Reject")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(taken.values()) == [200, 409], taken
    (winner,) = [option for option, status in taken.items() if status == 200]
    result = end_as_answered(airflow, "early", winner)
    assert result.state == "success"
    if winner == "Approve":
        assert result.tasks["roll_back"] == "skipped"
        assert is_live(airflow, "early")
    else:
        assert result.tasks["cut_over"] == "skipped"
        assert airflow.phase("early") is Phase.ROLLED_BACK
        assert is_blue(airflow, "early")


def test_a_wait_that_is_over_at_once(airflow: FaultyAirflow) -> None:
    # Nothing of a release waits so briefly. What does may be failed by Airflow; then it is tried again.
    run = airflow.runs["hasty"]
    seen = airflow.client.wait_for_task(
        run, "approve", ["awaiting_input", "upstream_failed"], timeout=WAIT_SECONDS
    )
    lost = airflow.lost_by_airflow("hasty")
    assert set(lost) <= {"deploy.fact_o.await_catch_up"}
    if seen.tasks["approve"] == "awaiting_input":
        assert airflow.approved("hasty").state == "success"
        assert is_live(airflow, "hasty")
    else:
        result = airflow.ended("hasty")
        assert (result.state, result.tasks["roll_back"], len(lost)) == ("failed", "success", 3)
        assert airflow.phase("hasty") is Phase.ROLLED_BACK
        assert is_blue(airflow, "hasty")


def test_a_task_that_is_killed_and_a_dag_that_is_paused(airflow: FaultyAirflow) -> None:
    # It has submitted the job, and nobody knows of it yet.
    os.kill(airflow.standing("killed", SUBMITTED), signal.SIGKILL)
    airflow.cluster("killed").gates.open(*SUBMITTED)
    airflow.asked("killed")
    assert airflow.tries("killed", "deploy.fact_o.dml") == 2
    airflow.pause("killed", True)
    assert answer(airflow, "killed", "Approve") == 200
    assert airflow.phase("killed") is Phase.COMPARED
    airflow.pause("killed", False)
    assert end_as_answered(airflow, "killed", "Approve").state == "success"
    assert is_live(airflow, "killed")


def test_tasks_that_are_cleared_when_all_is_over(airflow: FaultyAirflow) -> None:
    before = airflow.ask("killed", lambda world: {job.job_id for job in world.jobs.jobs()})
    airflow.client.clear(airflow.runs["killed"], ["deploy.fact_o.dml", "cut_over", "retire_blue"])
    result = airflow.ended("killed")
    assert result.state == "success", result
    assert is_live(airflow, "killed")
    assert airflow.ask("killed", lambda world: {job.job_id for job in world.jobs.jobs()}) == before


def test_runs_that_are_set_to_failed_and_to_success(airflow: FaultyAirflow) -> None:
    task = airflow.standing("marked", SUBMITTED)
    airflow.mark_run("marked", "failed")
    airflow.gone(task)
    airflow.cluster("marked").gates.open(*SUBMITTED)
    # The task took its own job along; blue was never touched. The next run goes on where this one stopped.
    assert airflow.phase("marked") is Phase.DEPLOYING
    assert is_blue(airflow, "marked")
    airflow.begin("marked")
    airflow.asked("marked")
    airflow.mark_run("marked", "success")
    assert airflow.ended("marked").state == "success"
    # What Airflow calls a success is none for the ledger, and there is a way back.
    assert airflow.phase("marked") is Phase.COMPARED
    assert airflow.topics_delivered("marked") == "fact_o"
    assert {BLUE_JOB, GREEN_JOB} <= set(airflow.jobs("marked"))
    assert airflow.client.wait(airflow.begin("marked", "rollback")).state == "success"
    assert airflow.phase("marked") is Phase.ROLLED_BACK
    assert is_blue(airflow, "marked")


def test_an_approval_that_is_set_to_success(airflow: FaultyAirflow) -> None:
    # Nothing then skips the safety net, which begins beside the cut-over.
    airflow.asked("let_through")
    airflow.mark("let_through", "approve", "success")
    airflow.standing("let_through", MOVED)
    seen = airflow.client.wait_for_task(
        airflow.runs["let_through"], "roll_back", ["skipped", "success", "failed"], timeout=WAIT_SECONDS
    )
    assert seen.tasks["roll_back"] == "skipped", seen


def test_scheduler_and_api_server_die_during_the_cut_over(airflow: FaultyAirflow) -> None:
    airflow.standing("let_through", MOVED)
    airflow.kill("scheduler", "api-server")
    airflow.cluster("let_through").gates.open(*MOVED)
    assert airflow.ended("let_through").state == "success"
    assert is_live(airflow, "let_through")
