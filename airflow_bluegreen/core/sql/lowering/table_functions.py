"""``FROM TABLE(f(x))`` and ``LATERAL TABLE(f(x))`` → ``f(x)``: the wrapper says nothing more."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import rewrite_calls, symbol

WORDS = frozenset({"TABLE"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every such wrapper taken away; around a query its parentheses stay."""
    return rewrite_calls(tokens, WORDS, _unwrap)


def _unwrap(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    if inside and inside[0].word in ("SELECT", "WITH", "VALUES"):
        return [symbol("(", name), *inside, symbol(")", inside[-1])]
    return inside
