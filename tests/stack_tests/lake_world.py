"""Rows in Kafka, and what sink connectors make of them in a lake: the tools of the tests of lake sinks."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import httpx
from confluent_kafka import Producer
from pyiceberg.table import StaticTable
from sqlalchemy import NullPool, create_engine

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.core.model import Endpoints, Topic

PATIENCE_S = 120.0
KEY = {"type": "record", "name": "Key", "fields": [{"name": "id", "type": "string"}]}
VALUE = {
    "type": "record",
    "name": "Value",
    "fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": ["null", "long"]}],
}
Row = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class LakeWorld:
    """The servers, and a folder that is the Iceberg warehouse."""

    endpoints: Endpoints
    topics: KafkaCluster
    connectors: KafkaConnect
    warehouse: Path

    # --- Kafka ---

    def fill(self, topic: str, rows: Iterable[Row], *, create: bool = True, partitions: int = 2) -> None:
        """Rows as Flink's ``avro-confluent`` writes them, keyed by id; None is a tombstone."""
        if create:
            self.topics.create_topic(Topic(name=topic, partitions=partitions))
        key_id, value_id = self._registered(f"{topic}-key", KEY), self._registered(f"{topic}-value", VALUE)
        producer = Producer({**self.endpoints.kafka, "enable.idempotence": True})
        for row_id, amount in rows:
            value = {"id": row_id, "amount": amount}
            producer.produce(
                topic, key=encoded(key_id, KEY, {"id": row_id}), value=encoded(value_id, VALUE, value)
            )
        assert producer.flush(30) == 0

    def _registered(self, subject: str, schema: Mapping[str, Any]) -> int:
        answer = httpx.post(
            f"{self.endpoints.registry_url}/subjects/{subject}/versions",
            json={"schema": json.dumps(schema)},
            timeout=30,
        )
        return int(answer.raise_for_status().json()["id"])

    # --- Iceberg ---

    def iceberg(self, table: str, **more: str) -> dict[str, str]:
        """The configuration of an Iceberg sink into ``table``, without name and topics."""
        return {
            "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
            "tasks.max": "1",
            "iceberg.tables": table,
            "iceberg.tables.auto-create-enabled": "true",
            "iceberg.catalog.type": "hadoop",
            "iceberg.catalog.warehouse": self.warehouse.as_uri(),
            "iceberg.control.commit.interval-ms": "2000",
            "iceberg.control.commit.timeout-ms": "10000",
            **more,
        }

    def iceberg_table(self, table: str) -> StaticTable | None:
        """The table as its newest metadata describes it; None where there is none."""
        folder = self.warehouse / table.replace(".", "/") / "metadata"
        found = sorted(folder.glob("v*.metadata.json"), key=lambda path: int(path.name[1:].split(".")[0]))
        return StaticTable.from_metadata(found[-1].as_uri()) if found else None

    def iceberg_rows(self, table: str) -> Counter[Row]:
        """Each row of the table with how often it is there."""
        found = self.iceberg_table(table)
        rows = found.scan().to_arrow().to_pylist() if found is not None else []
        return Counter((row["id"], row["amount"]) for row in rows)

    # --- PostgreSQL ---

    def jdbc(self, **more: str) -> dict[str, str]:
        """The configuration of an upserting JDBC sink, without name and topics."""
        address = self.endpoints.lake_url.rpartition("@")[2]
        return {
            "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
            "tasks.max": "1",
            "connection.url": f"jdbc:postgresql://{address}",
            "connection.username": "postgres",
            "connection.password": "not-asked-for",
            "insert.mode": "upsert",
            "primary.key.mode": "record_key",
            "delete.enabled": "true",
            "schema.evolution": "basic",
            **more,
        }

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the PostgreSQL; its rows."""
        return run_sql(self.endpoints.lake_url, statement)

    def database_rows(self, table: str) -> list[Row]:
        """Id and amount of each row, sorted; empty where there is no such table."""
        if self.sql(f"SELECT to_regclass('{table}')") == [(None,)]:
            return []
        return [(row[0], row[1]) for row in self.sql(f"SELECT id, amount FROM {table} ORDER BY id")]


def run_sql(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement; its rows."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result] if result.returns_rows else []


def encoded(schema_id: int, schema: Mapping[str, Any], record: Mapping[str, Any]) -> bytes:
    """A record in the registry's wire format."""
    payload = BytesIO()
    fastavro.schemaless_writer(payload, dict(schema), record)
    return b"\0" + schema_id.to_bytes(4, "big") + payload.getvalue()


def rows(count: int, *, times: int = 1, begin: int = 0) -> list[Row]:
    """``count`` rows with ids of their own."""
    return [(f"id-{number:03}", number * times) for number in range(begin, begin + count)]


def wait_for(seen: Callable[[], Any], wanted: Any, *, seconds: float = PATIENCE_S) -> None:
    """Look until what is seen is what is wanted; fails with both."""
    deadline = time.monotonic() + seconds
    while (found := seen()) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    assert found == wanted
