import copy
from collections.abc import Callable, Sequence

import pytest

from airflow_bluegreen.actions.drift import read_drift
from airflow_bluegreen.actions.ledger import change, current
from airflow_bluegreen.actions.repair import Repair, perform_repairs, plan_repairs
from airflow_bluegreen.core.model import ConnectorMove, JobState
from tests.actions.test_drift import (
    change_a_connector,
    delete_a_connector,
    drop_a_topic,
    fail,
    live,
    start_retired,
    stop_a_connector,
    stop_by_hand,
)
from tests.actions.world import World


def planned(world: World) -> tuple[Repair, ...]:
    return plan_repairs(world.platform, world.profile, world.story)


def repaired(world: World) -> Sequence[Repair]:
    repairs = planned(world)
    perform_repairs(world.platform, repairs, world.story)
    return repairs


@pytest.mark.parametrize(
    "happens", [stop_by_hand, fail, change_a_connector, stop_a_connector, delete_a_connector]
)
def test_what_a_machine_can_mend_is_as_meant_again(happens: Callable[[World], None]) -> None:
    world = live()
    happens(world)
    before = copy.deepcopy(world.snapshot())
    repairs = planned(world)
    assert world.snapshot() == before, "planning a repair changes nothing"
    assert len(repairs) == 1
    perform_repairs(world.platform, repairs, world.story)
    assert read_drift(world.platform, world.profile).drift == ()
    jobs = len(world.cluster.jobs.all)
    perform_repairs(world.platform, repairs, world.story)
    assert len(world.cluster.jobs.all) == jobs, "doing it again starts nothing"


def test_a_job_starts_from_the_savepoint_that_it_was_stopped_with() -> None:
    world = live()
    job = world.job("dml.int_3_v2")
    identity = job.identity
    stop_by_hand(world)
    (repair,) = repaired(world)
    assert f"from {job.savepoint}" in str(repair)
    again = world.job("dml.int_3_v2")
    assert (again.restore_path, again.identity) == (job.savepoint, identity)


def test_a_job_that_failed_starts_from_its_last_checkpoint() -> None:
    world = live()
    job = world.job("dml.fact_3_v2")
    world.cluster.jobs.fail(job.job_id, "boom")
    repaired(world)
    assert world.job("dml.fact_3_v2").restore_path == f"file:///checkpoints/{job.job_id}"


def test_a_job_without_known_state_starts_from_its_inputs_and_says_so() -> None:
    world = live()
    world.cluster.jobs.cancel(world.job("dml.int_3_v2").job_id)
    (repair,) = repaired(world)
    assert "from its inputs: no savepoint or checkpoint is known" in str(repair)
    assert world.job("dml.int_3_v2").state is JobState.RUNNING


def test_a_job_that_nobody_deployed_with_this_tool_gets_an_identity_when_it_is_started_again() -> None:
    world = live()
    world.cluster.jobs.cancel(world.blue_jobs["dml.int_1"])
    repaired(world)
    identity = world.job("dml.int_1").identity
    assert identity is not None
    assert (identity.release, identity.table) == ("v1.0.1", "int_1")


def test_jobs_start_parents_first() -> None:
    world = live()
    for name in ("dml.fact_2_v2", "dml.int_3_v2", "dml.view32"):
        world.cluster.jobs.cancel(world.job(name).job_id)
    names = [str(one).split()[1] for one in repaired(world)]
    assert names == ["dml.int_3_v2", "dml.fact_2_v2", "dml.view32"]


@pytest.mark.parametrize("happens", [drop_a_topic, start_retired])
def test_what_only_a_person_can_mend_is_told_with_its_remedy(happens: Callable[[World], None]) -> None:
    world = live()
    happens(world)
    assert planned(world) == ()
    assert "not to be mended by itself: " in world.story.text


def test_a_job_is_not_started_over_a_topic_that_is_gone() -> None:
    world = live()
    drop_a_topic(world)
    fail(world)
    assert planned(world) == ()
    assert "topic fact_1 is missing" in world.story.text


def test_nothing_to_repair() -> None:
    world = live()
    assert planned(world) == ()
    assert world.story.lines[-1] == "everything is as the ledger says"
    fresh = World()
    assert planned(fresh) == ()
    assert "nothing is live by the ledger" in fresh.story.lines[-1]


def test_a_connector_that_somebody_deleted_goes_on_where_it_had_stopped() -> None:
    world = live()
    world.cluster.run(rounds=4)
    had = dict(world.cluster.topics.groups["connect-sink-fact-2"])
    assert any(had.values())
    before = len(world.cluster.connectors.delivered("sink-fact-2"))
    del world.cluster.connectors.all["sink-fact-2"]
    (repair,) = planned(world)
    assert str(repair) == "create connector sink-fact-2 as the release says, where it had stopped"
    perform_repairs(world.platform, [repair], world.story)
    assert world.cluster.topics.groups["connect-sink-fact-2"] == had
    world.produce("b", 1, 77)
    world.cluster.run(rounds=6)
    perform_repairs(world.platform, [repair], world.story)
    world.cluster.run(rounds=2)
    fresh = world.cluster.connectors.delivered("sink-fact-2")
    assert before
    assert fresh, "what it delivers now"
    assert all(one.offset >= had.get((topic, one.partition), 0) for topic, one in fresh)
    assert len({(topic, one.partition, one.offset) for topic, one in fresh}) == len(fresh), "nothing twice"


def test_where_kafka_has_forgotten_its_offsets_the_ledger_tells_where_it_began() -> None:
    world = live()
    (moved,) = [one for one in current(world.platform, "v1.0.1").connector_moves if one.name == "sink-fact-2"]
    later = {at: offset + 1 for at, offset in (moved.offsets or {}).items()}
    moves = (ConnectorMove(name="sink-fact-2", offsets=later),)
    change(world.platform, "v1.0.1", connector_moves=moves)
    world.cluster.connectors.delete_connector("sink-fact-2")
    (repair,) = repaired(world)
    assert str(repair).endswith("where the ledger last put it")
    set_to = [
        call.arguments[1]
        for call in world.cluster.connectors.wire.calls
        if call.method == "set_offsets" and call.arguments[0] == "sink-fact-2"
    ]
    assert set_to[-1] == later


def test_a_connector_that_nobody_has_offsets_of_begins_at_the_beginning() -> None:
    world = live()
    change(world.platform, "v1.0.1", connector_moves=(), connectors_before=())
    world.cluster.connectors.delete_connector("sink-fact-2")
    (repair,) = planned(world)
    assert "from the beginning of its topics: nobody knows where it was" in str(repair)
