"""The raw topics as their owners fill them: Avro values with registered schemas, the business id as key."""

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import fastavro
import httpx
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.demo.records import Change
from airflow_bluegreen.demo.retail import RAW_TABLES
from airflow_bluegreen.exceptions import TransientError

_PARTITIONS = 2
_TOPIC_CONFIG = {"cleanup.policy": "delete", "retention.ms": "-1"}
_TIMEOUT_SECONDS = 30.0
_REMEDY = "Look whether the stack is up: bluegreen stack status"


def schema_text(table: str) -> str:
    """The Avro schema of a raw topic's values."""
    return (files("airflow_bluegreen.demo") / "schemas" / f"{table}.avsc").read_text(encoding="utf-8")


class RawTopics:
    """Writes changes to the raw topics; a context manager that flushes at its end.

    Entering it creates the topics that are absent and registers the schemas. Keys are the business ids, text
    in UTF-8; values are Avro behind the registry's five-byte header.

    :param endpoints: of which Kafka and the registry are used.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._error: KafkaError | None = None

    def __enter__(self) -> Self:
        """:raises TransientError: Kafka or the registry did not answer."""
        self._schemas = {name: (_register(self._endpoints, name), _parsed(name)) for name in RAW_TABLES}
        _create_topics(self._endpoints.kafka)
        # Idempotence keeps the order of a key's records over retries.
        self._producer = Producer(
            {**self._endpoints.kafka, "enable.idempotence": True, "linger.ms": 20, "log_level": 3}
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.flush()

    def send(self, changes: Iterable[Change]) -> int:
        """Write the changes, in their order for each key; Kafka may acknowledge them later.

        :returns: how many they were.
        :raises TransientError: Kafka refused an earlier one.
        """
        sent = 0
        for change in changes:
            value = encode(change.row, *self._schemas[change.table])
            self._produce(change.table, change.key.encode(), value)
            self._refuse_error()
            sent += 1
        return sent

    def flush(self) -> None:
        """Wait until Kafka has acknowledged everything. Raises TransientError if it does not."""
        left = self._producer.flush(_TIMEOUT_SECONDS)
        self._refuse_error()
        if left:
            raise TransientError(
                f"Kafka did not acknowledge {left} records within {_TIMEOUT_SECONDS:.0f} s", remedy=_REMEDY
            )

    def _produce(self, topic: str, key: bytes, value: bytes) -> None:
        try:
            self._producer.produce(topic, key=key, value=value, on_delivery=self._delivered)
        except BufferError:
            # librdkafka's queue is full: make room, then the record goes in.
            self.flush()
            self._producer.produce(topic, key=key, value=value, on_delivery=self._delivered)
        self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        self._error = self._error or error

    def _refuse_error(self) -> None:
        if self._error:
            raise TransientError(f"Kafka refused a record: {self._error.str()}", remedy=_REMEDY)


def encode(row: Mapping[str, str | int], schema_id: int, schema: Any) -> bytes:
    """A row as the registry's clients frame it: a zero byte, the schema's id in four bytes, the Avro data."""
    buffer = BytesIO()
    buffer.write(b"\0" + schema_id.to_bytes(4, "big"))
    fastavro.schemaless_writer(buffer, schema, dict(row))
    return buffer.getvalue()


def _parsed(table: str) -> Any:
    return fastavro.parse_schema(json.loads(schema_text(table)))


def _register(endpoints: Endpoints, table: str) -> int:
    try:
        answer = httpx.post(
            f"{endpoints.registry_url}/subjects/{table}-value/versions",
            json={"schema": schema_text(table), "schemaType": "AVRO"},
            timeout=_TIMEOUT_SECONDS,
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise TransientError(
            f"the schema of {table} could not be registered: {error}", remedy=_REMEDY
        ) from error
    return int(answer.json()["id"])


def _create_topics(kafka: Mapping[str, str]) -> None:
    admin = AdminClient(dict(kafka))
    try:
        present = admin.list_topics(timeout=_TIMEOUT_SECONDS).topics
        absent = [
            NewTopic(name, num_partitions=_PARTITIONS, config=_TOPIC_CONFIG)
            for name in RAW_TABLES
            if name not in present
        ]
        for created in admin.create_topics(absent).values() if absent else ():
            created.result(_TIMEOUT_SECONDS)
    except KafkaException as error:
        raise TransientError(
            f"the raw topics could not be created: {error.args[0].str()}", remedy=_REMEDY
        ) from error
