"""The test with synthetic records as a task: in one go, and through the triggerer."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from airflow_bluegreen.actions.integration.running import Progress
from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.model import JobState
from airflow_bluegreen.core.synthetic.apart import run_name
from airflow_bluegreen.dag_factory import integration_test_dag
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.operators.integration import IntegrationTestOperator
from airflow_bluegreen.triggers.integration import IntegrationTestTrigger, Moved, read_event
from airflow_bluegreen.triggers.looking import Broken
from tests.actions.integration.test_trial_run import dropping
from tests.actions.world import World
from tests.airflow import one_world
from tests.airflow.conftest import SITE

PLACE: Any = {"project": "/srv/retail", "environment": "local"}
NAME = run_name("retail", "local", "v1.0.1", 1)


class Talk:
    """A task instance of which only XComs are used."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def task(**settings: Any) -> IntegrationTestOperator:
    given: dict[str, Any] = {"select": ["src_a"], "records": 4, **settings}
    return IntegrationTestOperator(task_id="integration_test", release="v1.0.1", **PLACE, **given)


def fired(trigger: Any, **changes: Any) -> Any:
    """The event of the trigger, as the database brings it to life."""
    _, arguments = trigger.serialize()
    again = IntegrationTestTrigger(**{**arguments, "first_look_s": 0.0, "poll_s": 0.01, **changes})

    async def get() -> Any:
        return await anext(again.run())

    return asyncio.run(get()).payload


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv(SITE, one_world.OPENER)
    return one_world.begin()


def left(world: World) -> list[str]:
    cluster = world.cluster
    names = [*cluster.topics.names(), *(job.name for job in cluster.jobs.jobs())]
    return [name for name in names if name.startswith(NAME)]


def test_in_one_go(world: World) -> None:
    talk = Talk()
    task(deferrable=False).execute({"ti": talk})
    assert talk.pushed["result"]["verdict"] == "pass"
    assert [one["table"] for one in talk.pushed["result"]["tables"]] == ["src_a"]
    assert left(world) == []


def test_through_the_triggerer(world: World) -> None:
    talk, waits = Talk(), 0
    one = task(deferrable=True, select=["int_1"])
    trigger = deferred_once(select=["int_1"])
    while not talk.pushed:
        waits += 1
        world.cluster.run()
        try:
            one.execute_complete({"ti": talk}, fired(trigger))
        except TaskDeferred as again:
            trigger = again.trigger
    assert waits >= 2
    assert talk.pushed["result"]["verdict"] == "pass"
    assert left(world) == []


def test_a_failed_check_fails_the_task_for_good(world: World) -> None:
    world.cluster.gateway.transforms[f"{NAME}_c_src_a"] = dropping(1)
    talk = Talk()
    with pytest.raises(
        AirflowFailException, match=r"fails on synthetic records of seed 1: src_a \(records arrive"
    ):
        task(deferrable=False).execute({"ti": talk})
    assert talk.pushed["result"]["verdict"] == "fail"
    assert left(world) == []


def test_a_statement_that_is_refused_leaves_nothing(world: World) -> None:
    world.cluster.gateway.rejections["_c_src_a"] = "no such column"
    with pytest.raises(AirflowFailException, match="no such column"):
        task(deferrable=True).execute({"ti": Talk()})
    assert left(world) == []


def deferred_once(**settings: Any) -> IntegrationTestTrigger:
    with pytest.raises(TaskDeferred) as deferred:
        task(deferrable=True, **settings).execute({"ti": Talk()})
    trigger = deferred.value.trigger
    assert isinstance(trigger, IntegrationTestTrigger)
    assert deferred.value.timeout is not None
    return trigger


def test_a_wait_that_is_too_long_ends_the_test(world: World) -> None:
    trigger = deferred_once(timeout=timedelta(seconds=60))
    assert 0 < trigger.timeout_s <= 60
    for job in world.cluster.jobs.all.values():
        job.state, job.status, job.held = JobState.RUNNING, "RUNNING", True
    event = fired(trigger, timeout_s=0.02)
    assert read_event(event) == Moved(ended=0, progress=trigger.progress)
    with pytest.raises(AirflowFailException, match="0 of 2 statements done after 60 s"):
        task(deferrable=True, timeout=timedelta(seconds=60)).execute_complete({"ti": Talk()}, event)
    assert left(world) == []


