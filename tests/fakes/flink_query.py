"""Queries of the fake gateway, answered by SQLite over what the topics hold.

Flink's functions that the product's queries use are given to SQLite under their names; bytes are texts with
one character a byte there.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import ColumnKind, KafkaRecord, TableDefinition
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.exceptions import StatementError
from airflow_bluegreen.ports import SchemaReader
from tests.fakes.kafka import FakeTopics

Decode = Callable[[bytes], Mapping[str, Any]]

_BOUND = re.compile(r"partition:(\d+),offset:(\d+)")
_ALTERED = re.compile(r"ALTER\s+TABLE\s+`?([^`\s]+)`?\s+SET\s*\((.*)\)", re.I | re.S)
_OPTION = re.compile(r"'([^']+)'\s*=\s*'([^']*)'")
_METADATA = {
    "offset": lambda record: record.offset,
    "partition": lambda record: record.partition,
    "time": lambda record: record.timestamp,
}


def answer(
    topics: FakeTopics, schemas: SchemaReader, catalog: Sequence[str], sql: str
) -> tuple[tuple[Any, ...], ...]:
    """The rows of a query; StatementError where Flink would refuse it."""
    decode = RowReader(schemas.written).row
    database = sqlite3.connect(":memory:")
    for name, count, function in _FUNCTIONS:
        database.create_function(name, count, function, deterministic=True)
    for name, (text, options) in _declared(catalog).items():
        definition = parse(text, name)[0].definition
        assert definition is not None
        rows = _rows(definition, topics, decode, {**definition.options, **options})
        _fill(database, name, definition, rows)
    try:
        return tuple(map(tuple, database.execute(sql.replace("AS STRING", "AS TEXT")).fetchall()))
    except sqlite3.OperationalError as error:
        missing = re.match(r"no such table: (\S+)", str(error))
        found = f"Object '{missing[1]}' not found" if missing else str(error)
        raise StatementError(f"Flink refuses the session: {found}") from error
    finally:
        database.close()


def _declared(catalog: Sequence[str]) -> dict[str, tuple[str, dict[str, str]]]:
    tables: dict[str, tuple[str, dict[str, str]]] = {}
    for text in catalog:
        altered = _ALTERED.match(text)
        if altered:
            tables[altered[1]][1].update(_OPTION.findall(altered[2]))
        elif text.lstrip().upper().startswith("CREATE"):
            tables[parse(text, "<catalog>")[0].outputs[0]] = (text, {})
    return tables


def _fill(
    database: sqlite3.Connection, name: str, definition: TableDefinition, rows: Iterator[tuple[Any, ...]]
) -> None:
    columns = ", ".join(f"`{column.name}`" for column in definition.columns)
    database.execute(f"CREATE TABLE `{name}` ({columns})")
    database.executemany(f"INSERT INTO `{name}` VALUES ({', '.join('?' * len(definition.columns))})", rows)


def _rows(
    definition: TableDefinition, topics: FakeTopics, decode: Decode, options: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    topic = options["topic"]
    bounds = {int(part): int(end) for part, end in _BOUND.findall(options["scan.bounded.specific-offsets"])}
    ends = {(topic, part): end for part, end in bounds.items()}
    key = options.get("key.fields", "")
    raw = options.get("value.format") == "raw"
    for record in topics.read(topic, {}, ends):
        if raw or record.value is not None:
            cells = {} if raw else decode(record.value or b"")
            yield tuple(_cell(column, record, cells, key=key, raw=raw) for column in definition.columns)


def _cell(column: Any, record: KafkaRecord, cells: Mapping[str, Any], *, key: str, raw: bool) -> Any:
    if column.kind is ColumnKind.METADATA:
        return _METADATA[column.name.rpartition(" ")[2]](record)
    if column.name == key:
        return _text(record.key)
    return _text(record.value) if raw else cells.get(column.name)


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("latin-1")


def _concat(*parts: Any) -> str | None:
    return None if None in parts else "".join(map(str, parts))


def _md5(text: str | None) -> str | None:
    return None if text is None else hashlib.md5(text.encode()).hexdigest()


def _stamp(at_ms: int, pattern: str) -> str:
    assert pattern == "yyyyMMddHHmmssSSS"
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y%m%d%H%M%S}{at_ms % 1000:03d}"


def _substr(text: str | None, first: int, count: int | None = None) -> str | None:
    """SQLite's own ends at a zero byte."""
    if text is None:
        return None
    return text[first - 1 :] if count is None else text[first - 1 : first - 1 + count]


_FUNCTIONS = (
    ("SUBSTR", -1, _substr),
    ("CONCAT", -1, _concat),
    ("MD5", 1, _md5),
    ("DATE_FORMAT", 2, _stamp),
    ("DECODE", 2, lambda text, _charset: text),
    ("CHAR_LENGTH", 1, lambda text: None if text is None else len(text)),
    ("ASCII", 1, lambda text: None if text is None else ord(text[0]) if text else 0),
    ("LPAD", 3, lambda text, width, fill: None if text is None else text.rjust(width, fill)),
    ("LOCATE", 2, lambda part, text: None if part is None else text.find(part) + 1),
    ("MOD", 2, lambda left, right: None if left is None else left % right),
)
