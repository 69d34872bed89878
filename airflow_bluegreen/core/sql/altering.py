"""``ALTER …`` and ``DROP …``."""

from collections.abc import Callable

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql.agents import change_tool, set_model, set_prompt
from airflow_bluegreen.core.sql.creating import read_implementation
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.ddl import read_body, read_distribution, read_options
from airflow_bluegreen.core.sql.query import parse_query
from airflow_bluegreen.core.sql.reading import Name, Reading, begin
from airflow_bluegreen.core.sql.table_elements import read_comment, read_element
from airflow_bluegreen.core.sql.table_syntax import TableSyntax

# What can be altered and dropped, and whether its name is that of a table.
_THINGS = {
    ("TABLE",): True,
    ("VIEW",): True,
    ("MATERIALIZED", "TABLE"): True,
    ("FUNCTION",): False,
    ("MODEL",): False,
    ("CATALOG",): False,
    ("DATABASE",): False,
    ("CONNECTION",): False,
    ("AGENT",): False,
    ("TOOL",): False,
}


def read_drop(cursor: Cursor) -> Reading:
    """``DROP [TEMPORARY] TABLE [IF EXISTS] t``, and the same for views, functions, models and databases.

    :raises SqlSyntaxError: for anything else.
    """
    first = cursor.position
    cursor.expect("DROP")
    thing = _thing(cursor)
    reading = begin(StatementKind.DROP, cursor, first)
    name = cursor.dotted_name(f"the {' '.join(thing).lower()}")
    if _THINGS[thing]:
        reading.target = name
    cursor.accept_any("RESTRICT", "CASCADE")
    cursor.finish()
    return reading


def read_alter(cursor: Cursor) -> Reading:
    """``ALTER TABLE t …``, and the same for views, functions, models, catalogs and databases.

    :raises SqlSyntaxError: for a change that Flink does not know.
    """
    first = cursor.position
    cursor.expect("ALTER")
    thing = _thing(cursor)
    reading = begin(StatementKind.ALTER, cursor, first)
    name = cursor.dotted_name(f"the {' '.join(thing).lower()}")
    if _THINGS[thing]:
        reading.target = name
    changes = _CHANGES[thing]
    for words, read in changes.items():
        if cursor.accept(*words):
            read(cursor, reading)
            cursor.finish()
            return reading
    known = ", ".join(" ".join(words) for words in changes)
    return cursor.fail(f"this cannot be done to a {' '.join(thing).lower()}", f"Known are {known}")


def _thing(cursor: Cursor) -> tuple[str, ...]:
    if cursor.accept_any("TEMPORARY", "TEMP"):
        cursor.accept("SYSTEM")
    for words in _THINGS:
        if cursor.accept(*words):
            cursor.accept("IF", "EXISTS")
            return words
    known = ", ".join(" ".join(words) for words in _THINGS)
    return cursor.fail("there is no such thing in Flink", f"Known are {known}")


def _rename(cursor: Cursor, reading: Reading) -> None:
    if cursor.accept("TO"):
        name = cursor.dotted_name("the new name")
        if reading.target:
            reading.renamed = name
        return
    _column_path(cursor)
    cursor.expect("TO")
    cursor.name("the new name")


def _set(cursor: Cursor, reading: Reading) -> None:
    read_options(cursor)


def _reset(cursor: Cursor, reading: Reading) -> None:
    inside = cursor.group()
    inside.string("an option's name")
    while inside.accept(","):
        inside.string("an option's name")
    inside.finish()


def _add(cursor: Cursor, reading: Reading) -> None:
    cursor.accept("IF", "NOT", "EXISTS")
    if cursor.sees("PARTITION"):
        while cursor.accept("PARTITION"):
            cursor.group()
            if cursor.accept("WITH"):
                read_options(cursor)
    else:
        _modify(cursor, reading)


def _modify(cursor: Cursor, reading: Reading) -> None:
    """Columns, watermark, key or distribution."""
    table = TableSyntax(name=reading.target)
    if cursor.accept("DISTRIBUTION"):
        read_distribution(cursor, table)
        return
    inside = cursor.group() if cursor.sees("(") else cursor
    while True:
        _read_placed(inside.until(","), table)
        if not inside.accept(","):
            break
    inside.finish()


def _read_placed(piece: Cursor, table: TableSyntax) -> None:
    """A column with its place among the others: ``… FIRST``, ``… AFTER other``."""
    end = piece.end
    if end - 1 > piece.position and piece.lexemes[end - 1].word == "FIRST":
        piece.end -= 1
    elif end - 2 > piece.position and piece.lexemes[end - 2].word == "AFTER":
        piece.end -= 2
    read_element(piece, table)
    piece.finish()


