"""``CAST(x AS TYPE)`` → a function named after the type, so that no parser has to know Flink's types."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import call, outermost, rewrite_calls
from airflow_bluegreen.core.sql.text import one_line

WORDS = frozenset({"CAST", "TRY_CAST"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every cast of the tokens lowered."""
    return rewrite_calls(tokens, WORDS, _cast)


def _cast(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    places = [index for index in outermost(inside) if inside[index].word == "AS"]
    if not places:
        return call(name.word, inside, name)
    return call(f"{name.word} AS {one_line(inside[places[-1] + 1 :])}", inside[: places[-1]], name)
