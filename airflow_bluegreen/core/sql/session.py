"""Statements about the session and what there is: ``SET``, ``USE``, ``SHOW``, ``DESCRIBE``, ``CALL`` …"""

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql.creating import read_create, read_replace
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.ddl import read_options
from airflow_bluegreen.core.sql.lowering.calls import word
from airflow_bluegreen.core.sql.query import parse_query
from airflow_bluegreen.core.sql.reading import Reading, begin
from airflow_bluegreen.core.sql.writing import read_execute, read_written


def read_set(cursor: Cursor) -> Reading:
    """``SET``, ``SET 'key' = 'value'``, ``SET key = value``."""
    reading = begin(StatementKind.SET, cursor, cursor.position)
    cursor.expect("SET")
    if cursor.done:
        return reading
    key = cursor.until("=").rest()
    cursor.expect("=")
    value = cursor.rest()
    if not key or not value:
        cursor.fail("a setting without a name or a value", "Write SET 'key' = 'value'")
    reading.settings = ("".join(part.value for part in key), " ".join(part.value for part in value))
    return reading


def read_reset(cursor: Cursor) -> Reading:
    """``RESET``, ``RESET 'key'``, ``RESET key``."""
    reading = begin(StatementKind.RESET, cursor, cursor.position)
    cursor.expect("RESET")
    if cursor.done or len(cursor.rest()) == 1:
        return reading
    cursor.position = 1
    while not cursor.done:
        cursor.name("a setting")
        if not cursor.accept(".") and not cursor.accept("-"):
            break
    cursor.finish()
    return reading


def read_use(cursor: Cursor) -> Reading:
    """``USE CATALOG c``, ``USE c.d``, ``USE MODULES a, b``."""
    reading = begin(StatementKind.USE, cursor, cursor.position)
    cursor.expect("USE")
    if cursor.accept("CATALOG"):
        cursor.name("a catalog")
    elif cursor.accept("MODULES"):
        cursor.name("a module")
        while cursor.accept(","):
            cursor.name("a module")
    else:
        cursor.dotted_name("a database")
    cursor.finish()
    return reading


def read_module(cursor: Cursor) -> Reading:
    """``LOAD MODULE m WITH (…)``, ``UNLOAD MODULE m``."""
    reading = begin(StatementKind.MODULE, cursor, cursor.position)
    loads = cursor.one_of("LOAD", "UNLOAD") == "LOAD"
    cursor.expect("MODULE")
    cursor.name("a module")
    if loads and cursor.accept("WITH"):
        read_options(cursor)
    cursor.finish()
    return reading


def read_jar(cursor: Cursor) -> Reading:
    """``ADD JAR 'file'``, ``REMOVE JAR 'file'``."""
    reading = begin(StatementKind.JAR, cursor, cursor.position)
    cursor.one_of("ADD", "REMOVE")
    cursor.expect("JAR")
    cursor.string("the path of a jar")
    cursor.finish()
    return reading


def read_stop(cursor: Cursor) -> Reading:
    """``STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN]``."""
    reading = begin(StatementKind.STOP_JOB, cursor, cursor.position)
    cursor.expect("STOP", "JOB")
    cursor.string("the job's id")
    cursor.accept("WITH", "SAVEPOINT")
    cursor.accept("WITH", "DRAIN")
    cursor.finish()
    return reading


def read_call(cursor: Cursor) -> Reading:
    """``CALL procedure(…)``, followed as the query that calls a function of that name."""
    first = cursor.position
    start = cursor.take()
    reading = begin(StatementKind.CALL, cursor, first)
    name = cursor.position
    cursor.dotted_name("a procedure")
    cursor.group()
    cursor.finish()
    reading.query = parse_query(cursor.source, [word("SELECT", start), *cursor.lexemes[name : cursor.end]])
    return reading


def read_analyze(cursor: Cursor) -> Reading:
    """``ANALYZE TABLE t COMPUTE STATISTICS …``: it reads the table and writes about it."""
    first = cursor.position
    cursor.expect("ANALYZE", "TABLE")
    reading = begin(StatementKind.ANALYZE, cursor, first)
    reading.base = cursor.dotted_name("a table")
    if cursor.accept("PARTITION"):
        cursor.group()
    cursor.expect("COMPUTE", "STATISTICS")
    if cursor.accept("FOR") and not cursor.accept("ALL", "COLUMNS"):
        cursor.expect("COLUMNS")
        cursor.name("a column")
        while cursor.accept(","):
            cursor.name("a column")
    cursor.finish()
    return reading


