"""The trigger: what the database keeps of it, its events, and one wait to the end."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from airflow_bluegreen.actions.catch_up import capture_targets
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.readiness import Readiness, ReadinessState, Targets
from airflow_bluegreen.core.trouble import Patience, Trouble
from airflow_bluegreen.exceptions import SqlSyntaxError, TransientError, Where
from airflow_bluegreen.triggers.catch_up import CatchUpTrigger, Observed, read_event
from airflow_bluegreen.triggers.looking import Broken
from tests.airflow.golden_world import PROFILE
from tests.airflow.shared_cluster import SharedCluster
from tests.fakes.platform import FakeCluster, Story

READY = Readiness(state=ReadinessState.READY, remaining=0, reason="caught up")


def trigger(cluster: SharedCluster, **changes: Any) -> CatchUpTrigger:
    """A wait for int_3, whose green job was just started."""

    def begin(world: FakeCluster) -> dict[str, Any]:
        platform, say = world.platform, Story()
        plan = plan_release(platform, environment="local", release="v1.0.1")
        open_release(platform, plan, say)
        rewrite(platform, plan, say)
        provision(platform, plan, "int_3", PROFILE, say)
        deploy(platform, plan, "int_3", PROFILE, say)
        targets = capture_targets(platform, plan, "int_3")
        part = replace(plan, tables=tuple(one for one in plan.tables if one.table == "int_3"))
        return {"plan": to_json(part), "targets": to_json(targets)}

    arguments: dict[str, Any] = {
        "project": "/srv/retail",
        "environment": "local",
        "table": "int_3",
        "timeout_s": 30.0,
        "poll_s": 0.01,
        "first_look_s": 0.0,
        **cluster.ask(begin),
    }
    return CatchUpTrigger(**(arguments | changes))


def first_event(waiting: CatchUpTrigger) -> Observed | Broken:
    async def get() -> Any:
        return await anext(waiting.run())

    return read_event(asyncio.run(get()).payload)


def test_the_database_can_make_it_again() -> None:
    waiting = CatchUpTrigger(
        project="p", environment="e", plan="{}", table="t", targets="{}", timeout_s=1.0, poll_s=2.0
    )
    path, arguments = waiting.serialize()
    assert path == "airflow_bluegreen.triggers.catch_up.CatchUpTrigger"
    assert CatchUpTrigger(**arguments).serialize() == (path, arguments)


def test_it_does_not_fire_while_the_worker_may_still_wind_up() -> None:
    waiting = CatchUpTrigger(
        project="p", environment="e", plan="{}", table="t", targets="{}", timeout_s=1.0, poll_s=2.0
    )
    assert waiting.first_look_s >= 10.0


def test_green_that_catches_up(shared_cluster: SharedCluster) -> None:
    event = first_event(trigger(shared_cluster))
    assert isinstance(event, Observed)
    assert (event.readiness.state, event.timed_out) == (ReadinessState.READY, False)
    assert event.readiness.samples == (), "the database keeps no more than it must"


def test_green_that_ends(shared_cluster: SharedCluster) -> None:
    waiting = trigger(shared_cluster)
    with shared_cluster.use() as world:
        (job,) = world.jobs.named("dml.int_3_v2")
        world.jobs.fail(job.job_id, "out of memory")
    event = first_event(waiting)
    assert isinstance(event, Observed)
    assert event.readiness.state is ReadinessState.FAILING


def test_green_that_completes_no_checkpoint(shared_cluster: SharedCluster) -> None:
    waiting = trigger(shared_cluster, timeout_s=0.3)
    with shared_cluster.use() as world:
        (job,) = world.jobs.named("dml.int_3_v2")
        job.checkpoints_held = True
    event = first_event(waiting)
    assert isinstance(event, Observed)
    assert event.timed_out
    assert event.readiness.state is ReadinessState.HYDRATING


def test_green_that_is_stuck_is_given_up_before_the_time_is_over(shared_cluster: SharedCluster) -> None:
    waiting = trigger(shared_cluster, timeout_s=600.0, patience=to_json(Patience(stuck_ms=0)))
    with shared_cluster.use() as world:
        (job,) = world.jobs.named("dml.int_3_v2")
        job.checkpoints_held = True
    event = first_event(waiting)
    assert isinstance(event, Observed)
    assert event.readiness.trouble is Trouble.CHECKPOINTS_FAIL


def test_a_server_that_is_away_for_a_moment_is_asked_again(shared_cluster: SharedCluster) -> None:
    waiting = trigger(shared_cluster)
    with shared_cluster.use() as world:
        world.jobs.fail_next("jobs", TransientError("no answer"), times=2)
    event = first_event(waiting)
    assert isinstance(event, Observed)
    assert event.readiness.state is ReadinessState.READY


def test_a_refusal_comes_back_whole(shared_cluster: SharedCluster) -> None:
    waiting = trigger(shared_cluster)
    refusal = SqlSyntaxError("no FROM", where=Where(path="dml.sql", line=3), remedy="Mend it")
    with shared_cluster.use() as world:
        world.jobs.fail_next("jobs", refusal)
    event = first_event(waiting)
    assert isinstance(event, Broken)
    again = event.as_error()
    assert type(again) is SqlSyntaxError
    assert str(again) == str(refusal)
    assert "actions/catch_up.py" in event.stack


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"kind": "done"},
        {"kind": "observed"},
        {"kind": "broken", "error": "SqlSyntaxError", "what": "x", "and": "more"},
    ],
)
def test_events_are_closed_records(event: object) -> None:
    with pytest.raises(ValidationError):
        read_event(event)


def test_targets_and_events_survive_json() -> None:
    event = Observed(readiness=READY)
    assert read_event(event.model_dump(mode="json")) == event
    targets = Targets(at_ms=5, offsets={("a,b", 0): 7})
    assert to_json(targets).count("7") == 1
