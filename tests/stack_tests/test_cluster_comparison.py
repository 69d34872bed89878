"""The comparison on a real cluster finds what the one in this process finds, and leaves nothing behind."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import fastavro
import httpx
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from airflow_bluegreen.actions.compare import Subject, compare_topics
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import (
    Column,
    Endpoints,
    Engine,
    EngineSettings,
    ExpectedDifference,
    KeyCounts,
    Profile,
    TableComparison,
    Topic,
    Verdict,
)
from airflow_bluegreen.ports import Platform
from tests.actions.inspecting.planting import SETTINGS, Field, failed
from tests.actions.inspecting.test_corpus import PLANTS, counts, planted
from tests.fakes.platform import Story
from tests.stack_tests.mini import platform_of
from tests.stack_tests.real_cluster import RealCluster

pytestmark = pytest.mark.stack

COLUMNS = (
    Column(name="id", type="STRING", nullable=False),
    Column(name="total", type="BIGINT"),
    Column(name="note", type="STRING"),
    Column(name="at", type="TIMESTAMP_LTZ(3)"),
)
WIDER = (*COLUMNS, Column(name="more", type="STRING"))
PARTITIONS = 3
ROWS = 400
TABLE_OPTIONS = {
    "properties.bootstrap.servers": "{kafka.bootstrap.servers}",
    "value.avro-confluent.url": "{schema.registry.url}",
}
_AVRO = {"id": "string", "total": "long", "note": "string", "more": "string"}
_TIME = {"type": "long", "logicalType": "timestamp-millis"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two topics on real servers, their records an hour old."""

    stack: Endpoints
    platform: Platform
    blue: str
    green: str

    @property
    def topics(self) -> tuple[str, str]:
        return self.blue, self.green

    def profile(self, engine: Engine) -> Profile:
        return Profile(name="local", table_options=TABLE_OPTIONS, comparing=EngineSettings(engine=engine))

    def compared(self, engine: Engine, **changes: Any) -> TableComparison:
        subject = Subject(
            table="t",
            blue=self.blue,
            green=self.green,
            primary_key=("id",),
            columns=COLUMNS,
            blue_columns=COLUMNS,
        )
        return compare_topics(self.platform, replace(subject, **changes), self.profile(engine), Story())

    def both(self, **changes: Any) -> TableComparison:
        """What the cluster finds, having seen that it is what is found here."""
        here, there = (self.compared(engine, **changes) for engine in (Engine.EMBEDDED, Engine.CLUSTER))
        assert (there.verdict, there.keys, there.changed_columns) == (
            here.verdict,
            here.keys,
            here.changed_columns,
        )
        assert there.checks == here.checks
        if here.keys.diff <= len(here.samples):  # else each shows some of them
            shown = [cells(found) for found in (here, there)]
            assert shown[0] == shown[1]
        return there


def cells(comparison: TableComparison) -> list[list[tuple[str, tuple[str, str]]]]:
    """What the samples show, but for the key, which a closer look knows by its column's name."""
    return sorted(
        sorted((name, pair) for name, pair in one.columns.items() if name != "id")
        for one in comparison.samples
    )


