"""Synthetic records as bytes: read back with what reads real ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import orjson
import pytest

from airflow_bluegreen.core.comparison.forms import form_of
from airflow_bluegreen.core.comparison.normalising import Normaliser
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import KafkaRecord, TableDefinition
from airflow_bluegreen.core.synthetic.history import Change, Event, history, populations
from airflow_bluegreen.core.synthetic.traits import Changelog, Traits
from airflow_bluegreen.core.synthetic.writing import RecordWriter, Wire, avro_schemas, wire_of
from airflow_bluegreen.exceptions import ConfigurationError
from tests.core.synthetic.sources import ORDERS, TYPES, definition, raw, traits
from tests.fakes.schema_registry import FakeSchemas

Written = tuple[tuple[KafkaRecord, ...], RowReader]


def kafka(**options: str) -> TableDefinition:
    """A table of orders as Flink gets it; underscores stand for dots."""
    named = {name.replace("__", "-").replace("_", "."): text for name, text in options.items()}
    return replace(definition(ORDERS, key=("id",)), options={"connector": "kafka", **named})


def write(one: Traits, wire: Wire, changes: tuple[Change, ...]) -> Written:
    registry = FakeSchemas()
    schemas = avro_schemas(wire, one.schema)
    ids = [
        None if schema is None else registry.register(f"s-{part}", schema).schema_id
        for part, schema in enumerate(schemas)
    ]
    return RecordWriter(wire, one, (ids[0], ids[1]), schemas).records(changes), RowReader(registry.written)


def made(one: Traits) -> tuple[Change, ...]:
    return history(one, populations([one]), 1)


def sourced(changelog: Changelog, columns: dict[str, str] | None = None) -> Traits:
    return traits(raw("orders", columns or ORDERS, key=("id",), changelog=changelog))


def test_avro_is_read_back_row_by_row() -> None:
    columns = {"id": "STRING NOT NULL", **{f"c{at}": kind for at, kind in enumerate(TYPES)}}
    one = sourced(Changelog.APPEND, columns)
    changes = made(one)
    records, reader = write(one, wire_of("orders", kafka(value_format="avro-confluent")), changes)
    assert [one.timestamp for one in records] == [change.at_ms for change in changes]
    for change, record in zip(changes, records, strict=True):
        assert record.value is not None
        row = reader.row(record.value)
        assert set(row) == set(columns)
        assert (row["id"], row["c7"]) == (change.row["id"], change.row["c7"])


def test_the_registered_schema_is_the_writers() -> None:
    """Its columns beyond the DDL's are written too, as it asks for them."""
    fields = [{"name": "id", "type": "string"}, {"name": "source", "type": {"type": "map", "values": "int"}}]
    registered = json.dumps({"type": "record", "name": "kept", "namespace": "shop", "fields": fields})
    one = traits(raw("orders", {"id": "STRING"}, key=("id",), registered=registered))
    wire = wire_of("orders", kafka(value_format="avro-confluent"))
    assert avro_schemas(wire, one.schema)[1] == registered
    records, reader = write(one, wire, made(one))
    assert isinstance(reader.row(records[0].value or b"")["source"], dict)


def test_json_is_what_flinks_format_reads() -> None:
    columns = {
        "id": "STRING",
        "d": "DECIMAL(8, 2)",
        "b": "BYTES",
        "day": "DATE",
        "t": "TIME",
        "at": "TIMESTAMP(3)",
        "z": "TIMESTAMP_LTZ(3)",
        "r": "ROW<`x` DATE>",
    }
    one = sourced(Changelog.APPEND, columns)
    row = {"id": "a", "d": Decimal("1.50"), "b": b"\x01", "day": 20454, "t": 3_600_000, "at": 1500, "z": 1500}
    change = Change(event=Event.INSERT, key=("a",), row={**row, "r": {"x": 0}}, before=None, at_ms=7)
    wire = wire_of("orders", kafka(format="json"))
    (record,), _ = write(one, wire, (change,))
    assert orjson.loads(record.value or b"") == {
        "id": "a",
        "d": "1.50",
        "b": "AQ==",
        "day": "2026-01-01",
        "t": "01:00:00",
        "at": "1970-01-01 00:00:01.500",
        "z": "1970-01-01 00:00:01.500Z",
        "r": {"x": "1970-01-01"},
    }
    (record,), _ = write(one, replace(wire, iso=True), (change,))
    assert orjson.loads(record.value or b"")["at"] == "1970-01-01T00:00:01.500"


@pytest.mark.parametrize("value_format", ["debezium-json", "debezium-avro-confluent"])
def test_debeziums_changes_fold_to_the_rows_that_are_left(value_format: str) -> None:
    one = sourced(Changelog.ENVELOPE)
    changes = made(one)
    wire = wire_of("orders", kafka(format=value_format))
    assert wire.changelog is Changelog.ENVELOPE
    for written in (wire, replace(wire, wrapped=value_format == "debezium-json")):
        records, reader = write(one, written, changes)
        normalise = Normaliser(reader, form_of(records, reader), ("id",), definition(ORDERS).columns)
        assert folded(records, normalise) == alive(changes)


def test_an_upsert_table_has_keys_and_tombstones() -> None:
    one = sourced(Changelog.UPSERT)
    changes = made(one)
    options = {"connector": "upsert-kafka", "value_format": "avro-confluent", "key_format": "avro-confluent"}
    wire = wire_of("orders", kafka(**options, value_fields__include="EXCEPT_KEY"))
    records, reader = write(one, wire, changes)
    assert [record.value is None for record in records] == [
        change.event is Event.DELETE for change in changes
    ]
    assert reader.row(records[0].key or b"") == {"id": changes[0].row["id"]}
    assert "id" not in reader.row(records[0].value or b"")
    last = {reader.row(record.key or b"")["id"]: record.value for record in records}
    assert {key for key, value in last.items() if value is not None} == alive(changes)


def folded(records: tuple[KafkaRecord, ...], normalise: Callable[[KafkaRecord], KafkaRecord]) -> set[object]:
    last: dict[bytes | None, bytes | None] = {}
    for record in map(normalise, records):
        last[record.key] = record.value
    return {orjson.loads(key or b"")["id"] for key, value in last.items() if value is not None}


def alive(changes: tuple[Change, ...]) -> set[object]:
    last = {change.key: change.event for change in changes}
    return {key[0] for key, event in last.items() if event is not Event.DELETE}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value_format": "protobuf"}, "format protobuf"),
        ({"connector": "jdbc"}, "connector jdbc"),
        ({"format": "json", "key_fields": "id", "key_format": "csv"}, "keys in the format csv"),
    ],
)
def test_what_cannot_be_written_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        wire_of("orders", kafka(**options))
