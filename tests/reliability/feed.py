"""A seeded feed of rows, each with an id of its own, and what became of it in the topics."""

import json
import threading
from io import BytesIO
from random import Random
from types import TracebackType
from typing import Any, Self

import fastavro
import httpx
from confluent_kafka import Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.demo.raw_topics import encode

KEYS = 25
OPENING = 150
RATE = 5.0
_TIMEOUT_S = 60.0
_SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "raw",
    "namespace": "reliability",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "row_id", "type": "long"},
        {"name": "amount", "type": "long"},
    ],
}


class Rows:
    """The rows that a seed stands for: ``row_id`` counts them from 1, their keys come again and again."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.sent = 0

    def next(self) -> dict[str, str | int]:
        self.sent += 1
        key = f"k-{self._random.randrange(KEYS):03d}"
        return {"id": key, "row_id": self.sent, "amount": self._random.randrange(1, 1000)}


class Feed:
    """Fills a raw topic: some rows at once, then a few a second while the block lasts.

    It talks to the brokers directly: what is cut and broken in the suites is not what the data comes from.
    """

    def __init__(self, endpoints: Endpoints, topic: str, *, seed: int) -> None:
        self._endpoints = endpoints
        self._topic = topic
        self._rows = Rows(seed)
        self._stop = threading.Event()
        self._flows = threading.Event()
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.failures: list[str] = []
        self.poisoned = 0

    def __enter__(self) -> Self:
        self._create()
        self._schema = (self._register(), fastavro.parse_schema(_SCHEMA))
        self._producer = Producer(
            {
                **self._endpoints.kafka,
                "enable.idempotence": True,
                "linger.ms": 5,
                "log_level": 2,
                "delivery.timeout.ms": 120_000,
            }
        )
        self.send(OPENING)
        self.flush()
        self._flows.set()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._flows.set()
        self._thread.join()
        self.flush()

    @property
    def sent(self) -> int:
        """How many rows there are; their ids are 1 to this."""
        return self._rows.sent

    def send(self, count: int) -> None:
        with self._sending:
            for _ in range(count):
                row = self._rows.next()
                self._produce(str(row["id"]).encode(), encode(row, *self._schema))

    def flush(self) -> None:
        """Wait until the brokers have everything."""
        left = self._producer.flush(_TIMEOUT_S)
        assert not left, f"{left} rows were not taken by {self._topic}"
        assert not self.failures, self.failures

    def hold(self) -> None:
        """Send nothing for now."""
        self._flows.clear()
        with self._sending:
            self.flush()

    def go_on(self) -> None:
        self._flows.set()

    def poison(self, value: bytes) -> None:
        """A record that no reader of these rows can read; ``poisoned`` is the offset after it."""
        self._producer.produce(self._topic, key=b"poison", value=value, on_delivery=self._poisoned)
        self.flush()

    def _poisoned(self, error: object, message: Message) -> None:
        self._delivered(error, message)
        self.poisoned = (message.offset() or 0) + 1

    def _run(self) -> None:
        while not self._stop.wait(1 / RATE):
            self._flows.wait()
            if not self._stop.is_set():
                self.send(1)

    def _produce(self, key: bytes, value: bytes) -> None:
        self._producer.produce(self._topic, key=key, value=value, on_delivery=self._delivered)
        self._producer.poll(0)

    def _delivered(self, error: object, _message: object) -> None:
        if error:
            self.failures.append(str(error))

    def _create(self) -> None:
        admin = AdminClient(dict(self._endpoints.kafka))
        topic = NewTopic(self._topic, 1, config={"cleanup.policy": "delete", "retention.ms": "-1"})
        for created in admin.create_topics([topic]).values():
            created.result(_TIMEOUT_S)

    def _register(self) -> int:
        answer = httpx.post(
            f"{self._endpoints.registry_url}/subjects/{self._topic}-value/versions",
            json={"schema": json.dumps(_SCHEMA), "schemaType": "AVRO"},
            timeout=_TIMEOUT_S,
        ).raise_for_status()
        return int(answer.json()["id"])


def decoded(value: bytes, schema: Any) -> dict[str, Any]:
    """The row of a record, without the registry's five bytes."""
    row = fastavro.schemaless_reader(BytesIO(value[5:]), schema, None)
    assert isinstance(row, dict)
    return row
