from dataclasses import replace

import pytest

from airflow_bluegreen.actions.ledger import change, current
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import ConflictError, RefusedError, StatementError
from tests.actions.releasing import bring_up, release
from tests.actions.world import GREEN, World


def undone(world: World) -> None:
    roll_back(world.platform, "v1.0.1", world.profile, world.story)


def test_before_the_cut_over_green_goes_and_blue_never_noticed() -> None:
    world = World()
    before = world.blue()
    bring_up(world)
    for topic in GREEN:
        world.cluster.schemas.register(f"{topic}-value", '{"type": "string"}')
    undone(world)
    assert world.blue() == before
    assert world.cluster.topics.names().isdisjoint(GREEN)
    assert world.cluster.schemas.subjects() == set()
    assert set(world.running()) == set(world.blue_jobs)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK


def test_blue_comes_back_with_its_state() -> None:
    world = World()
    release(world)
    savepoints = current(world.platform, "v1.0.1").savepoints
    undone(world)
    for name in ("dml.int_3", "dml.fact_2", "dml.fact_3"):
        job = world.job(name)
        assert job.restore_path == savepoints[name]
        assert job.identity is not None
        assert (job.identity.release, job.identity.environment) == ("v1.0.0", "local")


def test_connectors_come_back_where_they_were() -> None:
    world = World()
    offsets = dict(world.cluster.topics.groups["connect-sink-fact-2"])
    release(world)
    seen = len(world.cluster.connectors.delivered("sink-fact-2"))
    world.produce("b", 1, 77)
    undone(world)
    assert world.cluster.connectors.all["sink-fact-2"].state == "RUNNING"
    world.cluster.run(rounds=4)
    fresh = world.cluster.connectors.delivered("sink-fact-2")[seen:]
    assert fresh
    assert all(record.offset >= offsets[topic, record.partition] for topic, record in fresh)


def test_blue_without_a_savepoint_is_rebuilt() -> None:
    world = World()
    release(world)
    change(world.platform, "v1.0.1", savepoints={})
    undone(world)
    assert world.job("dml.int_3").restore_path is None
    assert "dml.int_3: no savepoint is known, it is rebuilt from its inputs" in world.story.text


def test_a_blue_job_that_does_not_start_can_be_tried_again() -> None:
    world = World()
    release(world)
    world.cluster.gateway.rejections["INSERT INTO fact_2"] = "out of slots"
    with pytest.raises(StatementError, match="out of slots"):
        undone(world)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLING_BACK
    assert set(GREEN) <= world.cluster.topics.names()
    world.cluster.gateway.rejections.clear()
    undone(world)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK


def test_a_job_of_somebody_else_on_a_green_table_stops_it() -> None:
    world = World()
    bring_up(world)
    job = world.job("dml.int_3_v2")
    assert job.identity is not None
    job.identity = replace(job.identity, release="v2")
    with pytest.raises(ConflictError, match=r"fills int_3_v2, not of v1\.0\.1"):
        undone(world)
    assert "int_3_v2" in world.cluster.topics.names()


def test_a_green_name_that_is_live_elsewhere_is_never_deleted() -> None:
    world = World()
    bring_up(world)
    record = current(world.platform, "v1.0.1")
    tables = tuple(
        replace(one, green="src_a") if one.table == "view32" else one for one in record.plan.tables
    )
    change(world.platform, "v1.0.1", plan=replace(record.plan, tables=tables))
    with pytest.raises(ConflictError, match="src_a of release"):
        undone(world)
    assert {"src_a", *GREEN} <= world.cluster.topics.names()
    assert current(world.platform, "v1.0.1").phase is Phase.COMPARED


def test_jobs_of_other_environments_and_releases_stay() -> None:
    world = World()
    bring_up(world)
    job = world.job("dml.view32")
    assert job.identity is not None
    elsewhere = replace(job.identity, environment="production")
    other = world.cluster.jobs.start("dml.view32", identity=elsewhere)
    undone(world)
    assert world.running()["dml.view32"] == [other.job_id]


def test_a_submission_that_comes_to_life_late_is_cancelled_too() -> None:
    world = World()
    bring_up(world)
    job = world.job("dml.int_3_v2")
    delete = world.cluster.schemas.delete_subject

    def late(subject: str) -> None:
        delete(subject)
        if subject == "int_3_v2-value":
            world.cluster.jobs.start(job.name, identity=job.identity)

    world.cluster.schemas.delete_subject = late  # type: ignore[method-assign]
    undone(world)
    assert set(world.running()) == set(world.blue_jobs)


def test_it_does_nothing_twice() -> None:
    world = World()
    bring_up(world)
    undone(world)
    before = world.snapshot()
    undone(world)
    assert world.snapshot() == before
    assert world.story.lines[-1] == "release v1.0.1 is rolled back already"


def test_an_unknown_release() -> None:
    with pytest.raises(RefusedError, match="the ledger knows no release"):
        undone(World())
