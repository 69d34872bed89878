"""``OVER (… ALLOW PARTIAL)`` → without these words, which say what is meant anyway."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import rewrite_calls, symbol

WORDS = frozenset({"PARTIAL"})
_WINDOWS = frozenset({"OVER", "AS"})  # WINDOW w AS (…)


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every such window lowered."""
    return rewrite_calls(tokens, _WINDOWS, _window)


def _window(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    if [token.word for token in inside[-2:]] == ["ALLOW", "PARTIAL"]:
        inside = inside[:-2]
    return [name, symbol("(", name), *inside, symbol(")", inside[-1] if inside else name)]
