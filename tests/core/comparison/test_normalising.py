import struct

import orjson
import pytest

from airflow_bluegreen.core.comparison.forms import form_of
from airflow_bluegreen.core.comparison.normalising import Normaliser, raw_value
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import Column, KafkaRecord, WrittenSchema
from airflow_bluegreen.exceptions import ConfigurationError, UnreadableRecordError

ID = Column(name="id", type="BIGINT", nullable=False)
COLUMNS = (ID, Column(name="total", type="INT"))


def no_schema(schema_id: int) -> WrittenSchema:
    raise ConfigurationError(f"no schema {schema_id}")


def normalised(
    key: bytes | None,
    value: object,
    columns: tuple[Column, ...] = COLUMNS,
    primary_key: tuple[str, ...] = ("id",),
) -> tuple[object, object]:
    data = value if value is None or isinstance(value, bytes) else orjson.dumps(value)
    record = KafkaRecord(partition=0, offset=0, timestamp=0, key=key, value=data)
    reader = RowReader(no_schema)
    made = Normaliser(reader, form_of([record], reader), primary_key, columns)(record)
    return (
        None if made.key is None else orjson.loads(made.key),
        None if made.value is None else orjson.loads(made.value),
    )


def change(op: str, before: object = None, after: object = None) -> dict[str, object]:
    return {"before": before, "after": after, "source": {"ts_ms": 1}, "op": op, "ts_ms": 2}


ROW = {"id": 5, "total": 1}


@pytest.mark.parametrize("op", ["c", "r", "u"])
@pytest.mark.parametrize("key", [None, b'{"id": 5}', b'{"schema": {}, "payload": {"id": 5}}'])
def test_a_change_becomes_the_row_after_it(op: str, key: bytes | None) -> None:
    assert normalised(key, change(op, after=ROW)) == ({"id": 5}, ROW)
    assert normalised(key, {"schema": {}, "payload": change(op, after=ROW)}) == ({"id": 5}, ROW)


def test_a_deletion_becomes_a_tombstone_under_the_key_of_the_row_before() -> None:
    assert normalised(None, change("d", before=ROW)) == ({"id": 5}, None)


@pytest.mark.parametrize(
    "key", [b'{"id": 5}', b'{"schema": {}, "payload": {"id": 5}}', b"5", struct.pack(">q", 5)]
)
def test_a_tombstone_has_the_key_that_the_rows_have(key: bytes) -> None:
    assert normalised(key, None) == ({"id": 5}, None)


def test_without_a_primary_key_the_message_key_counts() -> None:
    assert normalised(b'{"id": 5}', change("c", after=ROW), primary_key=()) == ({"id": 5}, ROW)


def test_a_change_without_its_row_is_an_error() -> None:
    with pytest.raises(UnreadableRecordError, match="'d' without its row before it"):
        normalised(b'{"id": 5}', change("d"))


def test_a_raw_value_is_the_only_column() -> None:
    columns = (Column(name="line", type="STRING"),)
    assert normalised(None, b"a line", columns, ()) == (None, {"line": "a line"})
    assert normalised(b"k", b"a line", (Column(name="k", type="STRING"), *columns), ("k",)) == (
        {"k": "k"},
        {"line": "a line"},
    )


@pytest.mark.parametrize(
    ("data", "kind", "value"),
    [
        (struct.pack(">q", -5), "BIGINT", -5),
        (b"12", "BIGINT", 12),
        (struct.pack(">d", 0.5), "DOUBLE", 0.5),
        (b"\x01", "BOOLEAN", True),
        (b"12", "STRING", "12"),
        (b'"12"', "VARCHAR(5)", "12"),
        (b"\xff", "BYTES", b"\xff"),
        (b'{"a": 1}', "", {"a": 1}),
    ],
)
def test_raw_values_by_their_type(data: bytes, kind: str, value: object) -> None:
    assert raw_value(data, kind) == value


@pytest.mark.parametrize(("data", "kind"), [(b"abc", "BIGINT"), (b"\xff", "STRING"), (b"\xff", "")])
def test_raw_bytes_that_are_not_of_their_type(data: bytes, kind: str) -> None:
    with pytest.raises(UnreadableRecordError):
        raw_value(data, kind)
