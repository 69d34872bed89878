"""``CREATE TABLE`` and ``CREATE MATERIALIZED TABLE``: name, elements, clauses."""

from collections.abc import Callable, Mapping

from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.table_elements import read_comment, read_elements, span
from airflow_bluegreen.core.sql.table_syntax import OptionSyntax, Span, TableSyntax
from airflow_bluegreen.core.sql.text import one_line

Clauses = Mapping[str, Callable[[Cursor, TableSyntax], None]]


def read_table(cursor: Cursor, *, materialized: bool = False) -> TableSyntax:
    """Reads on behind ``CREATE … TABLE [IF NOT EXISTS]``.

    :raises SqlSyntaxError: for a clause that Flink does not know, or one that is there twice.
    """
    table = TableSyntax(name=cursor.dotted_name("a table"))
    table.header_end = table.name[-1].end
    read_body(cursor, table, materialized=materialized)
    return table


def read_body(cursor: Cursor, table: TableSyntax, *, materialized: bool = False) -> None:
    """Reads what stands behind the table's name into ``table``.

    :raises SqlSyntaxError: for a clause that Flink does not know, or one that is there twice.
    """
    if cursor.sees("("):
        opening = cursor.lexemes[cursor.position]
        inside = cursor.group()
        closing = cursor.lexemes[cursor.position - 1]
        table.elements = Span(start=opening.start, end=closing.end)
        table.header_end = closing.end
        read_elements(inside, table)
    clauses = _OF_MATERIALIZED if materialized else _OF_TABLE
    while not cursor.done:
        _read_clause(cursor, table, clauses)


def read_options(cursor: Cursor) -> list[OptionSyntax]:
    """``('key' = 'value', …)``.

    :raises SqlSyntaxError: for anything else.
    """
    options = []
    inside = cursor.group()
    while not inside.done:
        at = inside.position
        key = inside.string("an option's name").value
        inside.expect("=")
        value = inside.string(f"the value of option {key}").value
        options.append(OptionSyntax(key=key, value=value, at=span(inside, at)))
        if not inside.done:
            inside.expect(",")
    return options


def read_distribution(cursor: Cursor, table: TableSyntax) -> None:
    """``BY HASH (c) INTO 6 BUCKETS``, each half of which may be missing."""
    if cursor.accept("BY"):
        if not cursor.accept("HASH"):
            cursor.accept("RANGE")
        table.distributed_by = tuple(name.value for name in cursor.names("a column"))
    if cursor.accept("INTO"):
        count = cursor.take()
        if not count.text.isdecimal() or int(count.text) < 1:
            cursor.position -= 1
            cursor.fail("expected a number of buckets", "Write INTO 6 BUCKETS, for example")
        table.buckets = int(count.text)
        cursor.expect("BUCKETS")


def _read_clause(cursor: Cursor, table: TableSyntax, clauses: Clauses) -> None:
    for keyword, read in clauses.items():
        if cursor.sees(keyword):
            read(cursor, table)
            return
    *others, last = clauses
    cursor.fail("this is no clause of CREATE TABLE", f"Known are {', '.join(others)} and {last}")


def _read_comment(cursor: Cursor, table: TableSyntax) -> None:
    read_comment(cursor)
    table.header_end = cursor.lexemes[cursor.position - 1].end


def _read_distribution(cursor: Cursor, table: TableSyntax) -> None:
    if table.distribution_at:
        cursor.fail("a second DISTRIBUTED clause", "Keep one")
    first = cursor.position
    cursor.expect("DISTRIBUTED")
    read_distribution(cursor, table)
    table.distribution_at = span(cursor, first)


def _read_partitions(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("PARTITIONED", "BY")
    table.partitioned_by = tuple(name.value for name in cursor.names("a column"))
    table.header_end = cursor.lexemes[cursor.position - 1].end


def _read_connection(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("USING", "CONNECTION")
    table.connection = cursor.dotted_name("a connection")


def _read_with(cursor: Cursor, table: TableSyntax) -> None:
    if table.options_at:
        cursor.fail("a second WITH clause", "Put all options into one WITH (…)")
    first = cursor.position
    cursor.expect("WITH")
    table.options = read_options(cursor)
    table.options_at = span(cursor, first)


def _read_base(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("LIKE")
    table.base = cursor.dotted_name("a table")
    if cursor.done:
        return
    inside = cursor.group()
    table.base_options = one_line(inside.lexemes[inside.position : inside.end]).upper()
    while not inside.done:
        inside.one_of("INCLUDING", "EXCLUDING", "OVERWRITING")
        inside.one_of(
            "ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS",
            "WATERMARKS",
        )  # fmt: skip
    cursor.finish()


def _read_query(cursor: Cursor, table: TableSyntax) -> None:
    cursor.expect("AS")
    table.query = Cursor(cursor.source, cursor.lexemes, cursor.partners, cursor.position, cursor.end)
    cursor.rest()


def _read_setting(cursor: Cursor, table: TableSyntax) -> None:
    """``FRESHNESS = INTERVAL '3' MINUTE``, ``REFRESH_MODE = FULL``, ``START_MODE = FROM_BEGINNING``."""
    key = cursor.take().word
    cursor.expect("=")
    first = cursor.position
    while not cursor.done and not any(map(cursor.sees, _OF_MATERIALIZED)):
        cursor.skip()
    if cursor.position == first:
        cursor.fail(f"expected the value of {key}")
    table.refresh[key] = one_line(cursor.lexemes[first : cursor.position])


_OF_TABLE: Clauses = {
    "COMMENT": _read_comment,
    "DISTRIBUTED": _read_distribution,
    "PARTITIONED": _read_partitions,
    "USING": _read_connection,
    "WITH": _read_with,
    "LIKE": _read_base,
    "AS": _read_query,
}
_OF_MATERIALIZED: Clauses = {
    "COMMENT": _read_comment,
    "DISTRIBUTED": _read_distribution,
    "PARTITIONED": _read_partitions,
    "WITH": _read_with,
    "FRESHNESS": _read_setting,
    "REFRESH_MODE": _read_setting,
    "START_MODE": _read_setting,
    "AS": _read_query,
}
