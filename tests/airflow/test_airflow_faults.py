"""Releases while Airflow's tasks, parts and users fail: each ends right, or stops and says why.

A real Airflow at its default settings; the servers are fakes. More of the kind is in
``test_airflow_breakdowns.py``, which takes longer.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence

import pytest

from airflow_bluegreen.core.model import Phase
from tests.airflow.faulty_airflow import WAIT_SECONDS, FaultyAirflow, Gate
from tests.airflow.small_releases import MOVED, SUBMITTED, answer, end_as_answered, faulty, is_live

pytestmark = pytest.mark.airflow

ENVIRONMENTS: Mapping[str, Sequence[Gate]] = {"killed": [SUBMITTED], "let_through": [MOVED]}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyAirflow]:
    with faulty(tmp_path_factory.mktemp("faults"), ENVIRONMENTS) as running:
        for environment in ENVIRONMENTS:
            running.begin(environment)
        yield running


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
