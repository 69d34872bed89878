"""Rows of a table, and deletions, written as records in every format that topics have."""

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import fastavro

from airflow_bluegreen.clients.protobuf import descriptors
from airflow_bluegreen.core.comparison.protobuf_rows import ProtobufReader
from airflow_bluegreen.core.model import Column

Row = dict[str, Any]
Change = tuple[bytes | None, bytes | None]
"""Key and value of a record."""
Register = Callable[[str, str, str], int]
"""Registers for ``key`` or ``value`` a schema of ``AVRO``, ``JSON`` or ``PROTOBUF``, and gives its id."""

_AVRO = {"BIGINT": "long", "INT": "int", "DOUBLE": "double", "STRING": "string"}
_PROTOBUF = {"BIGINT": "int64", "INT": "int32", "DOUBLE": "double", "STRING": "string"}
_PACKED = {"BIGINT": ">q", "INT": ">i", "DOUBLE": ">d"}


class Writer:
    """Writes rows, and deletions, in any format.

    :param columns: of the table; the first one is its key.
    """

    def __init__(self, register: Register, columns: Sequence[Column]) -> None:
        self._register = register
        self._columns = tuple(columns)
        self._key = columns[0]
        self._ids: dict[tuple[str, str], int] = {}
        self._messages: dict[str, Any] = {}
        fields = [
            {"name": one.name, "type": ["null", _AVRO[one.type]] if one.nullable else _AVRO[one.type]}
            for one in self._columns
        ]
        self._record = {"type": "record", "name": "r", "fields": fields}
        self._key_record = {"type": "record", "name": "k", "fields": fields[:1]}
        self._envelope = {
            "type": "record",
            "name": "envelope",
            "fields": [
                {"name": "before", "type": ["null", self._record]},
                {"name": "after", "type": ["null", "r"]},
                {"name": "op", "type": "string"},
            ],
        }

    def _framed(self, part: str, schema: str, kind: str, payload: bytes) -> bytes:
        if (part, schema) not in self._ids:
            self._ids[part, schema] = self._register(part, schema, kind)
        return b"\x00" + self._ids[part, schema].to_bytes(4, "big") + payload

    def json(self, key: Any, row: Row | None) -> Change:
        return json.dumps({self._key.name: key}).encode(), None if row is None else json.dumps(row).encode()

    def json_reversed(self, key: Any, row: Row | None) -> Change:
        value = None if row is None else json.dumps(dict(reversed(row.items()))).encode()
        return str(key).encode(), value

    def json_schema(self, key: Any, row: Row | None) -> Change:
        value = (
            None
            if row is None
            else self._framed("value", '{"type": "object"}', "JSON", json.dumps(row).encode())
        )
        return self.json(key, None)[0], value

    def avro(self, key: Any, row: Row | None) -> Change:
        value = None if row is None else self._avro("value", self._record, row)
        return self._avro("key", self._key_record, {self._key.name: key}), value

    def protobuf(self, key: Any, row: Row | None) -> Change:
        """The key as its bytes, which no schema explains."""
        return self._raw(key, self._key.type), None if row is None else self._protobuf(
            "value", self._columns, row
        )

    def protobuf_keyed(self, key: Any, row: Row | None) -> Change:
        """The key in Protobuf, too."""
        named = self._protobuf("key", self._columns[:1], {self._key.name: key})
        return named, None if row is None else self._protobuf("value", self._columns, row)

    def debezium_json(self, key: Any, row: Row | None) -> Change:
        return None, json.dumps(self._change(key, row)).encode()

    def debezium_connect(self, key: Any, row: Row | None) -> Change:
        """As Connect's JSON converter writes it, with the schema beside it, and what more Debezium tells."""
        named = {"schema": {"type": "struct"}, "payload": {self._key.name: key}}
        change = {**self._change(key, row), "source": {"ts_ms": 5}}
        value = {"schema": {"type": "struct"}, "payload": change}
        return json.dumps(named).encode(), json.dumps(value).encode()

    def debezium_avro(self, key: Any, row: Row | None) -> Change:
        return None, self._avro("value", self._envelope, self._change(key, row))

    def raw(self, key: Any, row: Row | None) -> Change:
        """A table of two columns: what is not the key is the value, as its bytes."""
        _, sole = self._columns
        return self._raw(key, self._key.type), None if row is None else self._raw(row[sole.name], sole.type)

    def _change(self, key: Any, row: Row | None) -> Row:
        before = None
        if row is None:
            before = {one.name: None for one in self._columns} | {self._key.name: key}
        return {"before": before, "after": row, "op": "d" if row is None else "c"}

    def _avro(self, part: str, schema: Mapping[str, Any], row: object) -> bytes:
        out, text = BytesIO(), json.dumps(schema)
        if text not in self._messages:
            self._messages[text] = fastavro.parse_schema(json.loads(text))
        fastavro.schemaless_writer(out, self._messages[text], row)
        return self._framed(part, text, "AVRO", out.getvalue())

    def _protobuf(self, part: str, columns: Sequence[Column], row: Row) -> bytes:
        fields = " ".join(
            f"{'optional ' if one.nullable else ''}{_PROTOBUF[one.type]} {one.name} = {at};"
            for at, one in enumerate(columns, 1)
        )
        schema = f'syntax = "proto3"; message R {{ {fields} }}'
        if schema not in self._messages:
            self._messages[schema] = ProtobufReader(descriptors(schema, {}, "a test"))._class((0,))
        message = self._messages[schema](**row)
        return self._framed(part, schema, "PROTOBUF", b"\x00" + message.SerializeToString())

    @staticmethod
    def _raw(value: Any, kind: str) -> bytes:
        return struct.pack(_PACKED[kind], value) if kind in _PACKED else str(value).encode()


FORMATS: dict[str, Callable[[Writer, Any, Row | None], Change]] = {
    "json": Writer.json,
    "json-reversed": Writer.json_reversed,
    "json-schema": Writer.json_schema,
    "avro": Writer.avro,
    "protobuf": Writer.protobuf,
    "protobuf-keyed": Writer.protobuf_keyed,
    "debezium-json": Writer.debezium_json,
    "debezium-connect": Writer.debezium_connect,
    "debezium-avro": Writer.debezium_avro,
}
"""Formats of a table with any columns; ``raw`` is for two."""
