"""Under which keys findings are kept: digests of everything that a finding depends on, but for the code."""

import hashlib
from collections.abc import Mapping

from airflow_bluegreen.core.asking import names_of
from airflow_bluegreen.core.model import Column, Statement

Schema = tuple[Column, ...]
_Told = tuple[tuple[str, Schema | None], ...]
"""The names that a statement's lineage depends on, and the columns known under each."""

STATEMENTS, FINGERPRINT, LINEAGE, _SCHEMA = b"statements", b"fingerprint", b"columns", b"schema"


def key_of(kind: bytes, content: str) -> bytes:
    """The key of what was found of a kind in a text."""
    return hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=16, person=kind).digest()


class LineageKeys:
    """The keys of column lineages: the statement's text, and the columns of every table that it names.

    Each is made once, for as long as the columns stay the same objects.
    """

    def __init__(self) -> None:
        self._made: dict[int, tuple[Statement, _Told, bytes]] = {}
        self._schemas: dict[int, tuple[Schema, bytes]] = {}

    def of(self, statement: Statement, columns: Mapping[str, Schema]) -> bytes:
        """The key of a statement's lineage over tables with these columns."""
        known = self._made.get(id(statement))
        if known is not None and all(columns.get(name) is schema for name, schema in known[1]):
            return known[2]
        told = tuple((name, columns.get(name)) for name in names_of(statement))
        digests = [(name, schema and self._digest(schema)) for name, schema in told]
        made = key_of(LINEAGE, repr((statement.kind.value, statement.sql, digests)))
        # With the statement itself, so that no other object can get its id.
        self._made[id(statement)] = statement, told, made
        return made

    def _digest(self, schema: Schema) -> bytes:
        known = self._schemas.get(id(schema))
        if known is None:
            text = repr([(one.name, one.type, one.nullable, one.kind.value) for one in schema])
            known = self._schemas[id(schema)] = schema, key_of(_SCHEMA, text)
        return known[1]
