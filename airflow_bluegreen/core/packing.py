"""What the front-end found in a text, as compact JSON and back: for a store that outlives the process.

Lists instead of objects, and nothing in them that could run: a store is a file, and files can be changed.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import orjson

from airflow_bluegreen.core.model import (
    Column,
    ColumnKind,
    References,
    Statement,
    StatementKind,
    TableDefinition,
)
from airflow_bluegreen.core.sql import ColumnLineage
from airflow_bluegreen.exceptions import Where

_KINDS = {str(kind): kind for kind in StatementKind}
_COLUMN_KINDS = {str(kind): kind for kind in ColumnKind}


def pack_statements(statements: tuple[Statement, ...]) -> bytes:
    """The statements of one file; their texts are left out, as offsets into the file's text say them."""
    return orjson.dumps(
        [
            [
                one.kind,
                one.offset,
                len(one.sql),
                one.where.line,
                one.where.column,
                one.outputs,
                one.inputs,
                *_packed_references(one),
                _packed_definition(one.definition) if one.definition else None,
            ]
            for one in statements
        ]
    )


def unpack_statements(packed: bytes, text: str, path: str) -> tuple[Statement, ...]:
    """What :func:`pack_statements` packed, for the same text at any path.

    Raises ValueError, TypeError or KeyError for anything else.
    """
    return tuple(_statement(one, text, path) for one in orjson.loads(packed))


def pack_lineage(lineage: ColumnLineage) -> bytes:
    """A column lineage; the same one always gives the same bytes."""
    columns = sorted(lineage.row_inputs.union(*lineage.outputs.values(), *lineage.influences.values()))
    place = {column: at for at, column in enumerate(columns)}.__getitem__
    return orjson.dumps(
        [
            columns,
            {name: sorted(map(place, sources)) for name, sources in lineage.outputs.items()},
            sorted(map(place, lineage.row_inputs)),
            lineage.exact,
            {name: sorted(map(place, sources)) for name, sources in lineage.influences.items()},
        ]
    )


def unpack_lineage(packed: bytes) -> ColumnLineage:
    """What :func:`pack_lineage` packed.

    Raises ValueError, TypeError, AttributeError or IndexError for anything else.
    """
    columns, outputs, rows, exact, influences = orjson.loads(packed)
    column = [(table, name) for table, name in columns].__getitem__
    return ColumnLineage(
        outputs=_sets(outputs, column),
        row_inputs=frozenset(map(column, rows)),
        exact=exact is True,
        influences=_sets(influences, column),
    )


def _sets(
    packed: Mapping[str, list[int]], column: Callable[[int], tuple[str, str]]
) -> dict[str, frozenset[tuple[str, str]]]:
    return {name: frozenset(map(column, sources)) for name, sources in packed.items()}


def _statement(packed: list[object], text: str, path: str) -> Statement:
    kind, offset, length, line, column, outputs, inputs, names, places, definition = packed
    if not isinstance(offset, int) or not isinstance(length, int) or offset + length > len(text):
        raise ValueError("a statement outside of its text")
    return Statement(
        kind=_KINDS[kind],  # type: ignore[index]
        sql=text[offset : offset + length],
        where=Where(path=path, line=line, column=column),  # type: ignore[arg-type]
        offset=offset,
        outputs=tuple(outputs),  # type: ignore[arg-type]
        inputs=tuple(inputs),  # type: ignore[arg-type]
        references=_references(names, places),  # type: ignore[arg-type]
        definition=_definition(definition) if definition else None,  # type: ignore[arg-type]
    )


def _packed_references(statement: Statement) -> tuple[object, object]:
    references = References.of(statement.references)
    return references.names, references.packed


def _references(names: list[str], places: list[int]) -> References:
    named = places[::3]
    if len(places) % 3 or (named and not 0 <= min(named) <= max(named) < len(names)):
        raise ValueError("a reference without its name")
    return References(tuple(names), places)


@lru_cache(maxsize=16_384)
def _column(name: str, written: str, nullable: bool, kind: str) -> Column:
    """One object for all columns that are declared alike, as an ``id`` is in every table of a project."""
    return Column(name=name, type=written, nullable=nullable, kind=_COLUMN_KINDS[kind])


def _packed_definition(definition: TableDefinition) -> list[object]:
    return [
        [(one.name, one.type, one.nullable, one.kind) for one in definition.columns],
        definition.primary_key,
        dict(definition.options),
        definition.distributed_by,
        definition.buckets,
        definition.watermark,
    ]


def _definition(packed: list[object]) -> TableDefinition:
    columns, key, options, distributed_by, buckets, watermark = packed
    return TableDefinition(
        columns=tuple([_column(*one) for one in columns]),  # type: ignore[attr-defined]
        primary_key=tuple(key),  # type: ignore[arg-type]
        options=dict(options),  # type: ignore[call-overload]
        distributed_by=tuple(distributed_by),  # type: ignore[arg-type]
        buckets=buckets,  # type: ignore[arg-type]
        watermark=watermark,  # type: ignore[arg-type]
    )
