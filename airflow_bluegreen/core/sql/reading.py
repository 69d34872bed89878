"""One statement as it was read."""

from dataclasses import dataclass

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql.cursor import Cursor
from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.query import Tree
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.core.sql.table_syntax import TableSyntax

Name = tuple[Lexeme, ...]


@dataclass(slots=True, kw_only=True)
class Reading:
    """A statement with its trees, which :class:`~airflow_bluegreen.core.model.Statement` does not carry.

    ``target`` is the table that it writes, creates, changes or drops, ``renamed`` the name that a table gets,
    ``base`` a table that it names outside of a query and only reads. ``columns`` are those of an INSERT, an
    UPDATE or a view. ``members`` are the statements inside: those of a statement set, or the one explained.
    ``head`` are the words before the target's name: ``CREATE OR REPLACE TABLE``.
    """

    kind: StatementKind
    source: Source
    lexemes: list[Lexeme]
    head: tuple[str, ...] = ()
    target: Name = ()
    renamed: Name = ()
    base: Name = ()
    columns: tuple[str, ...] = ()
    partition: tuple[Lexeme, ...] = ()
    table: TableSyntax | None = None
    query: Tree | None = None
    members: tuple["Reading", ...] = ()
    settings: tuple[str, str] | None = None


def begin(kind: StatementKind, cursor: Cursor, first: int) -> Reading:
    """A statement that began at the token ``first``, read up to the name of its table."""
    return Reading(
        kind=kind,
        source=cursor.source,
        lexemes=list(cursor.lexemes[first : cursor.end]),
        head=tuple(lexeme.word for lexeme in cursor.lexemes[first : cursor.position]),
    )