class Writer:
    """Writes rows as JSON, or as Avro behind the registry's header."""

    def __init__(
        self, pair: Pair, *, avro: tuple[Column, ...] = (), green_avro: tuple[Column, ...] = ()
    ) -> None:
        self._producer = Producer(dict(pair.stack.kafka))
        self._pair = pair
        self._schemas: dict[str, tuple[int, Any]] = {}
        for topic, columns in ((pair.blue, avro), (pair.green, green_avro or avro)):
            if columns:
                self._schemas[topic] = self._registered(topic, columns)

    def _registered(self, topic: str, columns: tuple[Column, ...]) -> tuple[int, Any]:
        fields = [
            {"name": one.name, "type": ["null", _AVRO.get(one.name, _TIME)], "default": None}
            for one in columns
        ]
        schema = {"type": "record", "name": "row", "fields": fields}
        answer = httpx.post(
            f"{self._pair.stack.registry_url}/subjects/{topic}-value/versions",
            json={"schema": json.dumps(schema), "schemaType": "AVRO"},
        ).raise_for_status()
        return int(answer.json()["id"]), fastavro.parse_schema(schema)

    def put(self, topic: str, key: str | None, **row: Any) -> None:
        self._producer.produce(
            topic,
            key=key.encode() if key else None,
            value=self._value(topic, {"id": key, **row}) if row else None,
            timestamp=int(time.time() * 1000) - 3_600_000,
            partition=sum(key.encode()) % PARTITIONS if key else 0,
        )

    def _value(self, topic: str, row: dict[str, Any]) -> bytes:
        if topic not in self._schemas:
            return json.dumps(row).encode()
        schema_id, schema = self._schemas[topic]
        buffer = BytesIO()
        buffer.write(b"\0" + schema_id.to_bytes(4, "big"))
        fastavro.schemaless_writer(buffer, schema, row)
        return buffer.getvalue()

    def done(self) -> None:
        assert self._producer.flush(30) == 0


@pytest.fixture
def pair(stack: Endpoints) -> Iterator[Pair]:
    name = f"compared_{uuid.uuid4().hex[:8]}"
    platform = replace(
        platform_of(stack, {"bluegreen.yaml": "project: compared\n"}),
        schemas=SchemaRegistry(stack.registry_url, stack.registry_auth),
    )
    found = Pair(stack=stack, platform=platform, blue=name, green=f"{name}_v2")
    for topic in found.topics:
        platform.topics.create_topic(Topic(name=topic, partitions=PARTITIONS))
    yield found
    for topic in found.topics:
        platform.topics.delete_topic(topic)
        platform.schemas.delete_subject(f"{topic}-value")


def history(writer: Writer, pair: Pair) -> None:
    """The same rows on both sides by another way: updates, deletions, and a key of three bytes in UTF-8."""
    for number in range(ROWS):
        row = {
            "total": number,
            "note": None if number % 7 == 0 else f"ö{number}",
            "at": 1_767_225_600_000 + number,
        }
        writer.put(pair.blue, f"k{number}", **{**row, "total": -1})
        for topic in pair.topics:
            writer.put(topic, f"k{number}", **row)
    for number in range(0, ROWS, 50):
        writer.put(pair.blue, f"k{number}")
        writer.put(pair.green, f"k{number}")


