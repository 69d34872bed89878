"""``ARRAY[a, b]`` and ``MAP[k, v]`` → calls, since sqlglot takes ``MAP[…]`` for a column."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import call, rewrite_calls

WORDS = frozenset({"ARRAY", "MAP"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every constructor of a collection lowered."""
    return rewrite_calls(tokens, WORDS, lambda name, inside: call(name.word, inside, name), opening="[")
