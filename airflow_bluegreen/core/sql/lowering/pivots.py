"""``t UNPIVOT (…)`` and ``t PIVOT (…)`` → a function over t: what columns come out, nobody follows."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import (
    call,
    closing,
    rewrite_relations,
    string,
    symbol,
    word,
)
from airflow_bluegreen.core.sql.text import one_line

WORDS = frozenset({"PIVOT", "UNPIVOT"})
_NULLS = frozenset({"INCLUDE", "EXCLUDE"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every such clause lowered; not one with a dot, since it may name the table."""
    return rewrite_relations(tokens, _end, _function)


def _end(tokens: list[Lexeme], index: int) -> int:
    """Behind the clause that begins here; ``index`` itself where none does."""
    if tokens[index].word not in WORDS:
        return index
    at = index + 1
    if at + 1 < len(tokens) and tokens[at].word in _NULLS and tokens[at + 1].word == "NULLS":
        at += 2
    if at >= len(tokens) or tokens[at].text != "(":
        return index
    end = closing(tokens, at) + 1
    return index if any(token.text == "." for token in tokens[at:end]) else end


def _function(before: Lexeme, table: list[Lexeme], clause: list[Lexeme]) -> list[Lexeme]:
    name = clause[0]
    query = [symbol("(", table[0]), word("SELECT", table[0]), symbol("*", table[0]), word("FROM", table[0])]
    rest = [symbol(")", table[-1]), symbol(",", name), string(one_line(clause), name)]
    return call(name.word, [*query, *table, *rest], name)
