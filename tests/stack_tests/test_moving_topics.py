"""Planted differences on a real Kafka and registry, found while records keep coming on both sides."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from confluent_kafka import Producer

from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import Endpoints, RegisteredSchema, Topic
from airflow_bluegreen.ports import Platform
from tests.actions.inspecting.planting import TOPICS, Field, failed
from tests.actions.inspecting.test_corpus import PLANTS, counts, differing
from tests.stack_tests.mini import platform_of

pytestmark = pytest.mark.stack

EVERY_S = 0.5


class RealCluster:
    """As much of :class:`~tests.fakes.platform.FakeCluster` as a field of records needs, on real servers.

    Topics and subjects have names of their own behind the field's ``t`` and ``t_v2``.
    """

    def __init__(self, stack: Endpoints) -> None:
        self.u = uuid.uuid4().hex[:8]
        self.stack = stack
        self.platform: Platform = replace(
            platform_of(stack, {"bluegreen.yaml": "project: moving\n"}),
            schemas=SchemaRegistry(stack.registry_url, stack.registry_auth),
        )
        self._producer = Producer(dict(stack.kafka))

    @property
    def topics(self) -> "RealCluster":
        return self

    @property
    def schemas(self) -> "RealCluster":
        return self

    @property
    def clock(self) -> "RealCluster":
        return self

    def now_ms(self) -> int:
        return int(self.platform.clock.now() * 1000)

    def name(self, topic: str) -> str:
        return f"moving_{self.u}_{topic}"

    def ensure(self, topic: str, partitions: int) -> None:
        self.platform.topics.create_topic(Topic(name=self.name(topic), partitions=partitions))

    def produce(
        self, topic: str, key: bytes | None, value: bytes | None, *, partition: int, timestamp: int
    ) -> None:
        self._producer.produce(
            self.name(topic), key=key, value=value, partition=partition, timestamp=timestamp
        )

    def flush(self) -> None:
        assert self._producer.flush(30) == 0

    def register(self, subject: str, schema: str, kind: str) -> RegisteredSchema:
        answer = httpx.post(
            f"{self.stack.registry_url}/subjects/{self.name(subject)}/versions",
            json={"schema": schema, "schemaType": kind},
        ).raise_for_status()
        found = int(answer.json()["id"])
        return RegisteredSchema(subject=subject, version=1, schema_id=found, type=kind, schema=schema)

    def clear(self) -> None:
        for topic in TOPICS:
            self.platform.topics.delete_topic(self.name(topic))
            for part in ("key", "value"):
                self.platform.schemas.delete_subject(f"{self.name(topic)}-{part}")


@pytest.fixture
def cluster(stack: Endpoints) -> Iterator[RealCluster]:
    real = RealCluster(stack)
    yield real
    real.clear()


@contextmanager
def moving(pair: Field, cluster: RealCluster) -> Iterator[dict[str, Any]]:
    """Twice a second blue gets rows, and green those of the time before; tells how many there were."""
    told, over = {"rows": 0}, threading.Event()

    def go_on() -> None:
        waiting: list[dict[str, Any]] = []
        while not over.wait(EVERY_S):
            now = cluster.now_ms()
            for row in waiting:
                pair.put("t_v2", str(row["id"]), row, now)
            waiting = [pair.row(30_000 + told["rows"] + at) | {"at": now} for at in range(3)]
            for row in waiting:
                pair.put("t", str(row["id"]), row, now)
            told["rows"] += len(waiting)
            cluster.flush()

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        yield told
    finally:
        over.set()
        writer.join()


@pytest.mark.parametrize(
    ("name", "form", "seed"),
    [
        ("a_shifted_window", "avro", 1),
        ("one_row_for_another", "protobuf-keyed", 2),
        ("another_value", "debezium-avro", 3),
    ],
)
def test_what_differs_for_good_is_told_from_what_moves(
    cluster: RealCluster, name: str, form: str, seed: int
) -> None:
    one, pair = PLANTS[name], Field(seed=seed, forms=(form, form), cluster=cluster)
    one.do(pair)
    pair.write()
    cluster.flush()
    with moving(pair, cluster) as told:
        found = pair.compared(blue=cluster.name("t"), green=cluster.name("t_v2"))
    assert told["rows"] > 10, "records came while it was compared"
    # What is in flight explains another number of rows; the keys say all the same which one it is.
    assert one.fails - {"rows"} <= failed(found) <= one.fails | one.may, found.checks
    assert differing(found) == set(one.columns)
    assert counts(found) == one.counts


def test_what_only_moves_is_equal(cluster: RealCluster) -> None:
    pair = Field(seed=4, forms=("avro", "avro"), cluster=cluster)
    pair.write()
    cluster.flush()
    with moving(pair, cluster) as told:
        found = pair.compared(blue=cluster.name("t"), green=cluster.name("t_v2"))
    assert told["rows"] > 3
    assert not failed(found), found.checks
    assert counts(found) == (0, 0, 0)
    assert found.keys.match >= len(pair.rows)