def read_explain(cursor: Cursor) -> Reading:
    """``EXPLAIN [PLAN FOR | details] statement``."""
    reading = begin(StatementKind.INSPECT, cursor, cursor.position)
    cursor.expect("EXPLAIN")
    if cursor.accept("PLAN"):
        cursor.expect("FOR")
    elif details := cursor.accept_any(*_DETAILS):
        while details and cursor.accept(","):
            details = cursor.one_of(*_DETAILS)
    reading.members = (_read_explained(cursor),)
    return reading


def _read_explained(cursor: Cursor) -> Reading:
    for keyword, read in (("EXECUTE", read_execute), ("CREATE", read_create), ("REPLACE", read_replace)):
        if not cursor.sees(keyword):
            continue
        first = cursor.position
        explained = read(cursor)
        if explained.query is None and not explained.members:
            cursor.position = first
            cursor.fail("there is nothing to explain", "Only what has a query has a plan")
        return explained
    return read_written(cursor)


_DETAILS = ("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE")


def read_describe(cursor: Cursor) -> Reading:
    """``DESCRIBE [EXTENDED] t``, and the same for catalogs, databases, functions, models and jobs."""
    first = cursor.position
    cursor.one_of("DESCRIBE", "DESC")
    reading = begin(StatementKind.INSPECT, cursor, first)
    following = cursor.peek(1)
    thing = ""
    if following is not None and following.text != ".":
        thing = cursor.accept_any(*_DESCRIBED)
    cursor.accept("EXTENDED")
    if thing == "JOB":
        cursor.string("the job's id")
    elif thing:
        cursor.dotted_name(f"the {thing.lower()}")
    else:
        reading.base = cursor.dotted_name("a table")
    cursor.finish()
    return reading


_DESCRIBED = ("CATALOG", "DATABASE", "FUNCTION", "MODEL", "JOB", "CONNECTION", "AGENT", "TOOL")
_ONE_TABLE = (
    ("CREATE", "TABLE"),
    ("CREATE", "VIEW"),
    ("CREATE", "MATERIALIZED", "TABLE"),
    ("COLUMNS", "FROM"),
    ("COLUMNS", "IN"),
    ("PARTITIONS",),
)
_ONE_THING = (
    ("CREATE", "CATALOG"), ("CREATE", "DATABASE"), ("CREATE", "MODEL"), ("CREATE", "FUNCTION"),
    ("CREATE", "CONNECTION"), ("CREATE", "AGENT"), ("CREATE", "TOOL"),
)  # fmt: skip
_LISTS = (
    ("CURRENT", "CATALOG"), ("CURRENT", "DATABASE"), ("CATALOGS",), ("DATABASES",), ("TABLES",), ("VIEWS",),
    ("MATERIALIZED", "TABLES"), ("USER", "FUNCTIONS"), ("FUNCTIONS",), ("PROCEDURES",), ("MODELS",),
    ("FULL", "MODULES"), ("MODULES",), ("JARS",), ("JOBS",), ("CONNECTIONS",),
    ("AGENTS",), ("TOOLS",),
)  # fmt: skip


def read_show(cursor: Cursor) -> Reading:
    """``SHOW TABLES``, ``SHOW CREATE TABLE t`` and their like."""
    first = cursor.position
    cursor.expect("SHOW")
    reading = begin(StatementKind.INSPECT, cursor, first)
    if any(cursor.accept(*words) for words in _ONE_TABLE):
        reading.base = cursor.dotted_name("a table")
        if cursor.accept("PARTITION"):
            cursor.group()
    elif any(cursor.accept(*words) for words in _ONE_THING):
        cursor.dotted_name("what to show")
    elif any(cursor.accept(*words) for words in _LISTS):
        if cursor.accept_any("FROM", "IN"):
            cursor.dotted_name("a database")
    else:
        cursor.fail("this cannot be shown", f"Known are {', '.join(' '.join(words) for words in _LISTS)}")
    _read_filter(cursor)
    cursor.finish()
    return reading


def _read_filter(cursor: Cursor) -> None:
    """``[NOT] LIKE 'pattern'``."""
    negated = cursor.accept("NOT")
    if cursor.accept_any("LIKE", "ILIKE"):
        cursor.string("a pattern")
    elif negated:
        cursor.expect("LIKE")
