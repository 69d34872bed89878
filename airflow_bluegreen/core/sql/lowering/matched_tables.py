"""``JOIN t MATCH_RECOGNIZE (…)`` → ``JOIN (SELECT * FROM t MATCH_RECOGNIZE (…))``: the pattern is t's."""

from collections.abc import Sequence

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import closing, symbol, word

WORDS = frozenset({"MATCH_RECOGNIZE"})
_DEPTHS = {")": 1, "]": 1, "(": -1, "[": -1}


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every pattern over a table that stands behind JOIN or a comma, as a subquery."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.word == "MATCH_RECOGNIZE" and index + 1 < len(tokens) and tokens[index + 1].text == "(":
            end = closing(tokens, index + 1) + 1
            first = _first(written)
            written[first:] = _subquery([*written[first:], *tokens[index:end]], written[:first])
            index = end
        else:
            written.append(token)
            index += 1
    return written


def _first(written: Sequence[Lexeme]) -> int:
    """Where the table begins that the pattern looks at: behind FROM, JOIN or a comma."""
    depth = 0
    for index in range(len(written) - 1, -1, -1):
        token = written[index]
        if not depth and (token.text in (",", "(") or token.word in ("FROM", "JOIN")):
            return index + 1
        depth += _DEPTHS.get(token.text, 0)
    return 0


def _subquery(matched: list[Lexeme], before: Sequence[Lexeme]) -> list[Lexeme]:
    if not before or not (before[-1].text == "," or before[-1].word == "JOIN"):
        return matched
    head = [symbol("(", matched[0]), word("SELECT", matched[0]), symbol("*", matched[0])]
    return [*head, word("FROM", matched[0]), *matched, symbol(")", matched[-1])]
