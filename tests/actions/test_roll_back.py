from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.actions.catalog import consumer_group
from airflow_bluegreen.actions.ledger import change, current
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import ConflictError, ReadinessError, RefusedError, StatementError
from tests.actions.releasing import bring_up, release
from tests.actions.world import GREEN, World
from tests.fakes.flink_rest import FakeJob


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
    topics = [topic for topic, _ in fresh]
    assert topics == sorted(topics, reverse=True), "first green's rows, from the cut-over back on only blue's"
    blue = [(topic, record) for topic, record in fresh if topic == "fact_2"]
    assert blue
    assert all(record.offset >= offsets[topic, record.partition] for topic, record in blue)


def test_connectors_go_back_when_blue_has_caught_up() -> None:
    world = World()
    release(world)
    world.produce("b", 1, 77)
    begun = len(world.cluster.connectors.wire.calls)
    put_back = world.cluster.connectors.put_config

    def caught_up_by_then(name: str, config: Mapping[str, str], *, stopped: bool = False) -> None:
        for job in (world.job("dml.int_3"), world.job("dml.fact_2")):
            ends = {topic: world.cluster.topics.end_offsets(topic) for topic in job.inputs}
            assert job.positions == {at: end for each in ends.values() for at, end in each.items() if end}
        put_back(name, config, stopped=stopped)

    world.cluster.connectors.put_config = caught_up_by_then  # type: ignore[method-assign]
    undone(world)
    changed = [call.arguments[0] for call in world.cluster.connectors.wire.calls[begun:]]
    assert {"sink-fact-2", "sink-fact-3"} <= set(changed)


def test_while_blue_does_not_catch_up_the_connectors_stay_on_green() -> None:
    world = World()
    release(world)
    world.produce("b", 1, 77)
    submit = world.cluster.jobs.start

    def held(name: str, **settings: Any) -> FakeJob:
        job = submit(name, **settings)
        job.held = True
        return job

    world.cluster.jobs.start = held  # type: ignore[method-assign]
    with pytest.raises(ReadinessError, match="int_3 is hydrating after 30 s"):
        roll_back(world.platform, "v1.0.1", world.profile, world.story, timeout_s=30)
    assert world.connector_topics()["sink-fact-2"] == "fact_2_v2"
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLING_BACK
    assert set(GREEN) <= world.cluster.topics.names()
    world.cluster.jobs.start = submit  # type: ignore[method-assign]
    for job in world.cluster.jobs.all.values():
        job.held = False
    undone(world)
    assert world.connector_topics()["sink-fact-2"] == "fact_2"


def test_the_consumer_groups_of_green_go_too() -> None:
    world = World()
    plan = bring_up(world)
    groups = [
        consumer_group("local", statement.name, statement.fingerprint)
        for planned in plan.tables
        for statement in planned.dml
    ]
    for group in (*groups, "of-somebody-else"):
        world.cluster.topics.commit(group, {("src_a", 0): 1})
    undone(world)
    assert set(world.cluster.topics.groups) & {*groups, "of-somebody-else"} == {"of-somebody-else"}


def test_what_is_not_as_before_is_named_and_the_release_is_not_rolled_back_yet() -> None:
    world = World()
    release(world)
    world.cluster.jobs.cancel(world.blue_jobs["dml.fact_1"])
    world.cluster.topics.delete_topic("fact_3")
    with pytest.raises(RefusedError) as refused:
        undone(world)
    for said in ("dml.fact_1 runs 0 times", "topic fact_3 is missing"):
        assert said in str(refused.value)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLING_BACK
    world.cluster.jobs.start("dml.fact_1", inputs=("int_1", "int_2"), output="fact_1")
    world.cluster.topics.ensure("fact_3", 2, {"cleanup.policy": "compact"})
    undone(world)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK


def test_records_that_retention_took_from_blue_are_named() -> None:
    world = World()
    release(world)
    positions = current(world.platform, "v1.0.1").positions["dml.int_3"]
    for number in range(20):
        world.produce("a", number, number)
    world.cluster.run(rounds=2)
    at = next(one for one in positions if one[0] == "src_a")
    world.cluster.topics.truncate("src_a", positions[at] + 2)
    undone(world)
    told = f"dml.int_3: 2 records of src_a, partition {at[1]} were deleted by retention"
    assert told in world.story.text


def test_a_record_of_an_older_version_is_rolled_back_too() -> None:
    world = World()
    release(world)
    change(world.platform, "v1.0.1", before=None, history=(), positions={})
    undone(world)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK


def test_a_release_that_was_rolled_back_can_be_released_and_rolled_back_again() -> None:
    world = World()
    release(world)
    undone(world)
    first = current(world.platform, "v1.0.1")
    release(world)
    again = current(world.platform, "v1.0.1")
    assert set(again.leftovers) == set(first.savepoints.values())
    assert set(again.savepoints.values()).isdisjoint(again.leftovers)
    assert again.history[: len(first.history)] == first.history
    undone(world)
    assert set(world.running()) == set(world.blue_jobs)


def test_blue_without_a_savepoint_is_rebuilt() -> None:
    world = World()
    release(world)
    change(world.platform, "v1.0.1", savepoints={})
    undone(world)
    assert world.job("dml.int_3").restore_path is None
    assert "dml.int_3: no savepoint is known, it is rebuilt from its inputs" in world.story.text


def test_a_savepoint_whose_path_was_not_noted_is_found_with_flink() -> None:
    world = World()
    release(world)
    undone(world)
    release(world)
    savepoints = current(world.platform, "v1.0.1").savepoints
    change(world.platform, "v1.0.1", savepoints={})
    undone(world)
    assert world.job("dml.int_3").restore_path == savepoints["dml.int_3"]


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
