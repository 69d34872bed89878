"""The Avro type that Flink writes for a data type of SQL.

Flink derives it in ``AvroSchemaConverter.convertToSchema`` (flink-avro), with the legacy mapping of
timestamps that ``avro-confluent`` uses.
"""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_bluegreen.core.sql.cursor import Cursor, brackets
from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.exceptions import ConfigurationError

Avro = Any
"""A schema as JSON has it: a name, a union (list) or an object."""

_PLAIN: Mapping[str, str] = {
    "BOOLEAN": "boolean",
    "TINYINT": "int", "SMALLINT": "int", "INT": "int", "INTEGER": "int", "BIGINT": "long",
    "FLOAT": "float", "DOUBLE": "double",
    "CHAR": "string", "CHARACTER": "string", "VARCHAR": "string", "STRING": "string",
    "BINARY": "bytes", "VARBINARY": "bytes", "BYTES": "bytes",
}  # fmt: skip
_DECIMALS = frozenset({"DECIMAL", "DEC", "NUMERIC"})
_FINEST = 3
"""Digits of a second that the mapping can hold."""


def avro_type(written: str, *, nullable: bool, record: str) -> Avro:
    """The Avro schema of a column.

    :param written: the type as :attr:`Column.type` has it.
    :param record: the name that a row in it gets; rows within that row are named after it.
    :raises ConfigurationError: Flink's format has no schema for the type.
    """
    source = Source(text=written, path="<type>")
    lexemes = lex(source)
    cursor = Cursor(source, lexemes, brackets(source, lexemes), 0, len(lexemes))
    return _type(cursor, record, nullable)


def optional(schema: Avro, *, nullable: bool) -> Avro:
    """The union with null, where the value may be missing."""
    return ["null", schema] if nullable else schema


def _type(cursor: Cursor, record: str, nullable: bool) -> Avro:
    schema = _bare(cursor, record)
    # INT NOT NULL ARRAY: what stands before is the element
    while cursor.sees("ARRAY") or cursor.sees("MULTISET") or cursor.sees("NOT", "NULL", "ARRAY"):
        items = optional(schema, nullable=not cursor.accept("NOT", "NULL"))
        if cursor.accept("ARRAY"):
            schema = {"type": "array", "items": items}
        else:
            cursor.expect("MULTISET")
            schema = {"type": "map", "values": ["null", "int"]}
    return optional(schema, nullable=nullable)


def _bare(cursor: Cursor, record: str) -> Avro:
    head = cursor.take()
    if head.word in _PLAIN:
        _skip_sizes(cursor)
        cursor.accept_any("PRECISION", "VARYING")
        _skip_sizes(cursor)
        return _PLAIN[head.word]
    if head.word in _DECIMALS:
        precision, scale = (*_numbers(cursor), None, None)[:2]
        return _logical(
            "bytes", "decimal", precision=10 if precision is None else precision, scale=scale or 0
        )
    read = _READERS.get(head.word)
    if read is None or cursor.sees("."):
        raise _unsupported(cursor.source.text)
    return read(cursor, record)


def _date(cursor: Cursor, record: str) -> Avro:
    return _logical("int", "date")


def _time(cursor: Cursor, record: str) -> Avro:
    if next(iter(_numbers(cursor)), 0) > _FINEST:
        raise _unsupported(cursor.source.text)
    cursor.accept("WITHOUT", "TIME", "ZONE")
    return _logical("int", "time-millis")


def _timestamp(cursor: Cursor, record: str) -> Avro:
    if next(iter(_numbers(cursor)), 6) > _FINEST or cursor.sees("WITH"):
        raise _unsupported(cursor.source.text)
    cursor.accept("WITHOUT", "TIME", "ZONE")
    return _logical("long", "timestamp-millis")


def _array(cursor: Cursor, record: str) -> Avro:
    cursor.expect("<")
    items = _element(cursor, record)
    cursor.expect(">")
    return {"type": "array", "items": items}


def _map(cursor: Cursor, record: str) -> Avro:
    cursor.expect("<")
    if _bare(cursor, record) != "string":  # a map's keys are strings in Avro
        raise _unsupported(cursor.source.text)
    cursor.accept("NOT", "NULL")
    cursor.expect(",")
    values = _element(cursor, record)
    cursor.expect(">")
    return {"type": "map", "values": values}


def _multiset(cursor: Cursor, record: str) -> Avro:
    cursor.expect("<")
    if _bare(cursor, record) != "string":
        raise _unsupported(cursor.source.text)
    cursor.accept("NOT", "NULL")
    cursor.expect(">")
    return {"type": "map", "values": ["null", "int"]}


def _row(cursor: Cursor, record: str) -> Avro:
    closing = ")" if cursor.accept("(") else ">"
    if closing == ">" and not cursor.accept("<"):
        return avro_record(record, {})  # ROW<>
    fields: dict[str, Avro] = {}
    while not cursor.accept(closing):
        name = cursor.name("a field").value
        fields[name] = _element(cursor, f"{record}_{name}")
        cursor.accept(",")
    return avro_record(record, fields)


def avro_record(name: str, fields: Mapping[str, Avro]) -> Avro:
    """A record; a field that may be null is so by default, as Flink writes it."""
    listed = [
        {"name": field, "type": schema, **({"default": None} if isinstance(schema, list) else {})}
        for field, schema in fields.items()
    ]
    return {"type": "record", "name": name, "fields": listed}


def _element(cursor: Cursor, record: str) -> Avro:
    """A type with its NOT NULL behind it."""
    schema = _type(cursor, record, nullable=False)
    return optional(schema, nullable=not cursor.accept("NOT", "NULL"))


def _numbers(cursor: Cursor) -> list[int]:
    if not cursor.sees("("):
        return []
    inside = cursor.group()
    return [int(lexeme.text) for lexeme in inside.rest() if lexeme.text.isdecimal()]


def _skip_sizes(cursor: Cursor) -> None:
    if cursor.sees("("):
        cursor.skip()


def _logical(base: str, name: str, **more: int) -> Avro:
    return {"type": base, "logicalType": name, **more}


def _unsupported(written: str) -> ConfigurationError:
    return ConfigurationError(
        f"Flink's Avro format has no schema for {written}", remedy="Use a type that Avro can hold"
    )


_READERS: Mapping[str, Callable[[Cursor, str], Avro]] = {
    "DATE": _date,
    "TIME": _time,
    "TIMESTAMP": _timestamp,
    "ARRAY": _array,
    "MAP": _map,
    "MULTISET": _multiset,
    "ROW": _row,
}
