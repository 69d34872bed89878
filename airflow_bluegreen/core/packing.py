"""What the front-end found in a text, as compact JSON and back: for a store that outlives the process.

Lists instead of objects, and nothing in them that could run: a store is a file, and files can be changed.
"""

import orjson

from airflow_bluegreen.core.model import (
    Column,
    ColumnKind,
    Statement,
    StatementKind,
    TableDefinition,
    TableReference,
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
                [(reference.name, reference.start, reference.end) for reference in one.references],
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
    return orjson.dumps(
        [
            {name: sorted(sources) for name, sources in lineage.outputs.items()},
            sorted(lineage.row_inputs),
            lineage.exact,
            {name: sorted(sources) for name, sources in lineage.influences.items()},
        ]
    )


def unpack_lineage(packed: bytes) -> ColumnLineage:
    """What :func:`pack_lineage` packed. Raises ValueError, TypeError or AttributeError for anything else."""
    outputs, rows, exact, influences = orjson.loads(packed)
    return ColumnLineage(
        outputs={name: _columns(sources) for name, sources in outputs.items()},
        row_inputs=_columns(rows),
        exact=exact is True,
        influences={name: _columns(sources) for name, sources in influences.items()},
    )


def _columns(sources: list[list[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((table, column) for table, column in sources)


def _statement(packed: list[object], text: str, path: str) -> Statement:
    kind, offset, length, line, column, outputs, inputs, references, definition = packed
    if not isinstance(offset, int) or not isinstance(length, int) or offset + length > len(text):
        raise ValueError("a statement outside of its text")
    return Statement(
        kind=_KINDS[kind],  # type: ignore[index]
        sql=text[offset : offset + length],
        where=Where(path=path, line=line, column=column),  # type: ignore[arg-type]
        offset=offset,
        outputs=tuple(outputs),  # type: ignore[arg-type]
        inputs=tuple(inputs),  # type: ignore[arg-type]
        references=tuple([TableReference(name=n, start=s, end=e) for n, s, e in references]),  # type: ignore[attr-defined]
        definition=_definition(definition) if definition else None,  # type: ignore[arg-type]
    )


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
        columns=tuple(
            [
                Column(name=name, type=written, nullable=nullable, kind=_COLUMN_KINDS[kind])
                for name, written, nullable, kind in columns  # type: ignore[attr-defined]
            ]
        ),
        primary_key=tuple(key),  # type: ignore[arg-type]
        options=dict(options),  # type: ignore[call-overload]
        distributed_by=tuple(distributed_by),  # type: ignore[arg-type]
        buckets=buckets,  # type: ignore[arg-type]
        watermark=watermark,  # type: ignore[arg-type]
    )
