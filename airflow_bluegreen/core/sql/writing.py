"""Statements that read and write rows: queries, ``INSERT``, statement sets, ``UPDATE``, ``DELETE``."""

from collections.abc import Sequence

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.lowering.calls import symbol, word
from airflow_bluegreen.core.sql.query import parse_query
from airflow_bluegreen.core.sql.reading import Reading, begin

_ON_CONFLICT = frozenset({"NOTHING", "ERROR", "DEDUPLICATE"})
QUERY_STARTS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})


def read_query(cursor: Cursor) -> Reading:
    """A query by itself.

    :raises SqlSyntaxError: for what is not understood.
    """
    reading = begin(StatementKind.SELECT, cursor, cursor.position)
    reading.query = parse_query(cursor.source, cursor.rest())
    return reading


def read_with(cursor: Cursor) -> Reading:
    """``WITH … SELECT`` or ``WITH … INSERT``."""
    at = cursor.position
    cursor.until("INSERT")
    if cursor.done:
        cursor.position = at
        return read_query(cursor)
    return read_insert(cursor, at)


def read_insert(cursor: Cursor, first: int | None = None) -> Reading:
    """``INSERT INTO t …``; ``first`` is where a WITH before it begins.

    :raises SqlSyntaxError: for what is not understood.
    """
    at = cursor.position
    before = list(cursor.lexemes[first:at]) if first is not None else []
    cursor.one_of("INSERT", "UPSERT")
    if not cursor.accept("INTO"):
        cursor.expect("OVERWRITE")
        cursor.accept("TABLE")
    reading = begin(StatementKind.INSERT, cursor, at)
    reading.lexemes = before + reading.lexemes
    reading.target = cursor.dotted_name("the table to write to")
    _skip_hint(cursor)
    if cursor.accept("PARTITION"):
        start = cursor.position
        cursor.group()
        reading.partition = tuple(cursor.lexemes[start : cursor.position])
    if cursor.sees("(") and not _is_query(cursor):
        reading.columns = tuple(name.value for name in cursor.names("a column"))
    body = _without_conflict(list(cursor.rest()), reading)
    if before and body and body[0].word == "WITH":
        cursor.position = cursor.end - len(body)
        cursor.fail("a second WITH", "Put all common table expressions behind one WITH")
    reading.query = parse_query(cursor.source, before + body)
    return reading


def _without_conflict(body: list[Lexeme], reading: Reading) -> list[Lexeme]:
    """Takes ``ON CONFLICT DO NOTHING`` off the end: it belongs to the writing and not to the query."""
    words = tuple(lexeme.word for lexeme in body[-4:])
    if words[:3] != ("ON", "CONFLICT", "DO") or words[3] not in _ON_CONFLICT:
        return body
    reading.head += words
    return body[:-4]


def _skip_hint(cursor: Cursor) -> None:
    following = cursor.peek()
    if following is not None and following.lexis is Lexis.HINT:
        cursor.take()


def _is_query(cursor: Cursor) -> bool:
    inside = cursor.peek(1)
    return inside is not None and (inside.word or inside.text) in QUERY_STARTS


def read_execute(cursor: Cursor) -> Reading:
    """``EXECUTE`` before a query, an INSERT or a statement set."""
    first = cursor.position
    cursor.expect("EXECUTE")
    if cursor.accept("PLAN"):
        cursor.fail("what a compiled plan reads and writes cannot be seen here", "Keep its SQL in the file")
    reading = read_written(cursor)
    reading.lexemes = list(cursor.lexemes[first : cursor.end])
    return reading


def read_compile(cursor: Cursor) -> Reading:
    """``COMPILE PLAN 'file' FOR …``, and ``COMPILE AND EXECUTE PLAN …``, which also runs it."""
    first = cursor.position
    cursor.expect("COMPILE")
    runs = cursor.accept("AND", "EXECUTE")
    cursor.expect("PLAN")
    cursor.string("the plan's file")
    cursor.accept("IF", "NOT", "EXISTS")
    cursor.expect("FOR")
    inner = read_written(cursor)
    if runs:
        inner.lexemes = list(cursor.lexemes[first : cursor.end])
        return inner
    reading = begin(StatementKind.INSPECT, cursor, first)
    reading.members = (inner,)
    return reading


