"""The ledger and git against what runs."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.adopt import adopt
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.drift import read_drift
from airflow_bluegreen.actions.ledger import advance_to
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.core.drift import DriftKind
from airflow_bluegreen.core.model import Phase
from tests.actions.adopted import adopted_and_released
from tests.actions.faults import Line, kill
from tests.actions.releasing import bring_up, finish, release
from tests.actions.test_pinned import pinning_world
from tests.actions.world import World


def drift(world: World) -> list[tuple[DriftKind, str]]:
    return [(one.kind, one.subject) for one in read_drift(world.platform, world.profile).drift]


def live() -> World:
    return adopted_and_released(World())


def test_before_the_first_release_nothing_is_meant() -> None:
    reality = read_drift(World().platform, World().profile)
    assert (reality.live, reality.drift) == (None, ())


def test_after_a_release_all_is_as_meant_and_looking_writes_nothing() -> None:
    world = live()
    world.line = Line(at=10**6, fault=kill)
    assert drift(world) == []
    assert world.line.calls == []


def test_a_release_that_pins_tables_is_as_meant_too() -> None:
    world = pinning_world()
    release(world)
    assert drift(world) == []
    world.cluster.jobs.cancel(world.blue_jobs["dml.int_3"])
    assert drift(world) == [(DriftKind.JOB_MISSING, "int_3")]


def stop_by_hand(world: World) -> None:
    world.cluster.jobs.stop_with_savepoint(world.job("dml.int_3_v2").job_id)


def fail(world: World) -> None:
    world.cluster.jobs.fail(world.job("dml.fact_1").job_id, "boom")


def crash(world: World) -> None:
    world.cluster.jobs.restart(world.job("dml.fact_1").job_id, "boom")


def start_retired(world: World) -> None:
    world.cluster.jobs.start("dml.int_3", inputs=("src_a",), output="int_3")


def start_twice(world: World) -> None:
    job = world.job("dml.int_3_v2")
    world.cluster.jobs.start(job.name, inputs=job.inputs, output=job.output, identity=job.identity)


def run_other_sql(world: World) -> None:
    job = world.job("dml.int_3_v2")
    assert job.identity is not None
    job.identity = replace(job.identity, fingerprint="other")


def drop_a_topic(world: World) -> None:
    world.cluster.topics.delete_topic("fact_1")


def drop_a_raw_topic(world: World) -> None:
    world.cluster.topics.delete_topic("raw_x")


def change_a_connector(world: World) -> None:
    world.cluster.connectors.all["sink-fact-2"].config["tasks.max"] = "7"


def stop_a_connector(world: World) -> None:
    world.cluster.connectors.stop_connector("sink-fact-1")


def delete_a_connector(world: World) -> None:
    world.cluster.connectors.delete_connector("sink-view32")


CASES: list[tuple[Callable[[World], None], list[tuple[DriftKind, str]]]] = [
    (stop_by_hand, [(DriftKind.JOB_MISSING, "dml.int_3_v2")]),
    (fail, [(DriftKind.JOB_MISSING, "dml.fact_1")]),
    (crash, [(DriftKind.JOB_TROUBLED, "dml.fact_1")]),
    (start_retired, [(DriftKind.JOB_UNKNOWN, "dml.int_3")]),
    (start_twice, [(DriftKind.JOB_TWICE, "dml.int_3_v2")]),
    (run_other_sql, [(DriftKind.JOB_DIFFERS, "dml.int_3_v2")]),
    (drop_a_topic, [(DriftKind.TOPIC_MISSING, "fact_1")]),
    (drop_a_raw_topic, [(DriftKind.TOPIC_MISSING, "raw_x")]),
    (change_a_connector, [(DriftKind.CONNECTOR_DIFFERS, "sink-fact-2")]),
    (stop_a_connector, [(DriftKind.CONNECTOR_TROUBLED, "sink-fact-1")]),
    (delete_a_connector, [(DriftKind.CONNECTOR_MISSING, "sink-view32")]),
]


@pytest.mark.parametrize(("happens", "found"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_what_changed_behind_our_back(
    happens: Callable[[World], None], found: list[tuple[DriftKind, str]]
) -> None:
    world = live()
    happens(world)
    assert drift(world) == found


def test_a_changed_setting_of_a_topic() -> None:
    world = live()
    topic = world.cluster.topics.topic("int_3_v2")
    assert topic is not None
    world.cluster.topics.delete_topic("int_3_v2")
    world.cluster.topics.create_topic(replace(topic, config={**topic.config, "cleanup.policy": "delete"}))
    (one,) = read_drift(world.platform, world.profile).drift
    assert "cleanup.policy is delete" in one.what


def test_a_subject_that_was_there_when_the_release_went_live() -> None:
    world = World()
    plan = bring_up(world)
    world.cluster.schemas.register("int_3_v2-value", '{"type": "string"}')
    finish(world, plan)
    assert drift(world) == []
    world.cluster.schemas.delete_subject("int_3_v2-value")
    assert drift(world) == [(DriftKind.SUBJECT_MISSING, "int_3_v2-value")]


def test_a_release_in_progress_is_no_drift_in_any_phase() -> None:
    world = World()
    adopt(world.platform, "v1.0.0", world.profile, world.story)
    plan = bring_up(world)
    assert drift(world) == []
    cut_over(world.platform, plan, world.profile, world.story)
    assert drift(world) == []
    retire(world.platform, plan, world.story)
    assert drift(world) == []
    advance_to(world.platform, "v1.0.1", Phase.ROLLING_BACK)
    assert drift(world) == []


def test_before_the_cut_over_blue_is_still_meant_to_run() -> None:
    world = World()
    adopt(world.platform, "v1.0.0", world.profile, world.story)
    bring_up(world)
    world.cluster.jobs.cancel(world.blue_jobs["dml.int_3"])
    assert drift(world) == [(DriftKind.JOB_MISSING, "dml.int_3")]
