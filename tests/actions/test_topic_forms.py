"""The same rows in every format, each against each: the planted difference is found, and nothing else."""

import itertools
import json
import struct
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import fastavro
import pytest

from airflow_bluegreen.actions.topic_forms import open_alone, open_pair
from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.classify import Side, classify
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen, bytes_digest, whole_digest
from airflow_bluegreen.core.comparison.protobuf_rows import ProtobufReader
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import Column
from airflow_bluegreen.exceptions import UnreadableRecordError
from tests.fakes.kafka import FakeTopics
from tests.fakes.schema_registry import FakeSchemas

COLUMNS = (
    Column(name="id", type="BIGINT", nullable=False),
    Column(name="total", type="INT"),
    Column(name="note", type="STRING"),
)
AVRO = {
    "type": "record",
    "name": "r",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "total", "type": ["null", "int"]},
        {"name": "note", "type": ["null", "string"]},
    ],
}
PROTOBUF = (
    'syntax = "proto3"; message R { int64 id = 1; optional int32 total = 2; optional string note = 3; }'
)
ENVELOPE = {
    "type": "record",
    "name": "envelope",
    "fields": [
        {"name": "before", "type": ["null", AVRO]},
        {"name": "after", "type": ["null", "r"]},
        {"name": "op", "type": "string"},
    ],
}
Row = dict[str, Any]
Change = tuple[bytes | None, bytes | None]


class Writer:
    """Writes rows, and deletions, in one format."""

    def __init__(self, schemas: FakeSchemas) -> None:
        self.schemas = schemas

    def framed(self, schema: str, kind: str, payload: bytes) -> bytes:
        return (
            b"\x00" + self.schemas.register("any-value", schema, kind).schema_id.to_bytes(4, "big") + payload
        )

    def avro(self, schema: Mapping[str, Any], row: object) -> bytes:
        out = BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(json.dumps(schema))), row)
        return self.framed(json.dumps(schema), "AVRO", out.getvalue())

    def json(self, key: int, row: Row | None) -> Change:
        return json.dumps({"id": key}).encode(), None if row is None else json.dumps(row).encode()

    def json_reversed(self, key: int, row: Row | None) -> Change:
        return str(key).encode(), None if row is None else json.dumps(dict(reversed(row.items()))).encode()

    def json_schema(self, key: int, row: Row | None) -> Change:
        return self.json(key, None)[0], row and self.framed(
            '{"type": "object"}', "JSON", json.dumps(row).encode()
        )

    def avro_value(self, key: int, row: Row | None) -> Change:
        keys = {"type": "record", "name": "k", "fields": AVRO["fields"][:1]}
        return self.avro(keys, {"id": key}), None if row is None else self.avro(AVRO, row)

    def protobuf(self, key: int, row: Row | None) -> Change:
        raw_key = struct.pack(">q", key)
        if row is None:
            return raw_key, None
        header = self.framed(PROTOBUF, "PROTOBUF", b"\x00")
        message = ProtobufReader(self.schemas.written(int.from_bytes(header[1:5], "big")).descriptors)._class(
            (0,)
        )
        return raw_key, header + message(**row).SerializeToString()

    def debezium_json(self, key: int, row: Row | None) -> Change:
        return None, json.dumps(_change(key, row)).encode()

    def debezium_connect(self, key: int, row: Row | None) -> Change:
        named = {"schema": {"type": "struct"}, "payload": {"id": key}}
        value = {"schema": {"type": "struct"}, "payload": {**_change(key, row), "source": {"ts_ms": 5}}}
        return json.dumps(named).encode(), json.dumps(value).encode()

    def debezium_avro(self, key: int, row: Row | None) -> Change:
        return None, self.avro(ENVELOPE, _change(key, row))


def _change(key: int, row: Row | None) -> Row:
    before = {"id": key, "total": None, "note": None} if row is None else None
    return {"before": before, "after": row, "op": "d" if row is None else "c"}


FORMATS: dict[str, Callable[[Writer, int, Row | None], Change]] = {
    "json": Writer.json,
    "json-reversed": Writer.json_reversed,
    "json-schema": Writer.json_schema,
    "avro": Writer.avro_value,
    "protobuf": Writer.protobuf,
    "debezium-json": Writer.debezium_json,
    "debezium-connect": Writer.debezium_connect,
    "debezium-avro": Writer.debezium_avro,
}


def row(number: int, **changes: Any) -> Row:
    return {"id": number, "total": None if number % 7 == 0 else number, "note": f"n {number}", **changes}