def test_what_the_triggerer_could_not_see_is_raised_in_the_task(world: World) -> None:
    trigger = deferred_once()
    event = Broken.of(TransientError("connection refused")).model_dump(mode="json")
    with pytest.raises(AirflowException, match="connection refused"):
        task(deferrable=True).execute_complete({"ti": Talk()}, event)
    assert left(world) == []
    assert trigger.poll_s == 2.0


def test_a_server_that_is_away_for_a_moment_is_looked_at_again(world: World) -> None:
    trigger = deferred_once()
    world.cluster.run()
    world.cluster.jobs.fail_next("job", TransientError("connection refused"), times=2)
    seen = read_event(fired(trigger))
    assert isinstance(seen, Moved)
    assert seen.ended == 2


def moved_release(world: World) -> None:
    world.cluster.repository.commit({"README.md": "anew"})
    world.cluster.repository.tag("v1.0.1")


def moved_base(world: World) -> None:
    world.cluster.repository.commit({"README.md": "anew"})
    world.cluster.repository.tag("v1.0.0")


@pytest.mark.parametrize("move", [moved_release, moved_base])
def test_a_test_of_what_has_moved_is_not_judged(world: World, move: Callable[[World], None]) -> None:
    trigger = deferred_once()
    world.cluster.run()
    event = fired(trigger)
    move(world)
    talk = Talk()
    with pytest.raises(AirflowException, match=r"has moved since bgtest_.* it starts over") as raised:
        task(deferrable=True).execute_complete({"ti": talk}, event)
    assert not isinstance(raised.value, AirflowFailException)
    assert talk.pushed == {}
    assert left(world) == []


def test_a_server_that_is_away_when_the_task_resumes_is_waited_for(world: World) -> None:
    trigger = deferred_once()
    world.cluster.run()
    event = fired(trigger)
    world.cluster.jobs.fail_next("job", TransientError("connection refused"), times=2)
    talk = Talk()
    task(deferrable=True).execute_complete({"ti": talk}, event)
    assert talk.pushed["result"]["verdict"] == "pass"
    assert left(world) == []


def test_a_task_that_is_killed_removes_its_test(world: World) -> None:
    """Airflow calls on_kill in a signal handler, in the midst of whatever the task does."""
    one, seen = task(deferrable=False), list[int]()

    def killed() -> None:
        seen.append(len(left(world)))
        one.on_kill()

    world.cluster.clock.on_sleep(killed, first=True)
    with pytest.raises(SystemExit):
        one.execute({"ti": Talk()})
    assert len(seen) == 1
    assert seen[0] > 0
    assert left(world) == []


def test_a_kill_of_a_task_that_does_nothing_is_quiet(world: World) -> None:
    """A time that is up calls it when the test is removed already."""
    one = task(deferrable=False)
    one.on_kill()
    one.execute({"ti": Talk()})
    one.on_kill()
    assert left(world) == []


def test_the_database_can_make_the_trigger_again_and_it_does_not_fire_at_once() -> None:
    waiting = IntegrationTestTrigger(
        **PLACE, release="v1", progress=to_json(Progress(began_ms=1)), timeout_s=1.0, poll_s=2.0
    )
    path, arguments = waiting.serialize()
    assert path == "airflow_bluegreen.triggers.integration.IntegrationTestTrigger"
    assert IntegrationTestTrigger(**arguments).serialize() == (path, arguments)
    assert arguments["first_look_s"] == 10.0


def test_a_dag_of_one_task() -> None:
    dag = integration_test_dag(dag_id="test", **PLACE, select=["kind:fact"])
    (one,) = dag.tasks
    assert isinstance(one, IntegrationTestOperator)
    assert one.release == "{{ params.release }}"
    assert (one.project, one.environment, one.select, one.retries) == (*PLACE.values(), ["kind:fact"], 2)


def test_errors_are_the_statements(world: World) -> None:
    trigger = deferred_once()
    for job in list(world.cluster.jobs.all.values()):
        if job.name.startswith(NAME):
            world.cluster.jobs.fail(job.job_id, "boom")
    with pytest.raises(AirflowFailException, match="failed on synthetic records: boom"):
        task(deferrable=True).execute_complete({"ti": Talk()}, fired(trigger))
    assert left(world) == []
