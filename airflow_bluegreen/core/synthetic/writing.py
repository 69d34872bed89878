"""Synthetic records as a source's topic has them: Avro behind a header, JSON, Debezium's changes."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import fastavro
import orjson

from airflow_bluegreen.core.comparison.decoding import avro_fields
from airflow_bluegreen.core.model import KafkaRecord, TableDefinition
from airflow_bluegreen.core.sql import avro_record
from airflow_bluegreen.core.synthetic.columns import RecordSchema
from airflow_bluegreen.core.synthetic.history import Change, Event, Row
from airflow_bluegreen.core.synthetic.traits import Changelog, Traits
from airflow_bluegreen.exceptions import ConfigurationError

AVRO, JSON, DEBEZIUM_AVRO, DEBEZIUM_JSON = (
    "avro-confluent",
    "json",
    "debezium-avro-confluent",
    "debezium-json",
)
FORMATS = (AVRO, JSON, DEBEZIUM_AVRO, DEBEZIUM_JSON)
_OPERATIONS = {Event.INSERT: "c", Event.UPDATE: "u", Event.DELETE: "d"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How a source's records are written.

    ``key`` are the columns of the record's key, ``beside`` the key's columns that the value leaves out.
    ``wrapped``: Debezium's JSON with its schema beside the payload; ``iso``: times as ISO 8601.
    """

    changelog: Changelog
    value_format: str
    key_format: str = ""
    key: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    wrapped: bool = False
    iso: bool = False


def wire_of(source: str, definition: TableDefinition) -> Wire:
    """How the topic of a source is written, from the text that Flink gets.

    :raises ConfigurationError: a connector or a format that no record can be written for.
    """
    options = definition.options
    connector = options.get("connector", "")
    value = options.get("value.format") or options.get("format", "")
    if connector not in ("kafka", "upsert-kafka") or value not in FORMATS:
        raise ConfigurationError(
            f"source {source} has connector {connector or '(none)'} and format {value or '(none)'}, for which"
            " no synthetic records are written",
            remedy=f"Tables in Kafka with the formats {', '.join(FORMATS)} can be tested",
        )
    changelog = Changelog.UPSERT if connector == "upsert-kafka" else Changelog.APPEND
    if value.startswith("debezium"):
        changelog = Changelog.ENVELOPE
    key = tuple(name for name in options.get("key.fields", "").split(";") if name)
    key = definition.primary_key if changelog is Changelog.UPSERT else key
    return Wire(
        changelog=changelog,
        value_format=value,
        key_format=_key_format(source, options.get("key.format", "")) if key else "",
        key=key,
        beside=key if options.get("value.fields-include", "ALL").upper() == "EXCEPT_KEY" else (),
        wrapped=_flag(options, "debezium-json.schema-include"),
        iso=any(
            text == "ISO-8601" for name, text in options.items() if name.endswith("timestamp-format.standard")
        ),
    )


def _key_format(source: str, name: str) -> str:
    if name in (AVRO, JSON, "raw"):
        return name
    raise ConfigurationError(
        f"source {source} has keys in the format {name or '(none)'}, for which no records are written",
        remedy=f"Known are {AVRO}, {JSON} and raw",
    )


def _flag(options: Mapping[str, str], ending: str) -> bool:
    return any(name.endswith(ending) and text.lower() == "true" for name, text in options.items())


def avro_schemas(wire: Wire, schema: RecordSchema) -> tuple[str | None, str | None]:
    """The Avro schemas (JSON) of key and value; None where that part is not Avro."""
    key = value = None
    if wire.key_format == AVRO:
        columns = [column for name in wire.key if (column := schema.column(name))]
        key = json.dumps(avro_record("record", {one.name: one.avro for one in columns}))
    if wire.value_format in (AVRO, DEBEZIUM_AVRO):
        value = schema.registered or json.dumps(_value_schema(wire, schema))
    return key, value


def _value_schema(wire: Wire, schema: RecordSchema) -> Any:
    fields = {
        one.name: ["null", one.avro] if one.nullable else one.avro
        for one in schema.columns
        if one.name not in wire.beside
    }
    row = avro_record("row", fields)
    if wire.changelog is not Changelog.ENVELOPE:
        return row
    times = {"op": "string", "ts_ms": ["null", "long"]}
    return avro_record("envelope", {"before": ["null", row], "after": ["null", "row"], **times})