def _drop(cursor: Cursor, reading: Reading) -> None:
    if cursor.accept("PRIMARY", "KEY") or cursor.accept("WATERMARK") or cursor.accept("DISTRIBUTION"):
        return
    if cursor.accept("CONSTRAINT"):
        cursor.name("a constraint")
    elif cursor.sees("PARTITION") or cursor.sees("IF", "EXISTS"):
        cursor.accept("IF", "EXISTS")
        cursor.expect("PARTITION")
        cursor.group()
        while cursor.accept(","):
            cursor.expect("PARTITION")
            cursor.group()
    elif cursor.sees("("):
        inside = cursor.group()
        _column_path(inside)
        while inside.accept(","):
            _column_path(inside)
        inside.finish()
    else:
        _column_path(cursor)


def _column_path(cursor: Cursor) -> Name:
    return cursor.dotted_name("a column")


def _define(cursor: Cursor, reading: Reading) -> None:
    reading.query = parse_query(cursor.source, cursor.rest())


def _lightning(cursor: Cursor, reading: Reading) -> None:
    """``SET LIGHTNING MODE (mode)`` of Confluent."""
    cursor.group()


def _evolve(cursor: Cursor, reading: Reading) -> None:
    """Confluent's ``ALTER MATERIALIZED TABLE t (…) WITH (…) START_MODE = … AS SELECT …``."""
    cursor.position -= 1
    table = TableSyntax(name=reading.target)
    read_body(cursor, table, materialized=True)
    if table.query is None:
        cursor.fail("a materialized table without a query", "Add AS SELECT …")
    reading.query = parse_query(cursor.source, table.query.rest())


def _nothing(cursor: Cursor, reading: Reading) -> None:
    return


def _resume(cursor: Cursor, reading: Reading) -> None:
    if cursor.accept("WITH"):
        read_options(cursor)


def _refresh(cursor: Cursor, reading: Reading) -> None:
    if cursor.accept("PARTITION"):
        cursor.group()


def _set_refresh(cursor: Cursor, reading: Reading) -> None:
    if cursor.sees("("):
        read_options(cursor)
        return
    cursor.one_of("FRESHNESS", "REFRESH_MODE")
    cursor.expect("=")
    if not cursor.rest():
        cursor.fail("expected a value")


def _reset_refresh(cursor: Cursor, reading: Reading) -> None:
    if not cursor.accept_any("FRESHNESS", "REFRESH_MODE"):
        _reset(cursor, reading)


def _implement(cursor: Cursor, reading: Reading) -> None:
    cursor.string("the function's class")
    read_implementation(cursor)


def _comment(cursor: Cursor, reading: Reading) -> None:
    cursor.position -= 1
    read_comment(cursor)


Changes = dict[tuple[str, ...], Callable[[Cursor, Reading], None]]
_OPTIONS: Changes = {("SET",): _set, ("RESET",): _reset}
_CHANGES: dict[tuple[str, ...], Changes] = {
    ("TABLE",): {
        ("RENAME",): _rename,
        ("SET", "LIGHTNING", "MODE"): _lightning,
        **_OPTIONS,
        ("ADD",): _add,
        ("MODIFY",): _modify,
        ("DROP",): _drop,
    },
    ("VIEW",): {("RENAME",): _rename, ("AS",): _define, **_OPTIONS},
    ("MATERIALIZED", "TABLE"): {
        ("SUSPEND",): _nothing,
        ("RESUME",): _resume,
        ("REFRESH",): _refresh,
        ("SET",): _set_refresh,
        ("RESET",): _reset_refresh,
        ("RENAME",): _rename,
        ("ADD",): _add,
        ("MODIFY",): _modify,
        ("DROP",): _drop,
        ("AS",): _define,
        **{(keyword,): _evolve for keyword in ("(", "COMMENT", "DISTRIBUTED", "WITH", "START_MODE")},
    },
    ("FUNCTION",): {("AS",): _implement},
    ("MODEL",): {("RENAME",): _rename, **_OPTIONS},
    ("CATALOG",): {**_OPTIONS, ("COMMENT",): _comment},
    ("DATABASE",): _OPTIONS,
    ("CONNECTION",): {("RENAME",): _rename, **_OPTIONS},
    ("AGENT",): {
        ("SET", "MODEL"): set_model,
        ("SET", "PROMPT"): set_prompt,
        ("ADD", "TOOL"): change_tool,
        ("REMOVE", "TOOL"): change_tool,
        ("SET",): _set,
    },
    ("TOOL",): {("RENAME",): _rename, **_OPTIONS},
}
