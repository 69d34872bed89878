"""Questions about texts that another process can answer, and their answers, as bytes.

Whoever answers needs the same version of the front-end, and nothing else: all that decides an answer is in
the question.
"""

from collections.abc import Iterator, Mapping

import orjson

from airflow_bluegreen.core.model import Column, ColumnKind, Statement, StatementKind
from airflow_bluegreen.core.packing import pack_lineage, pack_statements
from airflow_bluegreen.core.sql import Trees, column_lineage, fingerprint, parse
from airflow_bluegreen.exceptions import SqlSyntaxError, Where

NOTHING = b""
"""The answer to what is not understood."""

_STATEMENTS, _LINEAGE, _FINGERPRINT = "statements", "lineage", "fingerprint"


def ask_statements(text: str, path: str) -> bytes:
    """Which statements are in a file? The answer is that of :func:`pack_statements`."""
    return orjson.dumps([_STATEMENTS, path, text, None])


def ask_lineage(statement: Statement, columns: Mapping[str, tuple[Column, ...]]) -> bytes:
    """Where do its columns come from? The answer is that of :func:`pack_lineage`."""
    known = {name: columns[name] for name in names_of(statement) if name in columns}
    told = {
        name: [(one.name, one.type, one.nullable, one.kind) for one in schema]
        for name, schema in known.items()
    }
    return orjson.dumps([_LINEAGE, statement.where.path, statement.sql, told])


def ask_fingerprint(sql: str) -> bytes:
    """What is the fingerprint of this text? The answer is that text in ASCII."""
    return orjson.dumps([_FINGERPRINT, "", sql, None])


def names_of(statement: Statement) -> Iterator[str]:
    """The names under which the columns of the tables that it names may be known, each once."""
    named = sorted({*statement.inputs, *statement.outputs})
    yield from named
    yield from (name.rpartition(".")[2] for name in named if "." in name)


def answer(question: bytes, trees: Trees) -> bytes:
    """The answer to a question; :data:`NOTHING` where the text is not understood.

    :param trees: what was read for earlier questions.
    """
    what, path, text, told = orjson.loads(question)
    try:
        if what == _STATEMENTS:
            return pack_statements(parse(text, path, trees))
        if what == _FINGERPRINT:
            return fingerprint(text).encode()
        return pack_lineage(column_lineage(_statement(text, path), _schemas(told), trees))
    except SqlSyntaxError:
        return NOTHING


def _statement(sql: str, path: str) -> Statement:
    """Of a statement whose columns are followed only the text counts."""
    return Statement(
        kind=StatementKind.SELECT,
        sql=sql,
        where=Where(path=path, line=1),
        offset=0,
        outputs=(),
        inputs=(),
        references=(),
    )


def _schemas(told: Mapping[str, list[tuple[str, str, bool, str]]]) -> dict[str, tuple[Column, ...]]:
    return {
        table: tuple(
            Column(name=name, type=written, nullable=nullable, kind=ColumnKind(kind))
            for name, written, nullable, kind in schema
        )
        for table, schema in told.items()
    }