class RecordWriter:
    """Writes the changes of one source as records of partition 0, in the order of their arrival.

    :param ids: the registry's ids of the schemas of key and value, where they are Avro.
    """

    def __init__(
        self,
        wire: Wire,
        traits: Traits,
        ids: tuple[int | None, int | None],
        schemas: tuple[str | None, str | None],
    ) -> None:
        self._wire = wire
        self._schema = traits.schema
        self._ids = ids
        self._parsed = tuple(
            None if one is None else fastavro.parse_schema(json.loads(one)) for one in schemas
        )
        self._content = json.loads(schemas[1]) if schemas[1] is not None else None

    def records(self, changes: Sequence[Change]) -> tuple[KafkaRecord, ...]:
        """One record a change; its timestamp is the time of the event."""
        return tuple(
            KafkaRecord(
                partition=0,
                offset=offset,
                timestamp=change.at_ms,
                key=self._key(change),
                value=self._value(change),
            )
            for offset, change in enumerate(changes)
        )

    def _key(self, change: Change) -> bytes | None:
        wire = self._wire
        if not wire.key:
            return "|".join(map(str, change.key)).encode() if change.key else None
        row = {name: change.row[name] for name in wire.key}
        if wire.key_format == AVRO:
            return self._framed(0, row)
        if wire.key_format == "raw":
            return str(row[wire.key[0]]).encode()
        return orjson.dumps(self._cells(row))

    def _value(self, change: Change) -> bytes | None:
        wire = self._wire
        if wire.changelog is Changelog.UPSERT and change.event is Event.DELETE:
            return None
        if wire.changelog is Changelog.ENVELOPE:
            return self._envelope(change)
        row = {name: cell for name, cell in change.row.items() if name not in wire.beside}
        return self._framed(1, row) if wire.value_format == AVRO else orjson.dumps(self._cells(row))

    def _envelope(self, change: Change) -> bytes:
        gone = change.event is Event.DELETE
        rows = {"before": change.before, "after": None if gone else change.row}
        told = {"op": _OPERATIONS[change.event], "ts_ms": change.at_ms}
        if self._wire.value_format == DEBEZIUM_AVRO:
            return self._framed(1, {**rows, **told})
        payload = {side: None if row is None else self._cells(row) for side, row in rows.items()} | told
        return orjson.dumps({"schema": None, "payload": payload} if self._wire.wrapped else payload)

    def _framed(self, part: int, row: Mapping[str, Any]) -> bytes:
        schema_id = self._ids[part]
        assert schema_id is not None
        parsed = self._parsed[part]
        assert parsed is not None
        buffer = io.BytesIO()
        buffer.write(b"\0" + schema_id.to_bytes(4, "big"))
        whole = row if part == 0 else _completed(row, self._content)
        fastavro.schemaless_writer(buffer, parsed, whole)
        return buffer.getvalue()

    def _cells(self, row: Row) -> dict[str, Any]:
        """The row as Flink's JSON formats read it."""
        columns = [column for name in row if (column := self._schema.column(name))]
        iso = self._wire.iso
        return {one.name: _json(row[one.name], one.avro, iso=iso, zoned=one.zoned) for one in columns}


def _completed(row: Mapping[str, Any], content: Any) -> Mapping[str, Any]:
    """With whatever else the registered schema asks for, such as the source of Debezium's changes."""
    return {**{one["name"]: _least(one) for one in avro_fields(content) or ()}, **row}


def _least(field: Mapping[str, Any]) -> Any:
    """The least that a field can hold."""
    if "default" in field:
        return field["default"]
    avro = field["type"]
    if isinstance(avro, list):
        return None if "null" in avro else _least({"type": avro[0]})
    kind = avro if isinstance(avro, str) else avro["type"]
    if kind == "record":
        return {one["name"]: _least(one) for one in avro["fields"]}
    if kind == "enum":
        return avro["symbols"][0]
    empty = {
        "string": "",
        "bytes": b"",
        "boolean": False,
        "array": [],
        "map": {},
        "float": 0.0,
        "double": 0.0,
    }
    return empty.get(kind, 0)


def _json(value: Any, avro: Any, *, iso: bool, zoned: bool) -> Any:
    if isinstance(avro, list):
        avro = next((one for one in avro if one != "null"), "null")
    kind = avro if isinstance(avro, str) else avro.get("logicalType") or avro["type"]
    if value is None:
        return None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    if kind == "date":
        return (_EPOCH + timedelta(days=value)).date().isoformat()
    if kind.endswith(("-millis", "-micros")):
        return _clock(value // (1000 if kind.endswith("micros") else 1), kind, iso=iso, zoned=zoned)
    return _nested_json(value, avro, iso=iso, zoned=zoned)


def _nested_json(value: Any, avro: Any, *, iso: bool, zoned: bool) -> Any:
    if isinstance(value, list):
        return [_json(one, avro["items"], iso=iso, zoned=zoned) for one in value]
    if not isinstance(value, dict):
        return value
    if avro["type"] == "map":
        return {name: _json(one, avro["values"], iso=iso, zoned=zoned) for name, one in value.items()}
    types = {one["name"]: one["type"] for one in avro["fields"]}
    return {name: _json(one, types[name], iso=iso, zoned=zoned) for name, one in value.items()}


def _clock(ms: int, kind: str, *, iso: bool, zoned: bool) -> str:
    moment = (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None)
    if kind.startswith("time-"):
        return moment.strftime("%H:%M:%S")
    return moment.isoformat(sep="T" if iso else " ", timespec="milliseconds") + ("Z" if zoned else "")
