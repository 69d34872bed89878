"""A file's statements: told apart, each read by its keyword."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import Statement, StatementKind, TableReference
from airflow_bluegreen.core.sql.altering import read_alter, read_drop
from airflow_bluegreen.core.sql.creating import read_create, read_replace
from airflow_bluegreen.core.sql.cursor import Cursor, brackets
from airflow_bluegreen.core.sql.hints import hinted_tables
from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis, lex
from airflow_bluegreen.core.sql.limits import nesting_refused
from airflow_bluegreen.core.sql.names import Part
from airflow_bluegreen.core.sql.reading import Name, Reading
from airflow_bluegreen.core.sql.scopes import NamedTable, resolve
from airflow_bluegreen.core.sql.session import (
    read_analyze,
    read_call,
    read_describe,
    read_explain,
    read_jar,
    read_module,
    read_reset,
    read_set,
    read_show,
    read_stop,
    read_use,
)
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.text import dotted
from airflow_bluegreen.core.sql.trees import Trees
from airflow_bluegreen.core.sql.writing import (
    read_compile,
    read_delete,
    read_execute,
    read_insert,
    read_query,
    read_truncate,
    read_update,
    read_with,
)
from airflow_bluegreen.core.sql.writing import read_set as read_statement_set


def parse(text: str, path: str = "<sql>", trees: Trees | None = None) -> tuple[Statement, ...]:
    """Every statement of a file; none when it holds comments only.

    :param text: the file's text, offsets of the answer count its characters.
    :param path: the name of the file in errors.
    :param trees: takes what was read, for :func:`~airflow_bluegreen.core.sql.column_lineage`.
    :raises SqlSyntaxError: for anything that is not understood, with file, line, column and the text it is
        about.
    """
    source = Source(text=text, path=path)
    found = []
    for reading, begin in readings(source):
        statement = _statement(reading, begin)
        if trees is not None:
            trees.keep(statement.sql, reading)
        found.append(statement)
    return tuple(found)


def readings(source: Source) -> Iterator[tuple[Reading, int]]:
    """Every statement as it was read, and the offset at which its text begins (comments before it included).

    One at a time: a tree is large, and a file may hold many.

    :raises SqlSyntaxError: for anything that is not understood.
    """
    for lexemes, begin in split(lex(source)):
        yield read(source, lexemes), _skip_space(source.text, begin)


def split(lexemes: list[Lexeme]) -> Iterator[tuple[list[Lexeme], int]]:
    """The tokens of each statement, and the offset behind the semicolon before it.

    The semicolons of a statement set do not end it: only its END does.
    """
    begin, first = 0, 0
    inside_set = False
    ends = [index for index, lexeme in enumerate(lexemes) if lexeme.text == ";"]
    for index in ends:
        inside_set = inside_set or _opens_set(lexemes[first : min(index + 1, first + _HEAD)])
        if inside_set and lexemes[index - 1].word != "END":
            continue
        inside_set = False
        if index > first:
            yield lexemes[first:index], begin
        begin, first = lexemes[index].end, index + 1
    if first < len(lexemes):
        yield lexemes[first:], begin


# COMPILE AND EXECUTE PLAN 'file' IF NOT EXISTS FOR STATEMENT SET BEGIN is the longest way to begin one.
_HEAD = 12


def _opens_set(head: list[Lexeme]) -> bool:
    for at in range(len(head) - 2):
        three = (head[at].word, head[at + 1].word, head[at + 2].word)
        if three == ("STATEMENT", "SET", "BEGIN") or (not at and three == ("BEGIN", "STATEMENT", "SET")):
            return True
    return False


def _skip_space(text: str, at: int) -> int:
    while text[at].isspace() or text[at] == "\ufeff":
        at += 1
    return at


def read(source: Source, lexemes: list[Lexeme]) -> Reading:
    """Reads one statement.

    :raises SqlSyntaxError: for a statement that no rule reads.
    """
    cursor = Cursor(source, lexemes, brackets(source, lexemes), 0, len(lexemes))
    reader = _READERS.get(lexemes[0].word or lexemes[0].text)
    if reader is None:
        return cursor.fail("this is no statement of Flink SQL", f"Known are {', '.join(_READERS)}")
    with nesting_refused(source, lexemes[0].start):
        return reader(cursor)


_READERS: dict[str, Callable[[Cursor], Reading]] = {
    "CREATE": read_create,
    "REPLACE": read_replace,
    "ALTER": read_alter,
    "DROP": read_drop,
    "INSERT": read_insert,
    "UPSERT": read_insert,
    "EXECUTE": read_execute,
    "BEGIN": read_statement_set,
    "COMPILE": read_compile,
    "UPDATE": read_update,
    "DELETE": read_delete,
    "TRUNCATE": read_truncate,
    "WITH": read_with,
    "SELECT": read_query,
    "VALUES": read_query,
    "TABLE": read_query,
    "(": read_query,
    "SET": read_set,
    "RESET": read_reset,
    "USE": read_use,
    "LOAD": read_module,
    "UNLOAD": read_module,
    "ADD": read_jar,
    "REMOVE": read_jar,
    "STOP": read_stop,
    "CALL": read_call,
    "ANALYZE": read_analyze,
    "EXPLAIN": read_explain,
    "DESCRIBE": read_describe,
    "DESC": read_describe,
    "SHOW": read_show,
}


@dataclass(slots=True, kw_only=True)
class _Tables:
    """The tables of a statement: written, read, and every place that names one, by its offset."""

    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    places: dict[int, NamedTable] = field(default_factory=dict)


def _statement(reading: Reading, begin: int) -> Statement:
    first, last = reading.lexemes[0], reading.lexemes[-1]
    tables = _Tables()
    with nesting_refused(reading.source, first.start):
        _collect(reading, tables)
    return Statement(
        kind=reading.kind,
        sql=reading.source.text[begin : last.end],
        where=reading.source.where(first.start),
        offset=begin,
        outputs=() if reading.kind is StatementKind.INSPECT else tuple(dict.fromkeys(tables.writes)),
        inputs=tuple(dict.fromkeys(tables.reads)),
        references=tuple(
            TableReference(name=place.name, start=place.part.start - begin, end=place.part.end - begin)
            for _, place in sorted(tables.places.items())
        ),
        definition=reading.table.definition() if reading.table else None,
    )


def _collect(reading: Reading, tables: _Tables) -> None:
    for written in (reading.target, reading.renamed):
        if written:
            tables.writes.append(_place(written, tables))
    if reading.base:
        tables.reads.append(_place(reading.base, tables))
    if reading.query is not None:
        names = resolve(reading.query)
        tables.reads += [read.name for read in names.reads]
        found = list(names.places)
        for lexeme in reading.lexemes if names.hints else ():
            if lexeme.lexis is Lexis.HINT and lexeme.start in names.hints:
                found += hinted_tables(reading.source, lexeme.start, lexeme.end, names.hints[lexeme.start])
        tables.places.update((place.part.start, place) for place in found)
    for member in reading.members:
        _collect(member, tables)


def _place(parts: Name, tables: _Tables) -> str:
    """Notes where the table is named; its name."""
    last, name = parts[-1], dotted(part.value for part in parts)
    part = Part(name=last.value, start=last.start, end=last.end)
    tables.places[last.start] = NamedTable(name=name, part=part)
    return name
