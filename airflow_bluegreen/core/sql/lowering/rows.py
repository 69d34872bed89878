"""``VALUES ROW(1, 2), ROW(3, 4)`` → ``VALUES (1, 2), (3, 4)``, which says the same."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import closing

WORDS = frozenset({"VALUES"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every row of every VALUES without the word ROW."""
    needless: set[int] = set()
    for index, token in enumerate(tokens):
        if token.word == "VALUES":
            needless.update(_rows(tokens, index + 1))
    return [token for index, token in enumerate(tokens) if index not in needless]


def _rows(tokens: list[Lexeme], at: int) -> list[int]:
    """Where the word ROW stands before a row of this list."""
    found = []
    while at + 1 < len(tokens):
        if tokens[at].word == "ROW" and tokens[at + 1].text == "(":
            found.append(at)
            at += 1
        if tokens[at].text != "(":
            break
        at = closing(tokens, at) + 1
        if at >= len(tokens) or tokens[at].text != ",":
            break
        at += 1
    return found