def opened(blue: str, green: str) -> tuple[TopicFold, TopicFold, RowReader]:
    """100 rows of which key 3 differs, 4 is on blue and 5 on green only; 6 was deleted on both."""
    topics, schemas = FakeTopics(), FakeSchemas()
    for topic, form in (("t", blue), ("t_v2", green)):
        topics.ensure(topic, 3)
        write, writer = FORMATS[form], Writer(schemas)
        rows: list[tuple[int, Row | None]] = [(number, row(number, total=-1)) for number in range(6, 30)]
        rows += [(number, row(number)) for number in range(100) if number not in (3, 4, 5)]
        rows += [(3, row(3, note=topic)), (6, None)]
        rows += [(4, row(4))] if topic == "t" else [(5, row(5))]
        for number, content in rows:
            key, value = write(writer, number, content)
            topics.produce(topic, key, value, partition=number % 3)
    reader = RowReader(schemas.written)
    before, after = open_pair(topics, schemas, reader, ("t", COLUMNS), ("t_v2", COLUMNS), ("id",))
    for side in (before, after):
        side.read_to(topics.end_offsets(side.topic))
    return before, after, reader


@pytest.mark.parametrize(("blue", "green"), list(itertools.product(FORMATS, repeat=2)))
def test_every_format_against_every_other(blue: str, green: str) -> None:
    before, after, reader = opened(blue, green)
    found = classify(before.fold, after.fold)
    assert (found.match, found.differing) == (96, 3)
    for side, fold, number in (
        (Side.DIFF, after, 3),
        (Side.BLUE_ONLY, before, 4),
        (Side.GREEN_ONLY, after, 5),
    ):
        (wanted,) = found.of(side).keys.tolist()
        keys = [
            one.key
            for one in fold.read_again(Chosen(below=EVERYTHING))
            if one.key and fold.key_digest(one.key) == wanted
        ]
        assert {_number(reader, key) for key in keys} == {number}


def _number(reader: RowReader, key: bytes) -> int:
    (number,) = reader.row(key).values() if key[:1] != b"\x00" or key[1:5] != bytes(4) else (key[-1],)
    return int(number)


def test_equal_formats_are_compared_by_their_bytes() -> None:
    before, _, _ = opened("avro", "avro")
    assert (before.digest, before.key_digest) == (bytes_digest, bytes_digest)
    assert next(before.read_again(Chosen(below=EVERYTHING))).value[:1] == b"\x00"  # type: ignore[index]
    before, _, _ = opened("json", "json")
    assert (before.digest, before.key_digest) == (whole_digest, whole_digest)


def test_columns_in_common_are_compared_where_the_two_have_others() -> None:
    topics, schemas = FakeTopics(), FakeSchemas()
    reader = RowReader(schemas.written)
    for topic, other in (("t", 1), ("t_v2", 2)):
        topics.ensure(topic, 1)
        value = {"id": 1, "note": "x", f"only_{topic}": other}
        topics.produce(topic, b'{"id": 1}', json.dumps(value).encode())
    sides = open_pair(topics, schemas, reader, ("t", COLUMNS), ("t_v2", COLUMNS[::2]), ("id",))
    for side in sides:
        side.read_to(topics.end_offsets(side.topic))
    found = classify(sides[0].fold, sides[1].fold)
    assert (found.match, found.differing) == (1, 0)


def test_a_record_that_cannot_be_read_is_named() -> None:
    topics, schemas = FakeTopics(), FakeSchemas()
    writer = Writer(schemas)
    for number in range(5):
        topics.ensure("t", 1)
        topics.produce("t", *writer.debezium_avro(number, row(number)))
    topics.produce("t", None, b"\x00\x00\x00\x00\x01\x7f")
    fold = open_alone(topics, RowReader(schemas.written), "t", COLUMNS, ("id",))
    with pytest.raises(
        UnreadableRecordError, match="t, partition 0, offset 5: the bytes do not match schema 1"
    ):
        fold.read_to(topics.end_offsets("t"))


def test_the_form_is_told_by_both_ends_of_a_topic() -> None:
    topics, schemas = FakeTopics(), FakeSchemas()
    for topic in ("t", "t_v2"):
        topics.ensure(topic, 1)
        for number in range(100):
            old = topic == "t" and number < 50
            write = Writer.json_reversed if old else Writer.json
            topics.produce(
                topic, json.dumps({"id": number}).encode(), write(Writer(schemas), number, row(number))[1]
            )
    sides = open_pair(topics, schemas, RowReader(schemas.written), ("t", COLUMNS), ("t_v2", COLUMNS), ("id",))
    for side in sides:
        side.read_to(topics.end_offsets(side.topic))
    found = classify(sides[0].fold, sides[1].fold)
    assert (found.match, found.differing) == (100, 0)
