import pytest

from airflow_bluegreen.core.green_topic import GreenTopic, differences, green_topic
from airflow_bluegreen.core.model import Topic
from airflow_bluegreen.core.sql import parse

KEYED = "CREATE TABLE t (k STRING PRIMARY KEY NOT ENFORCED)"


def wanted(ddl: str, blue: Topic | None) -> GreenTopic:
    definition = parse(ddl)[0].definition
    assert definition is not None
    return green_topic("t_v2", definition, blue)


def blue(**config: str) -> Topic:
    named = {key.replace("_", "."): value for key, value in config.items()}
    return Topic(name="t", partitions=4, config=named, replication=3)


def test_a_new_table_has_what_its_ddl_says() -> None:
    topic = Topic(name="t_v2", partitions=1, config={"cleanup.policy": "compact"})
    assert wanted(KEYED, None) == GreenTopic(topic=topic)


def test_where_the_ddl_says_nothing_blue_counts() -> None:
    found = wanted(KEYED, blue(cleanup_policy="compact", segment_ms="60000"))
    assert found.topic == Topic(
        name="t_v2",
        partitions=4,
        config={"cleanup.policy": "compact", "segment.ms": "60000"},
        replication=3,
    )
    assert found.carried == {"segment.ms": "60000"}


def test_where_the_ddl_says_something_it_counts() -> None:
    ddl = KEYED + " DISTRIBUTED INTO 6 BUCKETS WITH ('kafka.retention.time' = '1 d')"
    found = wanted(ddl, blue(retention_ms="1000"))
    assert (found.topic.partitions, found.topic.config["retention.ms"]) == (6, "86400000")
    assert found.carried == {}


@pytest.mark.parametrize(
    ("ddl", "policy", "expected"),
    [
        (KEYED, "compact,delete", "compact,delete"),
        (KEYED, "delete", "compact"),
        (KEYED + " WITH ('kafka.cleanup-policy' = 'compact')", "compact,delete", "compact"),
        ("CREATE TABLE t (k STRING)", "compact", "delete"),
        ("CREATE TABLE t (k STRING)", "delete", "delete"),
    ],
)
def test_blues_policy_counts_where_it_compacts_as_the_table_needs(
    ddl: str, policy: str, expected: str
) -> None:
    assert wanted(ddl, blue(cleanup_policy=policy)).topic.config["cleanup.policy"] == expected


def test_what_is_set_while_partitions_move_stays_with_blue() -> None:
    assert wanted(KEYED, blue(leader_replication_throttled_replicas="0:1")).carried == {}


def test_what_an_existing_topic_has_otherwise() -> None:
    asked = Topic(name="t_v2", partitions=4, config={"cleanup.policy": "compact,delete"}, replication=3)
    same = Topic(
        name="t_v2",
        partitions=4,
        config={"cleanup.policy": "delete, compact", "segment.ms": "1"},
        replication=3,
    )
    assert differences(same, asked) == ()
    other = Topic(name="t_v2", partitions=1, config={"retention.ms": "1000"}, replication=1)
    assert differences(other, asked) == (
        "1 partitions instead of 4",
        "replication 1 instead of 3",
        "cleanup.policy=unset instead of compact,delete",
        "retention.ms=1000 instead of unset",
    )
