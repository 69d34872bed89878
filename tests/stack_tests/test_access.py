"""What our user may do, on a real broker with an authorizer.

The tests tell one story and run in the order in which they stand: more is granted in each.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.actions.preflight import look_ahead
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.release_store import KafkaReleaseStore
from airflow_bluegreen.core.model import Plan, Profile, Topic
from airflow_bluegreen.exceptions import AccessError, ConfigurationError
from airflow_bluegreen.ports import Platform
from tests.actions.world import World
from tests.stack_tests.guarded_kafka import GuardedKafka, guarded_kafka

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    with guarded_kafka(tmp_path_factory.mktemp("guarded")) as running:
        yield running


@pytest.fixture(scope="module")
def topics(kafka: GuardedKafka) -> Iterator[KafkaCluster]:
    """The topics as user ``release`` sees them."""
    client = KafkaCluster(kafka.conf("release"))
    yield client
    client.close()


class Release:
    """The golden release, everything on fakes but Kafka."""

    def __init__(self, kafka: GuardedKafka, topics: KafkaCluster) -> None:
        world = World()
        self.plan: Plan = world.plan()
        self.profile: Profile = world.profile
        admin = KafkaCluster(kafka.conf("admin"))
        for name in sorted(world.cluster.topics.names()):
            admin.create_topic(Topic(name=name, partitions=2, config={"cleanup.policy": "compact"}))
        admin.close()
        ledger = KafkaReleaseStore(kafka.conf("release"), "retail", "local")
        self.platform: Platform = replace(world.platform, topics=topics, releases=ledger)

    def told(self) -> dict[str, list[str]]:
        """What is found, by table."""
        found: dict[str, list[str]] = {}
        for one in look_ahead(self.platform, self.plan, self.profile):
            assert one.look == "access", one
            found.setdefault(one.table, []).append(one.what)
        return found


@pytest.fixture(scope="module")
def release(kafka: GuardedKafka, topics: KafkaCluster) -> Release:
    return Release(kafka, topics)


def test_without_a_grant_every_topic_is_named(release: Release) -> None:
    found = release.told()
    assert set(found) == {"int_3", "fact_2", "fact_3", "view32", ""}
    hidden = "we may not DESCRIBE, DESCRIBE_CONFIGS, READ topic"
    assert {f"{hidden} int_3", f"{hidden} src_a", f"{hidden} src_b", f"{hidden} src_c"} <= {*found["int_3"]}
    assert "we may not DELETE, DESCRIBE, DESCRIBE_CONFIGS, READ topic int_3_v2" in found["int_3"]
    assert found[""] == [
        "the ledger cannot be written: we may not DESCRIBE, READ, WRITE topic bluegreen.ledger.retail"
    ]


def test_a_hidden_topic_is_an_error_of_access(topics: KafkaCluster) -> None:
    assert topics.allowed("int_1") == frozenset()
    with pytest.raises(AccessError, match="uthorization failed"):
        topics.topic("int_1")


def test_what_was_granted_is_not_told_any_more(release: Release, kafka: GuardedKafka) -> None:
    for name in ("src_", "int_", "fact_"):
        kafka.grant(name, "READ", "DESCRIBE_CONFIGS", prefix=True)
    kafka.grant("view32", "DESCRIBE")
    kafka.grant("bluegreen.ledger.retail", "READ", "CREATE")
    found = release.told()
    assert {table: len(told) for table, told in found.items()} == {
        "int_3": 1,
        "fact_2": 1,
        "fact_3": 1,
        "view32": 1,
    }
    assert all("Kafka would not create topic" in told[0] for told in found.values())
    assert all("uthorization failed" in told[0] for told in found.values())


def test_everything_granted_nothing_is_found(release: Release, kafka: GuardedKafka) -> None:
    for name in ("int_", "fact_", "view"):
        kafka.grant(name, "CREATE", prefix=True)
    assert release.told() == {}


def test_reading_needs_no_permission_on_a_group(topics: KafkaCluster, kafka: GuardedKafka) -> None:
    producer = Producer(dict(kafka.conf("admin")))
    producer.produce("src_a", key=b"k", value=b"v", partition=0)
    assert producer.flush(20) == 0
    ends = topics.end_offsets("src_a")
    assert ends == {("src_a", 0): 1, ("src_a", 1): 0}
    assert [record.value for record in topics.read("src_a", {}, ends)] == [b"v"]


def test_what_a_green_name_allows_is_told_once_it_exists(release: Release) -> None:
    with pytest.raises(ConfigurationError) as caught:
        provision(release.platform, release.plan, "view32", release.profile, print)
    assert "we may not DELETE, DESCRIBE_CONFIGS, READ topic view32" in str(caught.value)


def test_a_green_topic_that_may_be_deleted_too_is_provisioned(release: Release, kafka: GuardedKafka) -> None:
    kafka.grant("int_", "DELETE", prefix=True)
    provision(release.platform, release.plan, "int_3", release.profile, print)
    assert release.platform.topics.topic("int_3_v2") == Topic(
        name="int_3_v2", partitions=2, config={"cleanup.policy": "compact"}, replication=1
    )
