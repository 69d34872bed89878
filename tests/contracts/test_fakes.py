"""The fakes keep what the ports promise."""

import json
from collections.abc import Callable, Mapping

import pytest

from airflow_bluegreen.core.model import Topic
from tests.contracts.connectors import ConnectorsContract, ConnectorsWorld
from tests.contracts.flink import FlinkContract, FlinkWorld
from tests.contracts.lake import LakeContract, LakeContractWorld
from tests.contracts.releases import ReleasesContract, ReleasesWorld
from tests.contracts.remotes import RemoteContract, RemoteWorld
from tests.contracts.repositories import RepositoryContract, RepositoryWorld
from tests.contracts.schemas import SchemasContract, SchemasWorld
from tests.contracts.topics import TopicsContract, TopicsWorld
from tests.fakes.git import FakeRemote, FakeRepository
from tests.fakes.kafka import FakeTopics
from tests.fakes.lake import FakeLake
from tests.fakes.platform import FakeCluster
from tests.fakes.release_store import FakeReleases
from tests.fakes.schema_registry import FakeSchemas


def waiting(cluster: FakeCluster) -> Callable[[Callable[[], bool]], None]:
    def until(done: Callable[[], bool]) -> None:
        for _ in range(10):
            if done():
                return
            cluster.clock.sleep(1)
        pytest.fail("it never came true")

    return until


class TestFakeTopics(TopicsContract):
    @pytest.fixture
    def world(self) -> TopicsWorld:
        topics = FakeTopics()

        def produce(topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
            topics.produce(topic, key, value, partition=partition)

        def join(group: str, topic: str) -> Callable[[], None]:
            topics.members.add(group)
            return lambda: topics.members.discard(group)

        return TopicsWorld(
            topics=topics,
            name="t.orders",
            produce=produce,
            mark=topics.mark,
            commit=lambda group, topic, offset: topics.commit(group, {(topic, 0): offset}),
            join=join,
            broker_retention_ms=7 * 86_400_000,
        )


class TestFakeFlink(FlinkContract):
    @pytest.fixture
    def world(self) -> FlinkWorld:
        cluster = FakeCluster()
        cluster.topics.ensure("raw.a")
        cluster.topics.ensure("src_a")
        for number in range(5):
            cluster.topics.produce("raw.a", str(number).encode(), b"{}")

        def spoil(job_id: str) -> None:
            cluster.jobs.restart(job_id, "Corrupt JSON message")

        return FlinkWorld(
            gateway=cluster.gateway,
            jobs=cluster.jobs,
            source="raw_a",
            target="src_a",
            source_topic="raw.a",
            catalog=("CREATE TABLE raw_a (k INT) WITH ('topic' = 'raw.a')", "CREATE TABLE src_a (k INT)"),
            name="dml.src_a",
            until=waiting(cluster),
            written=lambda: len(cluster.topics.records("src_a")),
            spoil=spoil,
        )


class TestFakeConnect(ConnectorsContract):
    @pytest.fixture
    def world(self) -> ConnectorsWorld:
        cluster = FakeCluster()
        for topic in ("fact", "fact_v2"):
            cluster.topics.create_topic(Topic(name=topic, partitions=1))
            for number in range(3):
                cluster.topics.produce(topic, b"k", str(number).encode())

        def spoil(name: str) -> None:
            cluster.connectors.all[name].failure = "cannot write"

        return ConnectorsWorld(
            connectors=cluster.connectors,
            name="sink-fact",
            blue="fact",
            green="fact_v2",
            config={"connector.class": "org.example.Sink"},
            group_offsets=cluster.topics.group_offsets,
            group_members=cluster.topics.group_members,
            until=waiting(cluster),
            spoil=spoil,
        )


class TestFakeLake(LakeContract):
    @pytest.fixture
    def world(self) -> LakeContractWorld:
        lake = FakeLake()
        return LakeContractWorld(lake=lake, blue="blue", green="green", name="orders", query=lake.query)


class TestFakeSchemas(SchemasContract):
    @pytest.fixture
    def world(self) -> SchemasWorld:
        schemas = FakeSchemas()

        def register(subject: str, schema: str) -> int:
            json.loads(schema)
            return schemas.register(subject, schema).schema_id

        return SchemasWorld(schemas=schemas, subject="orders-value", register=register)


class TestFakeReleases(ReleasesContract):
    @pytest.fixture
    def world(self) -> ReleasesWorld:
        ledger: dict[str, str] = {}
        return ReleasesWorld(open_store=lambda environment: FakeReleases("retail", environment, ledger))


class TestFakeRepository(RepositoryContract):
    @pytest.fixture
    def world(self) -> RepositoryWorld:
        repository = FakeRepository()

        def commit(files: Mapping[str, str | None], branch: str, day: int) -> str:
            return repository.commit(files, branch=branch, date=f"2025-01-{day:02d}T12:00:00").sha

        def tag(name: str, ref: str) -> None:
            repository.tag(name, ref)

        return RepositoryWorld(repository=repository, commit=commit, tag=tag, check_out=repository.work_on)


class TestFakeRemote(RemoteContract):
    @pytest.fixture
    def world(self) -> RemoteWorld:
        here, there = FakeRepository({"a.sql": "old\n"}), FakeRepository({"a.sql": "old\n"})
        remote = FakeRemote(here, there)
        return RemoteWorld(
            here=here,
            there=there,
            remote=remote,
            work=lambda files: there.commit(dict(files)).sha,
            protect=remote.protected.add,
        )