def test_equal_tables_match_and_nothing_is_left(pair: Pair, stack: Endpoints) -> None:
    admin = AdminClient(dict(stack.kafka))
    groups = {one.group_id for one in admin.list_consumer_groups().result().valid}
    writer = Writer(pair, avro=COLUMNS)
    history(writer, pair)
    writer.done()
    found = pair.both()
    assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(match=ROWS - ROWS // 50))
    assert [job.name for job in pair.platform.jobs.jobs() if pair.green in job.name] == []
    assert {one.group_id for one in admin.list_consumer_groups().result().valid} <= groups


def test_planted_differences_of_a_keyed_table(pair: Pair) -> None:
    writer = Writer(pair)
    history(writer, pair)
    row = {"total": 7, "note": "x", "at": 1}
    writer.put(pair.green, "k1", **{**row, "total": 8})  # changed
    writer.put(pair.green, "k2")  # lost
    writer.put(pair.green, "extra", **row)
    writer.put(pair.green, None, **row)
    writer.done()
    found = pair.both()
    assert found.verdict is Verdict.FAIL
    assert found.keys == KeyCounts(match=ROWS - ROWS // 50 - 2, blue_only=1, green_only=1, diff=1)
    assert "total" in found.changed_columns


def test_a_table_with_another_column_is_compared_by_the_shared_ones(pair: Pair) -> None:
    expected = ExpectedDifference(added=("more",), changed=("note",))
    changes = {"columns": WIDER, "expected": expected}
    writer = Writer(pair, avro=COLUMNS, green_avro=WIDER)
    for number in range(ROWS):
        row = {"total": number, "note": f"n{number}", "at": number}
        writer.put(pair.blue, f"k{number}", **row)
        writer.put(pair.green, f"k{number}", **{**row, "note": "other"}, more=f"m{number}")
    for topic in pair.topics:
        writer.put(topic, "k0")
    writer.done()
    found = pair.both(**changes)
    assert (found.verdict, found.keys.diff, found.keys.match) == (Verdict.PASS, ROWS - 1, 0)
    writer.put(pair.green, "k1", total=99, note="n1", at=1, more="m1")
    writer.done()
    assert pair.both(**changes).verdict is Verdict.FAIL


def test_planted_differences_of_a_table_without_key(pair: Pair) -> None:
    writer = Writer(pair)
    for number in range(ROWS):
        for topic in pair.topics:
            writer.put(topic, f"k{number % 10}", total=number % 40, note="x")
    writer.done()
    assert pair.both(primary_key=()).keys == KeyCounts(match=ROWS)
    writer.put(pair.green, "k1", total=1, note="x")  # once more than on the other side
    writer.put(pair.blue, "k1", total=777, note="x")
    writer.done()
    found = pair.both(primary_key=())
    assert (found.verdict, found.keys) == (Verdict.FAIL, KeyCounts(match=ROWS, blue_only=1, green_only=1))


@pytest.fixture
def field_of(stack: Endpoints) -> Iterator[Callable[[str, tuple[str, str], int], Field]]:
    """Fields with a planted difference, on real servers."""
    made: list[RealCluster] = []

    def make(name: str, forms: tuple[str, str], seed: int) -> Field:
        made.append(RealCluster(stack))
        one = planted(seed, name, forms, cluster=made[-1], table_options=TABLE_OPTIONS)
        one.write()
        made[-1].flush()
        return one

    yield make
    for cluster in made:
        cluster.clear()


@pytest.mark.parametrize("name", ["nulls_where_blue_has_none", "a_row_that_is_written_twice"])
def test_planted_differences_are_found_by_both_engines(
    field_of: Callable[[str, tuple[str, str], int], Field], name: str
) -> None:
    """Of a table with a key and of one without, in Avro with columns left out, so that Flink decodes it."""
    one = field_of(name, ("avro", "avro"), 1)
    topics = {"blue": one.cluster.name("t"), "green": one.cluster.name("t_v2")}
    here, there = (one.compared(engine, **topics) for engine in (Engine.EMBEDDED, Engine.CLUSTER))
    assert there.checks == here.checks
    assert PLANTS[name].fails <= failed(there)
    assert (there.keys, there.columns, there.event_times) == (here.keys, here.columns, here.event_times)
    assert (there.aggregates, counts(there)) == (here.aggregates, PLANTS[name].counts)
    few = one.compared(Engine.CLUSTER, **topics, settings=replace(SETTINGS, decode_records=60))
    assert few.keys == there.keys, "keys that differ are looked at, whatever is drawn"
    assert any("by a sample of the keys" in check.detail for check in few.checks)


def test_a_query_that_was_left_behind_is_ended(pair: Pair, stack: Endpoints) -> None:
    """What a killed comparison leaves: a session, and a job in it whose rows nobody fetches."""
    writer = Writer(pair)
    for topic in pair.topics:
        writer.put(topic, "a", total=1)
    writer.done()
    name = f"bluegreen.comparison.local.{pair.green}"
    with httpx.Client(base_url=f"{stack.gateway_url}/v3/sessions", timeout=60) as http:
        session = http.post("", json={}).raise_for_status().json()["sessionHandle"]
        made = "CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
        http.post(f"/{session}/configure-session", json={"statement": made}).raise_for_status()
        query = {"statement": "SELECT * FROM endless", "executionConfig": {"pipeline.name": name}}
        http.post(f"/{session}/statements", json=query).raise_for_status()
        deadline = time.monotonic() + 60
        while not any(job.name == name for job in pair.platform.jobs.jobs()):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert pair.compared(Engine.CLUSTER).verdict is Verdict.PASS
        assert not any(job.name == name for job in pair.platform.jobs.jobs())
        http.delete(f"/{session}")
