"""A file's statements: told apart, each read by its keyword."""

from collections.abc import Callable
from dataclasses import dataclass

from airflow_bluegreen.core.model import Statement, StatementKind, TableDefinition, TableReference
from airflow_bluegreen.core.sql.cursor import Cursor, brackets
from airflow_bluegreen.core.sql.ddl import TableSyntax, read_table
from airflow_bluegreen.core.sql.hints import hinted_tables
from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis, lex
from airflow_bluegreen.core.sql.names import Part
from airflow_bluegreen.core.sql.query import Tree, parse_query
from airflow_bluegreen.core.sql.scopes import NamedTable, resolve
from airflow_bluegreen.core.sql.source import Source


@dataclass(slots=True, kw_only=True)
class Reading:
    """One statement as it was read: with its trees, which :class:`Statement` does not carry."""

    kind: StatementKind
    source: Source
    lexemes: list[Lexeme]
    target: tuple[Lexeme, ...] = ()
    columns: tuple[str, ...] = ()
    base: tuple[Lexeme, ...] = ()
    table: TableSyntax | None = None
    query: Tree | None = None
    settings: tuple[str, str] | None = None
    partition: tuple[Lexeme, ...] = ()


def parse(text: str, path: str = "<sql>") -> tuple[Statement, ...]:
    """Every statement of a file; none when it holds comments only.

    :param text: the file's text, offsets of the answer count its characters.
    :param path: the name of the file in errors.
    :raises SqlSyntaxError: for anything that is not understood, with file, line, column and the text it is
        about.
    """
    source = Source(text=text, path=path)
    return tuple(_statement(reading, begin) for reading, begin in readings(source))


def readings(source: Source) -> list[tuple[Reading, int]]:
    """Every statement as it was read, and the offset at which its text begins (comments before it included).

    :raises SqlSyntaxError: for anything that is not understood.
    """
    found: list[tuple[Reading, int]] = []
    begin = 0
    pending: list[Lexeme] = []
    for lexeme in lex(source):
        if lexeme.text != ";":
            pending.append(lexeme)
            continue
        if pending:
            found.append((read(source, pending), _skip_space(source.text, begin)))
        begin, pending = lexeme.end, []
    if pending:
        found.append((read(source, pending), _skip_space(source.text, begin)))
    return found


def _skip_space(text: str, at: int) -> int:
    while text[at].isspace() or text[at] == "\ufeff":
        at += 1
    return at


def read(source: Source, lexemes: list[Lexeme]) -> Reading:
    """Reads one statement.

    :raises SqlSyntaxError: for a statement that no rule reads.
    """
    cursor = Cursor(source, lexemes, brackets(source, lexemes), 0, len(lexemes))
    for keyword, reader in _READERS.items():
        if cursor.sees(keyword):
            try:
                return reader(cursor)
            except RecursionError as error:
                raise source.error(
                    "the statement is nested too deeply",
                    lexemes[0].start,
                    remedy="Break it up into WITH queries",
                ) from error
    return cursor.fail(
        "this is no statement that a release can deploy",
        "Known are CREATE TABLE, CREATE VIEW, INSERT INTO, SELECT and SET",
    )


def _read_create(cursor: Cursor) -> Reading:
    start = cursor.position
    cursor.expect("CREATE")
    cursor.accept("OR", "REPLACE")
    if not cursor.accept("TEMPORARY"):
        cursor.accept("TEMP")
    if cursor.accept("TABLE"):
        return _read_create_table(cursor)
    if cursor.accept("VIEW"):
        return _read_create_view(cursor)
    cursor.position = start
    return cursor.fail("this cannot be created by a release", "Known are CREATE TABLE and CREATE VIEW")


def _read_create_table(cursor: Cursor) -> Reading:
    cursor.accept("IF", "NOT", "EXISTS")
    table = read_table(cursor)
    reading = _reading(StatementKind.CREATE_TABLE, cursor)
    reading.table, reading.target, reading.base = table, table.name, table.base
    if table.query:
        reading.query = parse_query(cursor.source, table.query.rest())
    return reading


def _read_create_view(cursor: Cursor) -> Reading:
    cursor.accept("IF", "NOT", "EXISTS")
    reading = _reading(StatementKind.CREATE_VIEW, cursor)
    reading.target = cursor.dotted_name("a view")
    if cursor.sees("("):
        inside = cursor.group()
        while True:
            reading.columns += (inside.name("a column").value,)
            if inside.accept("COMMENT"):
                inside.string("a comment")
            if inside.done:
                break
            inside.expect(",")
    if cursor.accept("COMMENT"):
        cursor.string("a comment")
    cursor.expect("AS")
    reading.query = parse_query(cursor.source, cursor.rest())
    return reading