def read_written(cursor: Cursor) -> Reading:
    """A query, an INSERT, a statement set, an UPDATE or a DELETE.

    :raises SqlSyntaxError: for anything else.
    """
    lexeme = cursor.peek()
    start = (lexeme.word or lexeme.text) if lexeme else ""
    match start:
        case "WITH":
            return read_with(cursor)
        case "INSERT" | "UPSERT":
            return read_insert(cursor)
        case "STATEMENT":
            return read_set(cursor)
        case "UPDATE":
            return read_update(cursor)
        case "DELETE":
            return read_delete(cursor)
        case _ if start in QUERY_STARTS:
            return read_query(cursor)
        case _:
            return cursor.fail("expected a query, an INSERT or a statement set")


def read_set(cursor: Cursor) -> Reading:
    """``STATEMENT SET BEGIN INSERT …; … END``, or as the client has it, ``BEGIN STATEMENT SET; …; END``.

    :raises SqlSyntaxError: for a set that holds nothing, or anything but INSERTs.
    """
    first = cursor.position
    if cursor.accept("BEGIN"):
        cursor.expect("STATEMENT", "SET", ";")
    else:
        cursor.expect("STATEMENT", "SET", "BEGIN")
    reading = begin(StatementKind.STATEMENT_SET, cursor, first)
    while not cursor.accept("END"):
        member = cursor.until(";")
        if not (member.sees("INSERT") or member.sees("WITH")):
            member.fail(
                "expected an INSERT", "A statement set holds INSERTs, a ; behind each, and ends with END"
            )
        if cursor.done:
            cursor.fail("the statement set is never closed", "Write END behind its last INSERT")
        reading.members += (read_with(member) if member.sees("WITH") else read_insert(member),)
        cursor.expect(";")
    if not reading.members:
        cursor.position -= 1
        cursor.fail("the statement set is empty", "Put INSERTs into it")
    cursor.finish()
    return reading


def read_update(cursor: Cursor) -> Reading:
    """``UPDATE t SET a = …, b = … WHERE …``, followed as the query ``SELECT …, … FROM t WHERE …``."""
    first = cursor.position
    start = cursor.take()
    reading = begin(StatementKind.UPDATE, cursor, first)
    reading.target = cursor.dotted_name("the table to update")
    origin = _origin(cursor, reading, "SET")
    cursor.expect("SET")
    values: list[Lexeme] = []
    assignments = cursor.until("WHERE")
    while True:
        reading.columns += (assignments.name("a column").value,)
        assignments.expect("=")
        value = assignments.until(",")
        values += value.rest()
        if not assignments.accept(","):
            break
        values.append(symbol(",", start))
    reading.query = parse_query(
        cursor.source, [word("SELECT", start), *values, word("FROM", start), *origin, *cursor.rest()]
    )
    return reading


def read_delete(cursor: Cursor) -> Reading:
    """``DELETE FROM t WHERE …``, followed as the query ``SELECT * FROM t WHERE …``."""
    first = cursor.position
    start = cursor.take()
    cursor.expect("FROM")
    reading = begin(StatementKind.DELETE, cursor, first)
    reading.target = cursor.dotted_name("the table to delete from")
    origin = _origin(cursor, reading, "WHERE")
    if not cursor.done and not cursor.sees("WHERE"):
        cursor.fail("did not expect this here")
    head = [word("SELECT", start), symbol("*", start), word("FROM", start)]
    reading.query = parse_query(cursor.source, [*head, *origin, *cursor.rest()])
    return reading


def _origin(cursor: Cursor, reading: Reading, ends_with: str) -> Sequence[Lexeme]:
    """The table with its alias, as a FROM clause has it."""
    first = cursor.position
    while first and cursor.lexemes[first - 1] is not reading.target[0]:
        first -= 1
    cursor.until(ends_with)
    return cursor.lexemes[first - 1 : cursor.position]


def read_truncate(cursor: Cursor) -> Reading:
    """``TRUNCATE TABLE t``."""
    first = cursor.position
    cursor.expect("TRUNCATE", "TABLE")
    reading = begin(StatementKind.TRUNCATE, cursor, first)
    reading.target = cursor.dotted_name("the table to empty")
    cursor.finish()
    return reading
