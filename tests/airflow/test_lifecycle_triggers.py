"""The triggers that watch green and that wait for one's turn: what the database keeps, and their events."""

import asyncio
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from airflow.triggers.base import BaseTrigger

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.observe import begin
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.actions.turn import withdraw
from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.model import Phase, Plan
from airflow_bluegreen.core.observation import Observed
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.operators.observe import ObserveOperator
from airflow_bluegreen.operators.planning import BuildReleasePlanOperator
from airflow_bluegreen.triggers import observe, turn
from airflow_bluegreen.triggers.catch_up import Broken
from airflow_bluegreen.triggers.observe import ObserveTrigger, Watched
from airflow_bluegreen.triggers.turn import Ahead, TurnTrigger
from tests.airflow.golden_world import PROFILE
from tests.airflow.shared_cluster import BUSY, SharedCluster
from tests.fakes.platform import FakeCluster, Story

PLACE: Any = {"project": "/srv/retail", "environment": "local"}


def first(waiting: BaseTrigger) -> object:
    async def get() -> Any:
        return await anext(waiting.run())

    return asyncio.run(get()).payload


def cut(world: FakeCluster) -> Plan:
    """v1.0.1 up to the cut-over."""
    platform, say = world.platform, Story()
    plan = plan_release(platform, environment="local", release="v1.0.1")
    open_release(platform, plan, say)
    rewrite(platform, plan, say)
    for planned in plan.tables:
        provision(platform, plan, planned.table, PROFILE, say)
        deploy(platform, plan, planned.table, PROFILE, say)
    world.run(6)
    advance_to(platform, "v1.0.1", Phase.COMPARED)
    cut_over(platform, plan, PROFILE, say)
    return plan


def watching(cluster: SharedCluster, **changes: Any) -> ObserveTrigger:
    with cluster.use() as world:
        plan = cut(world)
        baseline = begin(world.platform, plan, window_s=4)
    arguments: dict[str, Any] = {
        **PLACE,
        "plan": to_json(plan),
        "baseline": to_json(baseline),
        "timeout_s": 300.0,
        "poll_s": 0.01,
        "first_look_s": 0.0,
    }
    return ObserveTrigger(**(arguments | changes))


@pytest.mark.parametrize(
    "waiting",
    [
        ObserveTrigger(**PLACE, plan="{}", baseline="{}", timeout_s=1.0, poll_s=2.0),
        TurnTrigger(**PLACE, release="v1", timeout_s=1.0, poll_s=2.0),
    ],
)
def test_the_database_can_make_it_again_and_it_does_not_fire_at_once(waiting: Any) -> None:
    path, arguments = waiting.serialize()
    assert path.startswith(f"{type(waiting).__module__}.")
    assert type(waiting)(**arguments).serialize() == (path, arguments)
    assert arguments["first_look_s"] == 10.0


def test_green_that_is_well_for_the_whole_window(shared_cluster: SharedCluster) -> None:
    event = observe.read_event(first(watching(shared_cluster)))
    assert isinstance(event, Watched)
    assert event.observed.settled


def test_green_that_fails(shared_cluster: SharedCluster) -> None:
    waiting = watching(shared_cluster)
    with shared_cluster.use() as world:
        world.jobs.fail(world.jobs.named("dml.int_3_v2")[0].job_id, "boom")
    event = observe.read_event(first(waiting))
    assert isinstance(event, Watched)
    assert event.observed.failures == ("dml.int_3_v2 is ended: boom",)


def test_a_server_that_is_away_for_a_moment_is_looked_at_again(shared_cluster: SharedCluster) -> None:
    waiting = watching(shared_cluster)
    with shared_cluster.use() as world:
        world.jobs.fail_next("jobs", TransientError("connection refused"), times=2)
    assert isinstance(observe.read_event(first(waiting)), Watched)


def test_a_server_that_stays_away_is_named(shared_cluster: SharedCluster) -> None:
    waiting = watching(shared_cluster, timeout_s=0.05)
    with shared_cluster.use() as world:
        world.jobs.fail_next("jobs", TransientError("connection refused"), times=10_000)
    event = observe.read_event(first(waiting))
    assert isinstance(event, Broken)
    assert "connection refused" in str(event.as_error())


def task(plan: str, **settings: Any) -> ObserveOperator:
    return ObserveOperator(task_id="observe", plan=plan, **PLACE, **settings)


def test_the_operator_hands_a_long_observation_to_the_triggerer(shared_cluster: SharedCluster) -> None:
    plan = to_json(shared_cluster.ask(cut))
    with pytest.raises(TaskDeferred) as deferred:
        task(plan, observation="10m", deferrable=True).execute({})
    assert isinstance(deferred.value.trigger, ObserveTrigger)
    assert deferred.value.trigger.timeout_s == 900.0
    assert deferred.value.timeout is not None
    assert deferred.value.timeout.total_seconds() > 900


def test_an_observation_that_is_no_duration_is_refused(shared_cluster: SharedCluster) -> None:
    plan = to_json(shared_cluster.ask(cut))
    with pytest.raises(AirflowFailException, match="observation: 'long' is no duration"):
        task(plan, observation="long").execute({})


def test_green_that_failed_in_the_triggerer_fails_the_task_with_the_way_back(
    shared_cluster: SharedCluster,
) -> None:
    plan = to_json(shared_cluster.ask(cut))
    event = Watched(observed=Observed(failures=("dml.int_3_v2 is ended",))).model_dump(mode="json")
    with pytest.raises(AirflowFailException, match=r"dml.int_3_v2 is ended.*roll the release back"):
        task(plan).execute_complete({}, event)


def test_an_observation_that_broke_off_is_not_taken_for_a_good_one(shared_cluster: SharedCluster) -> None:
    plan = to_json(shared_cluster.ask(cut))
    event = Watched(observed=Observed()).model_dump(mode="json")
    with pytest.raises(AirflowFailException, match="it was not watched to the end"):
        task(plan).execute_complete({}, event)


def planning(**settings: Any) -> BuildReleasePlanOperator:
    return BuildReleasePlanOperator(task_id="plan", release="v1.0.2", drawn={}, **PLACE, **settings)


def busy(world: FakeCluster) -> None:
    world.repository.tag("v1.0.2")
    open_release(world.platform, plan_release(world.platform, environment="local", release="v1.0.1"), Story())


def test_where_the_environment_says_so_a_release_waits_for_its_turn(
    shared_cluster: SharedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUSY, "wait")
    shared_cluster.ask(busy)
    with pytest.raises(TaskDeferred) as deferred:
        planning(deferrable=True).execute({})
    assert isinstance(deferred.value.trigger, TurnTrigger)
    assert deferred.value.method_name == "execute_in_turn"


def test_the_wait_ends_with_the_release_ahead(shared_cluster: SharedCluster) -> None:
    shared_cluster.ask(busy)
    waiting = TurnTrigger(**PLACE, release="v1.0.2", timeout_s=0.05, poll_s=0.01, first_look_s=0.0)
    event = turn.read_event(first(waiting))
    assert event == Ahead(release="v1.0.1")
    with pytest.raises(AirflowFailException, match=r"release v1\.0\.1 is still in progress after 12:00:00"):
        planning().execute_in_turn({}, event.model_dump())
    with shared_cluster.use() as world:
        withdraw(world.platform, "v1.0.1", Story())
    assert turn.read_event(first(waiting)) == Ahead(release=None)
