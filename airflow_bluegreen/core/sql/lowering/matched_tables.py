"""``JOIN t MATCH_RECOGNIZE (…)`` → ``JOIN (SELECT * FROM t MATCH_RECOGNIZE (…))``: the pattern is t's."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import closing, rewrite_relations, symbol, word

WORDS = frozenset({"MATCH_RECOGNIZE"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every pattern over a table that stands behind JOIN or a comma, as a subquery."""
    return rewrite_relations(tokens, _end, _subquery)


def _end(tokens: list[Lexeme], index: int) -> int:
    """Behind the pattern that begins here; ``index`` itself where none does."""
    if tokens[index].word not in WORDS or index + 1 >= len(tokens) or tokens[index + 1].text != "(":
        return index
    return closing(tokens, index + 1) + 1


def _subquery(before: Lexeme, table: list[Lexeme], pattern: list[Lexeme]) -> list[Lexeme]:
    matched = [*table, *pattern]
    if before.text != "," and before.word != "JOIN":
        return matched
    head = [symbol("(", matched[0]), word("SELECT", matched[0]), symbol("*", matched[0])]
    return [*head, word("FROM", matched[0]), *matched, symbol(")", matched[-1])]
