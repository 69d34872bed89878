"""Writing tokens: names in quotes where they need them, and expressions in one layout for all."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.words import RESERVED, SYNTAX_WORDS

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TIGHT_BEFORE = frozenset({",", ")", "]", ".", ";", "["})
_TIGHT_AFTER = frozenset({"(", "[", "."})


@lru_cache(maxsize=16_384)
def quote(name: str) -> str:
    """The name as an identifier: in backticks if it is reserved or holds anything but ``[A-Za-z0-9_]``."""
    if _PLAIN.fullmatch(name) and name.upper() not in RESERVED:
        return name
    return "`" + name.replace("`", "``") + "`"


def dotted(parts: Iterable[str]) -> str:
    """A name of several parts as people write it: joined by dots, without quotes.

    Only a part that holds a dot itself keeps its backticks: the topic ``shop.orders`` is not the table
    ``orders`` of a database ``shop``.
    """
    return ".".join("`" + part.replace("`", "``") + "`" if {".", "`"} & {*part} else part for part in parts)


def spelled(lexeme: Lexeme) -> str:
    """A token without what does not matter: keywords in upper case, no needless backticks."""
    if lexeme.lexis is Lexis.QUOTED:
        return quote(lexeme.value)
    if lexeme.word in RESERVED:
        return lexeme.word
    return "<>" if lexeme.text == "!=" else lexeme.text


def one_line(lexemes: Sequence[Lexeme]) -> str:
    """The tokens on one line with single spaces, whatever their layout was."""
    written: list[str] = []
    before: Lexeme | None = None
    for lexeme in lexemes:
        if before is not None and not _sticks(before, lexeme):
            written.append(" ")
        written.append(spelled(lexeme))
        before = lexeme
    return "".join(written)


def _sticks(before: Lexeme, lexeme: Lexeme) -> bool:
    if lexeme.text in _TIGHT_BEFORE or before.text in _TIGHT_AFTER:
        return True
    return lexeme.text == "(" and before.is_name and before.word not in SYNTAX_WORDS
