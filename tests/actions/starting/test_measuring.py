import pytest

from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.starting import Starts, measure
from airflow_bluegreen.core.model import ReleaseCost
from airflow_bluegreen.core.starting.telling import cost_warnings
from airflow_bluegreen.exceptions import TransientError
from tests.actions.world import GREEN, PLANNED, World


def cost_of(world: World) -> ReleaseCost:
    platform, plan = world.platform, world.plan()
    starts = Starts(platform=platform, plan=plan, profile=world.profile)
    return measure(starts, load_project(platform.repository, "v1.0.1"))


def test_records_state_and_slots_of_every_green_table() -> None:
    world = World()
    topics = world.cluster.topics
    world.job("dml.int_3").capacity = 6.0
    cost = cost_of(world)
    assert [one.table for one in cost.tables] == list(PLANNED)
    int_3, fact_2 = cost.tables[0], cost.tables[1]
    assert int_3.records == sum(len(topics.records(name)) for name in ("src_a", "src_b", "src_c"))
    assert fact_2.records == sum(len(topics.records(name)) for name in ("int_2", "int_3")), "as blue holds it"
    assert int_3.state_bytes == world.job("dml.int_3").state_bytes
    assert (int_3.slots, int_3.seconds) == (1, (int_3.records or 0) / 6)
    view32 = cost.tables[3]
    assert (view32.state_bytes, view32.slots, view32.seconds) == (None, 1, None)
    assert (cost.kept, cost.statements) == (len(world.base.tables) - 3, len(world.base.tables))


def test_the_share_is_that_of_everything_that_would_be_rebuilt() -> None:
    world = World()
    cost = cost_of(world)
    state = sum(job.state_bytes or 0 for job in world.cluster.jobs.all.values())
    assert cost.all_state_bytes == state
    renewed = sum(world.job(f"dml.{name}").state_bytes or 0 for name in ("int_3", "fact_2", "fact_3"))
    assert cost.state_bytes == renewed
    assert cost.state_spared == pytest.approx(1 - renewed / state)
    assert cost.all_records > cost.records > 0


def test_measuring_writes_nothing() -> None:
    world = World()
    before = world.snapshot()
    cost_of(world)
    assert world.snapshot() == before
    assert world.cluster.gateway.wire.calls == [], "Flink is not asked for plans that nobody needs"


def test_retention_that_cut_an_input_of_a_stateful_table_is_warned_of() -> None:
    world = World()
    topics = world.cluster.topics
    topics.ensure("src_a")
    topics.recreate("src_a", {"cleanup.policy": "delete"})
    for number in range(3):
        topics.produce("src_a", str(number).encode(), b"{}")
    topics.truncate("src_a", 1)
    assert cost_warnings(cost_of(world)) == ()
    world.cluster.gateway.operators["int_3_v2"] = ("Join",)
    (warning,) = cost_warnings(cost_of(world))
    assert warning.startswith("int_3: retention has cut src_a, it begins at 2023-11-14 ")
    topics.recreate("src_a", {"cleanup.policy": "compact"})
    assert cost_warnings(cost_of(world)) == ()


def test_topics_that_do_not_exist_and_jobs_that_vanish_are_left_out() -> None:
    world = World()
    world.cluster.topics.delete_topic("src_c")
    world.cluster.jobs.cancel(world.job("dml.int_3").job_id)
    int_3 = cost_of(world).tables[0]
    assert (int_3.state_bytes, int_3.slots) == (None, 1)
    assert int_3.records == sum(len(world.cluster.topics.records(name)) for name in ("src_a", "src_b"))
    assert not set(GREEN) & world.cluster.topics.names()


def test_a_server_that_is_away_is_told() -> None:
    world = World()
    world.cluster.jobs.fail_next("jobs", TransientError("Flink does not answer"))
    with pytest.raises(TransientError):
        cost_of(world)
