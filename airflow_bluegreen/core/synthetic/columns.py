"""The columns of a source as its records have them: name, Avro type, and what a value may be."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

import fastavro

from airflow_bluegreen.core.comparison.decoding import avro_fields
from airflow_bluegreen.core.model import Column, ColumnKind, TableDefinition
from airflow_bluegreen.core.sql import avro_type

_LENGTH = re.compile(r"(?:VAR)?(?:CHAR|CHARACTER|BINARY)(?: VARYING)?\((\d+)\)")
_FIXED = re.compile(r"(?:CHAR|CHARACTER|BINARY)\(")
_TIME = re.compile(r"\bTIMESTAMP(?:_LTZ)?\b(?:\(\d\))?(?: WITH(?:OUT)?(?: LOCAL)? TIME ZONE)?")
_CLOCK = re.compile(r"\bTIME\b(?:\(\d\))?(?! ZONE)")
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "INTEGER": 32, "BIGINT": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumn:
    """One column: ``avro`` is its type without null, nested types written out.

    ``length`` is the most characters or bytes that it holds (``fixed``: always as many), ``bits`` the size of
    a whole number; both None where nothing limits it.
    """

    name: str
    avro: Any
    nullable: bool = True
    length: int | None = None
    fixed: bool = False
    bits: int | None = None
    zoned: bool = False

    @property
    def kind(self) -> str:
        """The logical type where there is one, else the plain one: ``string``, ``decimal``, ``record`` …"""
        if isinstance(self.avro, dict):
            return str(self.avro.get("logicalType") or self.avro["type"])
        return str(self.avro)

    @property
    def size(self) -> int:
        """The bits of a whole number, those of its Avro type where the DDL says nothing."""
        return self.bits or (32 if self.kind == "int" else 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSchema:
    """The columns of a source in the order of its records, and the registered schema where there is one.

    ``envelope`` says that the registered schema is that of Debezium's envelope around the rows.
    """

    columns: tuple[SourceColumn, ...]
    registered: str = ""
    envelope: bool = False

    def column(self, name: str) -> SourceColumn | None:
        """The column of that name, None where there is none."""
        return next((one for one in self.columns if one.name == name), None)


def record_schema(definition: TableDefinition, registered: str = "") -> RecordSchema:
    """What the records of a source have: as the registry says, else as the DDL does.

    :param registered: the newest Avro schema (JSON) of the real topic's values, empty where there is none.
    :raises ConfigurationError: for a column whose type no record can hold.
    """
    declared = {one.name: one for one in definition.columns if _is_stored(one)}
    keys = set(definition.primary_key)
    if registered:
        fields, envelope = _fields(json.loads(registered))
        found = {name: _of_field(name, avro, declared.get(name)) for name, avro in fields.items()}
        return RecordSchema(
            columns=tuple(_required(one, keys) for one in found.values()),
            registered=registered,
            envelope=envelope,
        )
    return RecordSchema(columns=tuple(_required(_of_column(one), keys) for one in declared.values()))


def _is_stored(column: Column) -> bool:
    return column.kind is ColumnKind.PHYSICAL


def _required(column: SourceColumn, keys: set[str]) -> SourceColumn:
    if column.name not in keys or not column.nullable:
        return column
    return replace(column, nullable=False)


def _of_column(column: Column) -> SourceColumn:
    written = _CLOCK.sub("TIME(3)", _TIME.sub("TIMESTAMP(3)", column.type))
    avro = _expanded(avro_type(written, nullable=False, record=f"record_{column.name}"))
    return _limited(column.name, avro, column.nullable, column.type)


def _of_field(name: str, avro: Any, declared: Column | None) -> SourceColumn:
    """A field of the registered schema; the DDL may say less of it, or nothing."""
    branches = avro if isinstance(avro, list) else [avro]
    inner = next((one for one in branches if one != "null"), "null")
    nullable = "null" in branches and (declared is None or declared.nullable)
    return _limited(name, inner, nullable, declared.type if declared else "")


def _limited(name: str, avro: Any, nullable: bool, written: str) -> SourceColumn:
    length = _LENGTH.match(written)
    kind = avro if isinstance(avro, str) else avro["type"]
    bits = (
        _BITS.get(written.partition("(")[0], 32 if kind == "int" else 64) if kind in ("int", "long") else None
    )
    return SourceColumn(
        name=name,
        avro=avro,
        nullable=nullable,
        length=int(length[1]) if length else None,
        fixed=_FIXED.match(written) is not None,
        bits=None if bits is None else min(bits, 32 if kind == "int" else 64),
        zoned="LTZ" in written or "LOCAL TIME ZONE" in written,
    )


def _fields(content: Any) -> tuple[dict[str, Any], bool]:
    """The fields of the rows, and whether they stand in an envelope of before and after."""
    fields = {one["name"]: one["type"] for one in avro_fields(_expanded(content)) or ()}
    if not {"before", "after", "op"} <= fields.keys():
        return fields, False
    rows = avro_fields(fields["before"]) or avro_fields(fields["after"]) or ()
    return {one["name"]: one["type"] for one in rows}, True


def _expanded(avro: Any) -> Any:
    """Names of types replaced by the types, so that each stands for itself."""
    return fastavro.schema.expand_schema(avro) if isinstance(avro, dict | list) else avro
