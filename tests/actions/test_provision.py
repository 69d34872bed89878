from dataclasses import replace

import pytest

from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, TransientError, UnknownTableError
from tests.actions.world import World


def provisioned(world: World, table: str = "int_3") -> None:
    provision(world.platform, world.plan(), table, world.profile, world.story)


def test_a_topic_is_created_with_blues_partitions_and_the_ddls_settings() -> None:
    world = World()
    provisioned(world)
    topic = world.cluster.topics.topic("int_3_v2")
    assert topic is not None
    assert (topic.partitions, topic.config) == (2, {"cleanup.policy": "compact"})


def test_what_was_set_on_blue_by_hand_is_taken_over_and_told() -> None:
    world = World()
    world.cluster.topics.configure("int_3", retention_ms="1000", cleanup_policy="compact,delete")
    provisioned(world)
    topic = world.cluster.topics.topic("int_3_v2")
    assert topic is not None
    assert topic.config == {"cleanup.policy": "compact,delete", "retention.ms": "1000"}
    assert topic.replication == 1
    assert "retention.ms=1000 is taken over from topic int_3: the DDL says nothing of it" in world.story.text


@pytest.mark.parametrize("operation", ["READ", "DELETE"])
def test_a_green_topic_that_we_may_not_read_or_delete_is_told_at_once(operation: str) -> None:
    world = World()
    world.cluster.topics.denied["int_3_v2"] = frozenset({operation})
    with pytest.raises(ConfigurationError, match=f"we may not {operation} topic int_3_v2"):
        provisioned(world)


def test_an_equal_topic_is_taken_as_it_is() -> None:
    world = World()
    provisioned(world)
    provisioned(world)
    assert len(world.cluster.topics.wire.called("create_topic")) == 1


@pytest.mark.parametrize(
    ("partitions", "config", "told"),
    [
        (3, {"cleanup.policy": "compact"}, "3 partitions instead of 2"),
        (2, {"cleanup.policy": "delete"}, "cleanup.policy=delete instead of compact"),
        (2, {"cleanup.policy": "compact", "retention.ms": "1"}, "retention.ms=1 instead of unset"),
    ],
)
def test_a_different_topic_is_a_conflict(partitions: int, config: dict[str, str], told: str) -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", partitions, config)
    with pytest.raises(ConflictError, match=f"topic int_3_v2 exists with {told}"):
        provisioned(world)


def test_the_quicker_of_two_creates_it() -> None:
    world = World()
    world.cluster.topics.fail_next("create_topic", ConflictError("exists"))
    with pytest.raises(ConflictError):
        provisioned(world)
    world.cluster.topics.fail_next("create_topic", TransientError("busy"))
    with pytest.raises(TransientError):
        provisioned(world)
    provisioned(world)
    assert "int_3_v2" in world.cluster.topics.names()


def test_a_live_name_is_never_touched() -> None:
    world = World()
    plan = world.plan()
    for name in ("int_3", "fact_1"):
        tables = tuple(replace(one, green=name) if one.table == "int_3" else one for one in plan.tables)
        with pytest.raises(ConflictError, match=f"{name} is the name of a table that is live"):
            provision(world.platform, replace(plan, tables=tables), "int_3", world.profile, world.story)


def test_tables_outside_the_plan() -> None:
    with pytest.raises(UnknownTableError, match=r"release v1\.0\.1 leaves table int_1 as it is"):
        provisioned(World(), "int_1")
    with pytest.raises(UnknownTableError, match="no table nowhere"):
        provisioned(World(), "nowhere")


def test_a_dialect_whose_tables_are_no_topics_of_ours() -> None:
    world = World()
    profile = replace(world.profile, dialect="confluent")
    with pytest.raises(ConfigurationError, match="dialect confluent"):
        provision(world.platform, world.plan(), "int_3", profile, world.story)
