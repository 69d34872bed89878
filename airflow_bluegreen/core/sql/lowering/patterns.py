"""``WITHIN INTERVAL …`` and ``SUBSET …`` of a MATCH_RECOGNIZE → nothing: they name no table and no column."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import outermost, rewrite_calls, symbol

WORDS = frozenset({"MATCH_RECOGNIZE"})
_LEFT_OUT = frozenset({"WITHIN", "SUBSET"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every pattern without its time limit and its unions of variables."""
    return rewrite_calls(tokens, WORDS, _pattern)


def _pattern(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    outer = set(outermost(inside))
    kept: list[Lexeme] = []
    left_out = False
    for index, token in enumerate(inside):
        if index in outer and token.word in _LEFT_OUT | {"DEFINE"}:
            left_out = token.word in _LEFT_OUT
        if not left_out:
            kept.append(token)
    end = inside[-1] if inside else name
    return [name, symbol("(", name), *kept, symbol(")", end)]