def _read_insert(cursor: Cursor, before: list[Lexeme] | None = None) -> Reading:
    if cursor.sees("EXECUTE", "STATEMENT", "SET"):
        cursor.fail(
            "a statement set cannot be versioned table by table", "Write its INSERTs as single statements"
        )
    cursor.accept("EXECUTE")
    cursor.expect("INSERT")
    if not cursor.accept("INTO"):
        cursor.expect("OVERWRITE")
        cursor.accept("TABLE")
    reading = _reading(StatementKind.INSERT, cursor)
    reading.target = cursor.dotted_name("the table to write to")
    if cursor.accept("PARTITION"):
        first = cursor.position
        cursor.group()
        reading.partition = tuple(cursor.lexemes[first : cursor.position])
    if cursor.sees("(") and not _is_query(cursor):
        reading.columns = tuple(name.value for name in cursor.names("a column"))
    body = list(cursor.rest())
    if before and body and body[0].word == "WITH":
        cursor.position = cursor.end - len(body)
        cursor.fail("a second WITH", "Put all common table expressions behind one WITH")
    reading.query = parse_query(cursor.source, (before or []) + body)
    return reading


def _is_query(cursor: Cursor) -> bool:
    inside = cursor.peek(1)
    return inside is not None and (inside.word in ("SELECT", "WITH", "VALUES") or inside.text == "(")


def _read_with(cursor: Cursor) -> Reading:
    """``WITH … SELECT`` or ``WITH … INSERT``."""
    at = cursor.position
    while not cursor.done and not cursor.sees("INSERT"):
        cursor.skip()
    if cursor.done:
        cursor.position = at
        return _read_select(cursor)
    return _read_insert(cursor, list(cursor.lexemes[at : cursor.position]))


def _read_select(cursor: Cursor) -> Reading:
    reading = _reading(StatementKind.SELECT, cursor)
    reading.query = parse_query(cursor.source, cursor.rest())
    return reading


def _read_set(cursor: Cursor) -> Reading:
    reading = _reading(StatementKind.SET, cursor)
    cursor.expect("SET")
    first = cursor.position
    while not cursor.done and not cursor.sees("="):
        cursor.take()
    key = cursor.lexemes[first : cursor.position]
    cursor.expect("=")
    value = cursor.rest()
    if not key or not value:
        cursor.fail("a setting without a name or a value", "Write SET 'key' = 'value'")
    reading.settings = ("".join(part.value for part in key), " ".join(part.value for part in value))
    return reading


_READERS: dict[str, Callable[[Cursor], Reading]] = {
    "CREATE": _read_create,
    "INSERT": _read_insert,
    "EXECUTE": _read_insert,
    "WITH": _read_with,
    "SELECT": _read_select,
    "(": _read_select,
    "SET": _read_set,
}


def _reading(kind: StatementKind, cursor: Cursor) -> Reading:
    return Reading(kind=kind, source=cursor.source, lexemes=list(cursor.lexemes[: cursor.end]))


def _statement(reading: Reading, begin: int) -> Statement:
    first, last = reading.lexemes[0], reading.lexemes[-1]
    target = _named(reading.target)
    base = _named(reading.base)
    reads, places = [base.name] if base else [], [place for place in (target, base) if place]
    if reading.query is not None:
        names = resolve(reading.query)
        reads += [place.name for place in names.reads]
        places += names.places
        for lexeme in reading.lexemes:
            if lexeme.lexis is Lexis.HINT and lexeme.start in names.hints:
                places += hinted_tables(reading.source, lexeme.start, lexeme.end, names.hints[lexeme.start])
    return Statement(
        kind=reading.kind,
        sql=reading.source.text[begin : last.end],
        where=reading.source.where(first.start),
        offset=begin,
        outputs=(target.name,) if target else (),
        inputs=tuple(dict.fromkeys(reads)),
        references=tuple(
            TableReference(name=place.name, start=place.part.start - begin, end=place.part.end - begin)
            for place in sorted(places, key=lambda place: place.part.start)
        ),
        definition=definition_of(reading),
    )


def _named(parts: tuple[Lexeme, ...]) -> NamedTable | None:
    if not parts:
        return None
    last = parts[-1]
    part = Part(name=last.value, start=last.start, end=last.end)
    return NamedTable(name=".".join(piece.value for piece in parts), part=part)


def definition_of(reading: Reading) -> TableDefinition | None:
    """The definition of a ``CREATE TABLE``, None for other statements."""
    return reading.table.definition() if reading.table else None
