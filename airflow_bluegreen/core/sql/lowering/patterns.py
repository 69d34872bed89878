"""The clauses of a MATCH_RECOGNIZE that no parser knows → nothing: they name no table and no column.

They are ``WITHIN INTERVAL …``, ``SUBSET …``, and ``^`` and ``$`` in the pattern. ``SKIP TO a`` becomes
``SKIP TO LAST a``, which it stands for.
"""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import outermost, rewrite_calls, symbol, word

WORDS = frozenset({"MATCH_RECOGNIZE"})
_LEFT_OUT = frozenset({"WITHIN", "SUBSET"})
_ANCHORS = frozenset({"^", "$"})
_SKIPS = frozenset({"FIRST", "LAST", "NEXT"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every pattern without its time limit, its unions of variables and its anchors."""
    return rewrite_calls(tokens, WORDS, _pattern)


def _pattern(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    outer = set(outermost(inside))
    kept: list[Lexeme] = []
    clause = ""
    for index, token in enumerate(inside):
        if index in outer and token.word in _LEFT_OUT | {"PATTERN", "DEFINE"}:
            clause = token.word
        if clause in _LEFT_OUT or (clause == "PATTERN" and token.text in _ANCHORS):
            continue
        kept.append(token)
        if index in outer and _skips_to_variable(inside, index):
            kept.append(word("LAST", token))
    end = inside[-1] if inside else name
    return [name, symbol("(", name), *kept, symbol(")", end)]


def _skips_to_variable(inside: list[Lexeme], index: int) -> bool:
    """Whether this is the TO of ``SKIP TO a``."""
    if inside[index].word != "TO" or not index or inside[index - 1].word != "SKIP":
        return False
    variable = inside[index + 1] if index + 1 < len(inside) else inside[index]
    behind = inside[index + 2].word if index + 2 < len(inside) else ""
    if variable.word == "NEXT":
        return behind != "ROW"
    return variable.word not in _SKIPS or behind == "PATTERN"
