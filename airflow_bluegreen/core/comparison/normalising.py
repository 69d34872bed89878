"""Records rewritten so that equal rows have equal bytes, whatever format they came in."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from airflow_bluegreen.core.comparison.canonical import canonical_row
from airflow_bluegreen.core.comparison.forms import Form, TopicForm, is_envelope
from airflow_bluegreen.core.comparison.rows import SOLE, RowReader, plain
from airflow_bluegreen.core.model import Column, ColumnKind, KafkaRecord
from airflow_bluegreen.exceptions import UnreadableRecordError


class Normaliser:
    """Rewrites the records of one topic as JSON: key and value as objects with sorted, canonical cells.

    A Debezium record becomes the row after the change, under the key of the row, or a tombstone.

    :param primary_key: of the DDL; empty where it is not known.
    :param keys_too: False leaves the keys as they lie in the topic.
    """

    def __init__(
        self,
        reader: RowReader,
        form: TopicForm,
        primary_key: Sequence[str],
        columns: Sequence[Column],
        *,
        keys_too: bool = True,
    ) -> None:
        self._keys_too = keys_too
        self._reader = reader
        self._form = form
        self._primary_key = tuple(primary_key)
        self._types = {one.name: one.type for one in columns}
        stored = [one.name for one in columns if one.kind is ColumnKind.PHYSICAL]
        beside_key = [name for name in stored if name not in self._primary_key]
        self._sole_value = next((names[0] for names in (stored, beside_key) if len(names) == 1), None)

    def __call__(self, record: KafkaRecord) -> KafkaRecord:
        """Raises UnreadableRecordError without the record's place, which the caller knows."""
        row = None if record.value is None else self._row(record.value)
        if not self._keys_too:
            return replace(record, value=None if row is None else self._written(row))
        keyed: Mapping[str, Any] | None = None
        if row is not None and is_envelope(row):
            row, keyed = self._change(row)
        if keyed is None and record.key is not None:
            keyed = self._key(record.key)
        return replace(
            record,
            key=None if keyed is None else self._written(keyed),
            value=None if row is None else self._written(row),
        )

    def _change(self, envelope: dict[str, Any]) -> tuple[dict[str, Any] | None, Mapping[str, Any] | None]:
        """The row after a change (None: deleted), and its key where the DDL names one."""
        change = envelope.get("payload", envelope)
        before, after = change["before"], change["after"]
        deleted = change["op"] == "d"
        row = before if deleted else after
        if not isinstance(row, dict):
            raise UnreadableRecordError(
                f"a change of kind {change['op']!r} without its row {'before' if deleted else 'after'} it",
                remedy="Have the source write whole rows (PostgreSQL: REPLICA IDENTITY FULL)",
            )
        key = self._key_of(row)
        return (None if deleted else row), key

    def _key_of(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not self._primary_key or not all(name in row for name in self._primary_key):
            return None
        return {name: row[name] for name in self._primary_key}

    def _key(self, data: bytes) -> Mapping[str, Any]:
        sole = self._primary_key[0] if len(self._primary_key) == 1 else None
        row = self._cells(data, self._form.key, sole)
        if sole is not None and set(row) == {SOLE}:
            return {sole: row[SOLE]}
        return row

    def _row(self, data: bytes) -> dict[str, Any]:
        return self._cells(data, self._form.value, self._sole_value)

    def _cells(self, data: bytes, form: Form, sole: str | None) -> dict[str, Any]:
        if form.framed:
            return dict(self._reader.row(data))
        if form.raw and sole is not None:
            return {sole: raw_value(data, self._types.get(sole, ""))}
        read = plain(data)
        return read if isinstance(read, dict) else {SOLE: read}

    def _written(self, row: Mapping[str, Any]) -> bytes:
        cells = (
            row["payload"] if set(row) == {"schema", "payload"} and isinstance(row["payload"], dict) else row
        )
        return orjson.dumps(canonical_row(cells, self._types), default=str)


def raw_value(data: bytes, kind: str) -> Any:
    """What Flink's ``raw`` format wrote for a column of that type: numbers big-endian, text, or bytes.

    Without a type, JSON or text. Raises UnreadableRecordError where the bytes are not of that type.
    """
    name = kind.split("(", 1)[0].split(" ", 1)[0]
    if name in _NUMBERS:
        return _raw_number(data, name)
    if name in ("BINARY", "VARBINARY", "BYTES"):
        return data
    if name in ("CHAR", "VARCHAR", "STRING") and not data.startswith(b'"'):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableRecordError(f"{len(data)} bytes that are not text: {error}") from error
    return plain(data)


def _raw_number(data: bytes, name: str) -> Any:
    packed = struct.Struct(_NUMBERS[name])
    if len(data) == packed.size and not data.isdigit():
        return packed.unpack(data)[0]
    read = plain(data)
    if isinstance(read, int | float):
        return read
    raise UnreadableRecordError(f"{len(data)} bytes that are no {name}")


_NUMBERS = {
    "BOOLEAN": ">?",
    "TINYINT": ">b",
    "SMALLINT": ">h",
    "INT": ">i",
    "INTEGER": ">i",
    "BIGINT": ">q",
    "FLOAT": ">f",
    "DOUBLE": ">d",
}
