import copy
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.actions.retire import STOP_MARKER, retire
from airflow_bluegreen.core.model import Phase, Plan
from airflow_bluegreen.exceptions import ConflictError, RefusedError, StatementError
from tests.actions.faults import Killed, Line, kill
from tests.actions.releasing import bring_up
from tests.actions.world import World


def cut() -> tuple[World, Plan]:
    world = World()
    plan = bring_up(world)
    cut_over(world.platform, plan, world.profile, world.story)
    return world, plan


def test_blue_stops_with_savepoints_and_nothing_else_does() -> None:
    world, plan = cut()
    retire(world.platform, plan, world.story)
    record = current(world.platform, "v1.0.1")
    assert set(record.savepoints) == {"dml.int_3", "dml.fact_2", "dml.fact_3"}
    assert set(record.savepoints.values()) <= set(world.cluster.jobs.savepoints)
    assert set(world.blue_jobs) - set(world.running()) == set(record.savepoints)
    assert world.cluster.jobs.wire.called("cancel") == []
    assert record.phase is Phase.RETIRING


def test_readers_stop_before_what_they_read() -> None:
    world, plan = cut()
    retire(world.platform, plan, world.story)
    stopped = [arguments[0] for arguments in world.cluster.jobs.wire.called("stop_with_savepoint")]
    assert stopped.index(world.blue_jobs["dml.fact_2"]) < stopped.index(world.blue_jobs["dml.int_3"])


def test_blue_topics_and_subjects_stay() -> None:
    world, plan = cut()
    retire(world.platform, plan, world.story)
    assert {"int_3", "fact_2", "fact_3"} <= world.cluster.topics.names()
    assert world.cluster.schemas.wire.called("delete_subject") == []


def test_a_failed_savepoint_leaves_the_job_running() -> None:
    world, plan = cut()
    world.cluster.jobs.fail_next("stop_with_savepoint", StatementError("checkpoint declined"))
    with pytest.raises(StatementError, match="checkpoint declined"):
        retire(world.platform, plan, world.story)
    assert set(world.blue_jobs) <= set(world.running())
    retire(world.platform, plan, world.story)
    assert "dml.int_3" not in world.running()


def test_the_marker_is_there_before_the_job_stops() -> None:
    world, plan = cut()
    world.cluster.jobs.fail_next("stop_with_savepoint", StatementError("no"))
    with pytest.raises(StatementError):
        retire(world.platform, plan, world.story)
    (marker,) = (one for one in current(world.platform, "v1.0.1").markers if one.act == STOP_MARKER)
    assert marker.detail["job_id"] == world.blue_jobs[marker.subject]


def test_jobs_named_by_flink_itself_are_found() -> None:
    world, plan = cut()
    job = world.job("dml.int_3")
    job.name = "insert-into_default_catalog.default_database.int_3"
    retire(world.platform, plan, world.story)
    assert job.name not in world.running()
    assert job.name in current(world.platform, "v1.0.1").savepoints


def test_not_before_the_cut_over() -> None:
    world = World()
    plan = bring_up(world)
    with pytest.raises(RefusedError, match="is compared and cannot become retiring"):
        retire(world.platform, plan, world.story)
    assert set(world.blue_jobs) <= set(world.running())


def test_a_blue_name_that_is_untouched_is_a_conflict() -> None:
    world, plan = cut()
    tables = tuple(replace(one, blue="fact_1") if one.table == "int_3" else one for one in plan.tables)
    with pytest.raises(ConflictError, match="fact_1 would be retired"):
        retire(world.platform, replace(plan, tables=tables), world.story)
    assert set(world.blue_jobs) <= set(world.running())


def test_it_does_nothing_twice() -> None:
    world, plan = cut()
    retire(world.platform, plan, world.story)
    record = current(world.platform, "v1.0.1")
    retire(world.platform, plan, world.story)
    assert current(world.platform, "v1.0.1") == record
    assert "int_3: no job runs, stopped before" in world.story.text


def test_a_kill_between_the_savepoint_and_the_ledger_loses_no_path() -> None:
    world, plan = cut()
    smooth = copy.deepcopy(world)
    retire(smooth.platform, plan, smooth.story)
    world.line = Line(at=2, fault=kill)  # the phase, the marker, and then the first job stops
    with pytest.raises(Killed):
        retire(world.platform, plan, world.story)
    assert world.line.calls[-1] == "stop_with_savepoint"
    world.line = None
    assert current(world.platform, "v1.0.1").savepoints == {}
    retire(world.platform, plan, world.story)
    assert set(current(world.platform, "v1.0.1").savepoints) == set(
        current(smooth.platform, "v1.0.1").savepoints
    )


def test_a_savepoint_that_flink_has_forgotten_is_told_as_lost() -> None:
    world, plan = cut()
    world.line = Line(at=2, fault=kill)
    with pytest.raises(Killed):
        retire(world.platform, plan, world.story)
    world.line = None
    (stopped,) = (one for one in world.cluster.jobs.all.values() if one.savepoint is not None)
    del world.cluster.jobs.all[stopped.job_id]
    retire(world.platform, plan, world.story)
    assert any("savepoint's path was lost" in line for line in world.story.lines)
