"""``CREATE …``: tables, views, functions, models, catalogs, databases, connections, agents, tools."""

from collections.abc import Callable

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql.agents import read_agent, read_tool
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.ddl import read_options, read_table
from airflow_bluegreen.core.sql.query import parse_query
from airflow_bluegreen.core.sql.reading import Reading, begin
from airflow_bluegreen.core.sql.table_elements import read_comment, read_elements
from airflow_bluegreen.core.sql.table_syntax import TableSyntax


def read_create(cursor: Cursor) -> Reading:
    """``CREATE [OR REPLACE] [TEMPORARY] …``.

    :raises SqlSyntaxError: for what Flink cannot create, and for a clause that it does not know.
    """
    first = cursor.position
    cursor.expect("CREATE")
    if cursor.accept("OR"):
        cursor.one_of("REPLACE", "ALTER")
    if cursor.accept_any("TEMPORARY", "TEMP"):
        cursor.accept("SYSTEM")
    for words, read in _READERS.items():
        if cursor.accept(*words):
            cursor.accept("IF", "NOT", "EXISTS")
            return read(cursor, first)
    cursor.position = first
    known = ", ".join(" ".join(words) for words in _READERS)
    return cursor.fail("this cannot be created", f"Known are {known}")


def read_replace(cursor: Cursor) -> Reading:
    """``REPLACE TABLE … AS …``."""
    first = cursor.position
    cursor.expect("REPLACE", "TABLE")
    return _read_table(cursor, first)


def _read_table(cursor: Cursor, first: int) -> Reading:
    return _read_stored(cursor, begin(StatementKind.CREATE_TABLE, cursor, first), read_table(cursor))


def _read_materialized_table(cursor: Cursor, first: int) -> Reading:
    reading = begin(StatementKind.CREATE_MATERIALIZED_TABLE, cursor, first)
    table = read_table(cursor, materialized=True)
    if table.query is None:
        cursor.fail("a materialized table without a query", "Add AS SELECT …")
    return _read_stored(cursor, reading, table)


def _read_stored(cursor: Cursor, reading: Reading, table: TableSyntax) -> Reading:
    reading.table, reading.target, reading.base = table, table.name, table.base
    if table.query:
        reading.query = parse_query(cursor.source, table.query.rest())
    return reading


def _read_view(cursor: Cursor, first: int) -> Reading:
    reading = begin(StatementKind.CREATE_VIEW, cursor, first)
    reading.target = cursor.dotted_name("a view")
    if cursor.sees("("):
        inside = cursor.group()
        while True:
            reading.columns += (inside.name("a column").value,)
            read_comment(inside)
            if inside.done:
                break
            inside.expect(",")
    read_comment(cursor)
    cursor.expect("AS")
    reading.query = parse_query(cursor.source, cursor.rest())
    return reading


def _read_function(cursor: Cursor, first: int) -> Reading:
    reading = begin(StatementKind.CREATE_FUNCTION, cursor, first)
    cursor.dotted_name("a function")
    cursor.expect("AS")
    cursor.string("the function's class")
    read_implementation(cursor)
    if cursor.accept("WITH"):
        read_options(cursor)
    cursor.finish()
    return reading


def read_implementation(cursor: Cursor) -> None:
    """``LANGUAGE JAVA USING JAR 'a', JAR 'b' USING CONNECTIONS ('c')``, each of which may be missing."""
    if cursor.accept("LANGUAGE"):
        cursor.one_of("JAVA", "SCALA", "PYTHON", "SQL")
    if cursor.accept("USING", "CONNECTIONS"):
        _read_connections(cursor)
    elif cursor.accept("USING"):
        while True:
            cursor.one_of("JAR", "ARTIFACT")
            cursor.string("the path of a file")
            if not cursor.accept(","):
                break
        if cursor.accept("USING", "CONNECTIONS"):
            _read_connections(cursor)


def _read_connections(cursor: Cursor) -> None:
    """``('a', 'b')``: the connections that a function of Confluent may use."""
    inside = cursor.group()
    inside.string("a connection")
    while inside.accept(","):
        inside.string("a connection")
    inside.finish()


def _read_model(cursor: Cursor, first: int) -> Reading:
    reading = begin(StatementKind.CREATE_MODEL, cursor, first)
    name = cursor.dotted_name("a model")
    for side in ("INPUT", "OUTPUT"):
        if cursor.accept(side):
            read_elements(cursor.group(), TableSyntax(name=name))
    read_comment(cursor)
    if cursor.accept("WITH"):
        read_options(cursor)
    if cursor.accept("AS"):
        reading.query = parse_query(cursor.source, cursor.rest())
    cursor.finish()
    return reading


def _read_catalog(cursor: Cursor, first: int) -> Reading:
    return _read_named(cursor, begin(StatementKind.CREATE_CATALOG, cursor, first), "a catalog")


def _read_database(cursor: Cursor, first: int) -> Reading:
    return _read_named(cursor, begin(StatementKind.CREATE_DATABASE, cursor, first), "a database")


def _read_connection(cursor: Cursor, first: int) -> Reading:
    return _read_named(cursor, begin(StatementKind.CREATE_CONNECTION, cursor, first), "a connection")


def _read_named(cursor: Cursor, reading: Reading, of_what: str) -> Reading:
    """A name, a comment and options: no tables."""
    cursor.dotted_name(of_what)
    read_comment(cursor)
    if cursor.accept("WITH"):
        read_options(cursor)
    cursor.finish()
    return reading


_READERS: dict[tuple[str, ...], Callable[[Cursor, int], Reading]] = {
    ("TABLE",): _read_table,
    ("VIEW",): _read_view,
    ("MATERIALIZED", "TABLE"): _read_materialized_table,
    ("FUNCTION",): _read_function,
    ("MODEL",): _read_model,
    ("CATALOG",): _read_catalog,
    ("DATABASE",): _read_database,
    ("CONNECTION",): _read_connection,
    ("AGENT",): read_agent,
    ("TOOL",): read_tool,
}
