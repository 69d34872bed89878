"""The table names in ``/*+ … */``: ``BROADCAST(t)``, ``STATE_TTL('t' = '1d')``, ``LOOKUP('table' = 't')``."""

from collections.abc import Iterator

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis, lex
from airflow_bluegreen.core.sql.lowering.calls import closing
from airflow_bluegreen.core.sql.names import Part
from airflow_bluegreen.core.sql.scopes import NamedTable, Origin
from airflow_bluegreen.core.sql.source import Source

_BY_NAME = frozenset({"BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP", "MULTI_JOIN"})


def hinted_tables(source: Source, start: int, end: int, origins: tuple[Origin, ...]) -> list[NamedTable]:
    """The places in the hint between two offsets that name a table of its query block which has no alias.

    :raises SqlSyntaxError: if the hint holds what is no Flink SQL.
    """
    found = []
    for name in _names(lex(source, start + len("/*+"), end - len("*/"))):
        for origin in origins:
            if origin.table and name.name == origin.visible[-1]:
                found.append(NamedTable(name=origin.table, part=name))
    return found


def _names(tokens: list[Lexeme]) -> Iterator[Part]:
    for index, token in enumerate(tokens[:-1]):
        if tokens[index + 1].text != "(":
            continue
        inside = tokens[index + 2 : closing(tokens, index + 1)]
        if token.word in _BY_NAME:
            yield from (_part(item) for item in inside if item.is_name or item.lexis is Lexis.STRING)
        elif token.word == "STATE_TTL":
            yield from (_part(key) for key, _ in _assignments(inside))
        elif token.word == "LOOKUP":
            yield from (_part(value) for key, value in _assignments(inside) if key.value == "table")


def _assignments(inside: list[Lexeme]) -> Iterator[tuple[Lexeme, Lexeme]]:
    for index in range(1, len(inside) - 1):
        if inside[index].text == "=":
            yield inside[index - 1], inside[index + 1]


def _part(token: Lexeme) -> Part:
    """The name; of a string only what stands between its quotes."""
    if token.lexis is Lexis.STRING:
        return Part(name=token.value, start=token.start + 1, end=token.end - 1)
    return Part(name=token.value, start=token.start, end=token.end)
