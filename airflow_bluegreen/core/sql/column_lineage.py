"""Which stored columns a statement's output columns come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import Column, ColumnKind, Statement, StatementKind
from airflow_bluegreen.core.sql.flow import Flow, Schemas, flow
from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.limits import nesting_refused
from airflow_bluegreen.core.sql.reading import Reading
from airflow_bluegreen.core.sql.relations import Fact, Relation
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.statements import read
from airflow_bluegreen.core.sql.text import dotted
from airflow_bluegreen.core.sql.trees import Trees

Columns = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLineage:
    """Where a statement's output comes from, as (table, column) of the tables it reads.

    ``outputs`` are the columns that each output column is computed from. ``row_inputs`` decide which rows
    exist: joins, filters, grouping, deduplication. ``influences`` are, for each output column, all that can
    change its value in a row that stays: ``outputs``, and for a joined column the join's condition, for an
    aggregate the filters below it, for a deduplicated row its order. If not ``exact``, something was not
    understood: take everything as possibly changed. A function whose value depends on chance or on the clock
    counts as a column of the table :data:`~airflow_bluegreen.core.sql.functions.NO_TABLE`, under its name.
    """

    outputs: Mapping[str, Columns]
    row_inputs: Columns
    exact: bool
    influences: Mapping[str, Columns] = field(default_factory=dict)


def column_lineage(
    statement: Statement, columns: Mapping[str, tuple[Column, ...]], trees: Trees | None = None
) -> ColumnLineage:
    """Follows every output column of a statement to the tables that it reads.

    :param columns: columns by table name, of the tables read (for ``SELECT *`` and unqualified names) and of
        the one written (for the names of the output columns).
    :param trees: what was read already; the statement's own is taken out of it.
    :raises SqlSyntaxError: if the statement's text is not understood.
    """
    reading = trees.take(statement.sql) if trees is not None else None
    if reading is None:
        source = Source(text=statement.sql, path=statement.where.path)
        reading = read(source, lex(source))
    if reading.query is None:
        return ColumnLineage(outputs={}, row_inputs=frozenset(), exact=True)
    with nesting_refused(reading.source, reading.lexemes[0].start):
        result = flow(reading.query, columns)
        named = output_columns(reading, result.relation, columns)
        return ColumnLineage(
            outputs={name: fact.direct for name, fact in named},
            row_inputs=result.relation.rows.influence,
            exact=_is_exact(result),
            influences={name: fact.influence for name, fact in named},
        )


def _is_exact(result: Flow) -> bool:
    return result.exact and all(
        column != "*" for _, fact in result.relation.items() for _, column in fact.direct
    )


def output_columns(reading: Reading, relation: Relation, schemas: Schemas) -> tuple[tuple[str, Fact], ...]:
    """The statement's columns under the names that the written table gives them.

    Flink writes by position: the names are those of the INSERT's (or the view's) column list, else of the
    table's own columns if their number fits, else of the query.
    """
    items = relation.items()
    if reading.columns:
        names = reading.columns
    elif reading.kind is StatementKind.INSERT and reading.target:
        names = _written_names(reading, schemas)
    else:
        names = ()
    if len(names) != len(items) or any(name == "*" for name, _ in items):
        return items
    return tuple((name, fact) for name, (_, fact) in zip(names, items, strict=True))


def _written_names(reading: Reading, schemas: Schemas) -> tuple[str, ...]:
    full = dotted(part.value for part in reading.target)
    schema = schemas.get(full, schemas.get(reading.target[-1].value, ()))
    return tuple(column.name for column in schema if column.kind is not ColumnKind.COMPUTED)
