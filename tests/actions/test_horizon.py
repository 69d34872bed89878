from datetime import datetime, timedelta

from airflow_bluegreen.actions.horizon import horizon_in_words, rollback_horizon
from airflow_bluegreen.actions.ledger import annotate, change, current
from airflow_bluegreen.actions.retire import STOP_MARKER
from airflow_bluegreen.core.lifecycle import CLEAN_MARKER
from airflow_bluegreen.core.model import Topic
from tests.actions.releasing import bring_up, release
from tests.actions.world import World


def keep_for(world: World, topic: str, milliseconds: int) -> None:
    """The topic is one whose records stay so long, with as many partitions and records as before."""
    held = world.cluster.topics.topic(topic)
    assert held is not None
    config = {"cleanup.policy": "delete", "retention.ms": str(milliseconds)}
    world.cluster.topics._topics[topic] = Topic(name=topic, partitions=held.partitions, config=config)


def horizon(world: World) -> str:
    return str(rollback_horizon(world.platform, current(world.platform, "v1.0.1"), world.profile))


def test_while_blue_runs_there_is_no_limit() -> None:
    world = World()
    bring_up(world)
    assert horizon(world) == "a rollback is safe without a limit (blue runs)"


def test_over_compacted_inputs_it_is_the_rollback_window() -> None:
    world = World()
    release(world)
    since = datetime.fromisoformat(current(world.platform, "v1.0.1").history[-1].at)
    end = (since + timedelta(days=7)).isoformat(timespec="seconds")
    assert horizon(world) == f"a rollback is safe until {end} (then the rollback window ends)"


def test_the_input_that_drops_its_records_first_sets_it() -> None:
    world = World()
    release(world)
    keep_for(world, "src_a", 3_600_000)
    keep_for(world, "src_x", 7_200_000)
    record = current(world.platform, "v1.0.1")
    stopped = {one.subject: one.at for one in record.markers if one.act == STOP_MARKER}
    end = datetime.fromisoformat(stopped["dml.int_3"]) + timedelta(hours=1)
    assert end.isoformat(timespec="seconds") in horizon(world)
    assert "then src_a drops records that dml.int_3 has not read" in horizon(world)


def test_a_lost_savepoint_is_told() -> None:
    world = World()
    release(world)
    change(world.platform, "v1.0.1", savepoints={})
    assert "no savepoint of dml.int_3 is known, it would be rebuilt from its inputs" in horizon(world)


def test_after_the_clean_up_there_is_no_way_back() -> None:
    world = World()
    release(world)
    annotate(world.platform, "v1.0.1", CLEAN_MARKER, "int_3", detail={"kind": "table"})
    assert horizon(world).startswith("no rollback: blue was deleted at ")


def test_before_the_cut_over_it_is_told_in_advance() -> None:
    world = World()
    plan = bring_up(world)
    told = horizon_in_words(world.platform, plan, world.profile)
    assert told == "After blue is retired, a rollback is safe for 7d, the rollback window."
    keep_for(world, "src_c", 3_600_000)
    told = horizon_in_words(world.platform, plan, world.profile)
    assert "is safe for 1h only: src_c keeps its records no longer" in told
