"""Real servers, as fields of records with planted differences need them."""

import uuid
from dataclasses import replace

import httpx
from confluent_kafka import Producer

from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import Endpoints, RegisteredSchema, Topic
from airflow_bluegreen.ports import Platform
from tests.actions.inspecting.planting import TOPICS
from tests.stack_tests.mini import platform_of


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
