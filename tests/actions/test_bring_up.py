"""The whole green side at once ends in what table by table ends in, whatever goes wrong on the way."""

import contextlib
import copy
from collections.abc import Callable

import pytest

from airflow_bluegreen.actions.bring_up import bring_up
from airflow_bluegreen.actions.deploy import deploy, submit
from airflow_bluegreen.actions.jobs import sight
from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.core.model import JobState
from airflow_bluegreen.exceptions import BluegreenError, StatementError, TransientError
from tests.actions.faults import Fault, Killed, Line, kill, lose_answer
from tests.actions.world import GREEN, World


def up(world: World) -> None:
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    bring_up(world.platform, plan, world.profile, world.story, at_once=1)


def table_by_table(world: World) -> None:
    plan = world.plan()
    open_release(world.platform, plan, world.story)
    for planned in plan.tables:
        provision(world.platform, plan, planned.table, world.profile, world.story)
    for planned in plan.tables:
        deploy(world.platform, plan, planned.table, world.profile, world.story)


def outcome(act: Callable[[World], None]) -> object:
    world = World()
    act(world)
    return world.snapshot()


def test_it_ends_in_what_table_by_table_ends_in() -> None:
    assert outcome(up) == outcome(table_by_table)


def test_several_at_once_start_each_statement_once() -> None:
    world = World()
    plan = world.plan()
    jobs = bring_up(world.platform, plan, world.profile, world.story, at_once=4)
    assert set(jobs) == {f"dml.{green}" for green in GREEN}
    assert {job.state for job in jobs.values()} == {JobState.RUNNING}
    submitted = [name for _, _, name, *_ in world.cluster.gateway.wire.called("submit")]
    assert len(submitted) == len(GREEN)
    assert submitted.index("dml.int_3_v2") < submitted.index("dml.fact_2_v2") < submitted.index("dml.view32")


@pytest.mark.parametrize("fault", [kill, lose_answer])
def test_it_goes_on_where_it_stopped(fault: Fault) -> None:
    smooth = World()
    up(smooth)
    start, hit = World(), True
    blue = start.blue()
    at = 0
    while hit:
        world = copy.deepcopy(start)
        world.line = Line(at=at, fault=fault)
        with contextlib.suppress(Killed, BluegreenError):
            up(world)
        hit = world.line.hit
        assert world.blue() == blue, at
        world.line = None
        up(world)
        assert world.snapshot() == smooth.snapshot(), at
        assert len(world.cluster.jobs.all) == len(smooth.cluster.jobs.all), f"{at}: a second job"
        at += 1
    assert at > 8


def test_a_statement_that_is_refused_stops_what_comes_after_it() -> None:
    world = World()
    world.cluster.gateway.rejections["fact_2_v2"] = "no such column"
    with pytest.raises(StatementError, match="no such column"):
        up(world)
    assert "dml.int_3_v2" in world.running()
    assert "dml.view32" not in world.running()


def test_a_job_that_fails_is_cancelled_and_the_others_go_on() -> None:
    world = World()
    jobs = world.cluster.jobs
    world.cluster.clock.on_sleep(
        lambda: [jobs.fail(job.job_id, "disk full") for job in jobs.named("dml.fact_3_v2")] and None
    )
    with pytest.raises(StatementError, match=r"dml\.fact_3_v2\) failed: disk full"):
        up(world)
    assert {"dml.int_3_v2", "dml.fact_2_v2", "dml.view32"} <= set(world.running())


@pytest.mark.parametrize("away", ["cancel", "health"])
def test_a_failed_job_is_told_though_the_cluster_is_away_for_a_moment(away: str) -> None:
    """Away while the failed job is cancelled, or while another one is asked how it is."""
    world = World()
    jobs = world.cluster.jobs

    def fail_one() -> None:
        for job in jobs.named("dml.fact_3_v2"):
            jobs.fail(job.job_id, "disk full")
            jobs.fail_next(away, TransientError("Flink answered 503"))

    world.cluster.clock.on_sleep(fail_one)
    with pytest.raises(StatementError, match=r"dml\.fact_3_v2\) failed: disk full"):
        up(world)
    assert "dml.fact_3_v2" not in world.running()
    assert jobs.wire.called("cancel")


def test_a_job_that_ended_since_the_cluster_was_seen_is_not_adopted() -> None:
    world = World()
    up(world)
    stale = sight(world.platform)
    world.cluster.jobs.cancel(world.job("dml.int_3_v2").job_id)
    ((_, job),) = submit(world.platform, world.plan(), "int_3", world.profile, world.story, stale)
    assert world.running()["dml.int_3_v2"] == [job.job_id]
