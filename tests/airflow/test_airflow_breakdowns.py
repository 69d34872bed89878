"""What else may happen to Airflow in the middle of a release, by its parts and by its users; takes long.

Airflow has races of its own, so that a story may go on in more than one way. A test says what holds in each.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence

import psutil
import pytest

from airflow_bluegreen.core.model import Phase
from tests.airflow.faulty_airflow import WAIT_SECONDS, FaultyAirflow, Gate
from tests.airflow.small_releases import (
    SUBMITTED,
    answer,
    decision,
    end_as_answered,
    faulty,
    is_blue,
    is_live,
    is_taken_back,
)
from tests.airflow.small_world import BLUE_JOB, GREEN_JOB

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

AWAIT = "deploy.fact_o.await_catch_up"

ENVIRONMENTS: Mapping[str, Sequence[Gate]] = {
    "early": [],
    "hasty": [],
    "worker": [SUBMITTED],
    "marked": [SUBMITTED],
}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyAirflow]:
    # A task whose worker is gone is missed after five minutes by default.
    settings = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60"}
    with faulty(tmp_path_factory.mktemp("breakdowns"), ENVIRONMENTS, settings) as running:
        for environment in ENVIRONMENTS:
            running.begin(environment)
        yield running


def test_two_answers_in_the_moment_of_the_question(airflow: FaultyAirflow) -> None:
    """At least one is taken; over SQLite Airflow may tell both so. The release ends wholly as one of them."""
    airflow.asked("early")
    taken: dict[str, int] = {}

    def tell(option: str) -> None:
        taken[option] = answer(airflow, "early", option)

    people = [threading.Thread(target=tell, args=(option,)) for option in ("Approve", "Reject")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    winners = [option for option, status in taken.items() if status == 200]
    assert winners, taken
    assert set(taken.values()) <= {200, 409}, taken
    result = end_as_answered(airflow, "early", winners[0])
    assert result.state == "success", result
    counted = decision(airflow, "early")
    assert counted in winners
    if counted == "Approve":
        assert result.tasks["roll_back"] == "skipped"
        assert is_live(airflow, "early")
    else:
        assert result.tasks["cut_over"] == "skipped"
        assert is_taken_back(airflow, "early")


def test_a_wait_that_is_over_at_once(airflow: FaultyAirflow) -> None:
    """Nothing of a release waits so briefly. What does may be failed by Airflow, and is tried again.

    The release goes live; only one whose task Airflow failed at every try is taken back.
    """
    run = airflow.runs["hasty"]
    seen = airflow.client.wait_for_task(
        run, "approve", ["awaiting_input", "upstream_failed"], timeout=WAIT_SECONDS
    )
    lost = airflow.lost_by_airflow("hasty").count(AWAIT)
    if seen.tasks["approve"] == "awaiting_input":
        assert airflow.approved("hasty").state == "success"
        assert is_live(airflow, "hasty")
    else:
        result = airflow.ended("hasty")
        assert (result.state, result.tasks["roll_back"], lost) == ("failed", "success", 3)
        assert is_taken_back(airflow, "hasty")


def test_the_worker_dies_with_its_task(airflow: FaultyAirflow) -> None:
    """Nobody tells Airflow. It misses the task's heartbeat, and tries it again."""
    task = psutil.Process(airflow.standing("worker", SUBMITTED))
    worker = task.parent()
    assert worker is not None
    worker.kill()
    task.kill()
    airflow.cluster("worker").gates.open(*SUBMITTED)
    assert airflow.approved("worker").state == "success"
    assert airflow.tries("worker", "deploy.fact_o.dml") >= 2
    assert is_live(airflow, "worker")


def test_runs_that_are_set_to_failed_and_to_success(airflow: FaultyAirflow) -> None:
    """Neither reaches the ledger: the next run goes on, or the rollback DAG takes green back."""
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
    assert is_taken_back(airflow, "marked")
