"""The triggers that watch green and that wait for one's turn: what the database keeps, and their events."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from airflow.triggers.base import BaseTrigger

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.filling import FillGoals, fill_goals
from airflow_bluegreen.actions.ledger import advance_to, current, open_release
from airflow_bluegreen.actions.observe import begin
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.actions.turn import withdraw
from airflow_bluegreen.core.documents import from_json, to_json
from airflow_bluegreen.core.model import KeyCounts, Phase, Plan, TableComparison, Verdict
from airflow_bluegreen.core.observation import Observed
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.operators.observe import ObserveOperator
from airflow_bluegreen.operators.planning import BuildReleasePlanOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.triggers import fill, observe, restore, turn
from airflow_bluegreen.triggers.fill import Filled, FillTrigger
from airflow_bluegreen.triggers.looking import Broken
from airflow_bluegreen.triggers.observe import ObserveTrigger, Watched
from airflow_bluegreen.triggers.restore import Restored, RestoreTrigger
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
        RestoreTrigger(**PLACE, release="v1", tables=("a",), timeout_s=1.0, poll_s=2.0),
        FillTrigger(**PLACE, release="v1", goals="{}", timeout_s=1.0, poll_s=2.0),
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


def gone_live(world: FakeCluster) -> None:
    """v1.0.1 with blue retired, so that a rollback has to bring it back."""
    plan = cut(world)
    retire(world.platform, plan, Story())


def taking_back(**settings: Any) -> RollBackOperator:
    return RollBackOperator(task_id="back", release="v1.0.1", poll_interval=0.01, **PLACE, **settings)


def handed_over(cluster: SharedCluster) -> RestoreTrigger:
    """The wait for blue as the operator hands it to the triggerer, without its first pause."""
    cluster.ask(gone_live)
    with pytest.raises(TaskDeferred) as deferred:
        taking_back(deferrable=True).execute({})
    assert deferred.value.method_name == "execute_complete"
    _, arguments = deferred.value.trigger.serialize()
    assert arguments["first_look_s"] >= 10.0
    return RestoreTrigger(**{**arguments, "first_look_s": 0.0})


def test_a_rollback_hands_the_wait_for_blue_to_the_triggerer_and_goes_on_from_there(
    shared_cluster: SharedCluster,
) -> None:
    waiting = handed_over(shared_cluster)
    assert set(waiting.tables) == {"int_3", "fact_2", "fact_3"}
    with shared_cluster.use() as world:
        config = world.connectors.all["sink-fact-2"].config
        assert config["topics"] == "fact_2_v2", "the connectors wait for blue"
        assert current(world.platform, "v1.0.1").phase is Phase.ROLLING_BACK
    event = first(waiting)
    assert restore.read_event(event) == Restored(ready=True)
    taking_back().execute_complete({}, event)  # type: ignore[arg-type]
    with shared_cluster.use() as world:
        assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK
        assert world.connectors.all["sink-fact-2"].config["topics"] == "fact_2"


def test_a_rollback_that_is_tried_again_while_blue_catches_up_starts_no_second_job(
    shared_cluster: SharedCluster,
) -> None:
    handed_over(shared_cluster)
    jobs = shared_cluster.ask(lambda world: {job.job_id for job in world.jobs.jobs()})
    with pytest.raises(TaskDeferred):
        taking_back(deferrable=True).execute({})
    assert shared_cluster.ask(lambda world: {job.job_id for job in world.jobs.jobs()}) == jobs


def test_blue_that_fails_while_it_catches_up_ends_the_wait_with_the_cause(
    shared_cluster: SharedCluster,
) -> None:
    waiting = handed_over(shared_cluster)
    with shared_cluster.use() as world:
        world.jobs.fail(world.jobs.named("dml.int_3")[0].job_id, "boom")
    event = first(waiting)
    assert isinstance(restore.read_event(event), Broken)
    with pytest.raises(AirflowFailException, match="int_3 is ended"):
        taking_back().execute_complete({}, event)  # type: ignore[arg-type]
    assert shared_cluster.ask(lambda world: current(world.platform, "v1.0.1").phase) is Phase.ROLLING_BACK


def test_blue_that_takes_too_long_leaves_the_connectors_on_green(shared_cluster: SharedCluster) -> None:
    shared_cluster.ask(gone_live)
    event = Restored(ready=False).model_dump(mode="json")
    with pytest.raises(AirflowException, match="blue has not caught up after 6:00:00"):
        taking_back().execute_complete({}, event)


def test_a_rollback_with_nothing_to_wait_for_does_not_defer(shared_cluster: SharedCluster) -> None:
    shared_cluster.ask(cut)
    taking_back(deferrable=True).execute({})
    assert shared_cluster.ask(lambda world: current(world.platform, "v1.0.1").phase) is Phase.ROLLED_BACK


def filling(cluster: SharedCluster, more: int = 0) -> FillTrigger:
    """The wait for a lake whose connectors have to write ``more`` records than there are."""
    with cluster.use() as world:
        goals = fill_goals(world.topics, cut(world))
        world.run(4)
    offsets = {name: {at: end + more for at, end in ends.items()} for name, ends in goals.offsets.items()}
    return FillTrigger(
        **PLACE,
        release="v1.0.1",
        goals=to_json(FillGoals(offsets=offsets)),
        timeout_s=0.2,
        poll_s=0.01,
        first_look_s=0.0,
    )


def test_goals_survive_the_database(shared_cluster: SharedCluster) -> None:
    goals = FillGoals(offsets={"sink": {("a,b", 0): 7}})
    assert from_json(FillGoals, to_json(goals)) == goals


def test_a_lake_that_is_filled_ends_the_wait(shared_cluster: SharedCluster) -> None:
    assert fill.read_event(first(filling(shared_cluster))) == Filled(missing={})


def test_a_lake_that_is_not_filled_in_time_leaves_the_names_with_blue(shared_cluster: SharedCluster) -> None:
    event = first(filling(shared_cluster, more=1))
    seen = fill.read_event(event)
    assert isinstance(seen, Filled)
    assert "sink-fact-2" in seen.missing
    with pytest.raises(AirflowException, match=r"tables are not filled: .*sink-fact-2"):
        task("{}").execute_filled({}, event, [])  # type: ignore[arg-type]


def test_the_report_tells_how_long_no_sink_ran_when_the_triggerer_watched(
    shared_cluster: SharedCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path))
    plan = to_json(shared_cluster.ask(cut))
    event = Watched(observed=Observed(settled=True)).model_dump(mode="json")
    context: Any = {"ti": ComparedRun()}
    task(plan, observation="10m").execute_complete(context, event)
    (report,) = tmp_path.rglob("*.html")
    assert "sink-fact-2 was without a running sink for" in report.read_text()


class ComparedRun:
    """A running task whose run has compared every table."""

    dag_id, run_id, map_index = "release", "run", -1

    def xcom_pull(self, *, task_ids: str, key: str = "") -> str:
        table = task_ids.split(".")[1]
        found = TableComparison(
            table=table,
            blue=table,
            green=f"{table}_v2",
            verdict=Verdict.PASS,
            keys=KeyCounts(),
            checks=(),
        )
        return to_json(found)
