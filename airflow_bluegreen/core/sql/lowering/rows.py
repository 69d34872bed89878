"""``VALUES ROW(1, 2), 3`` → ``VALUES (1, 2), (3)``, which says the same."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import closing, symbol

WORDS = frozenset({"VALUES"})
_ENDS = frozenset({"UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT", "OFFSET", "FETCH"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every row of every VALUES in parentheses, and without the word ROW."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        written.append(tokens[index])
        index += 1
        if written[-1].word == "VALUES":
            index = _rows(tokens, index, written)
    return written


def _rows(tokens: list[Lexeme], at: int, written: list[Lexeme]) -> int:
    """Writes the rows that begin here; where the list ends."""
    while at < len(tokens):
        end = _end(tokens, at)
        row = lower(tokens[at:end])
        if len(row) > 2 and row[0].word == "ROW" and row[1].text == "(" and closing(row, 1) == len(row) - 1:
            del row[0]
        elif row and not (row[0].text == "(" and closing(row, 0) == len(row) - 1):
            row = [symbol("(", row[0]), *row, symbol(")", row[-1])]
        written += row
        if end >= len(tokens) or tokens[end].text != ",":
            return end
        written.append(tokens[end])
        at = end + 1
    return at


def _end(tokens: list[Lexeme], at: int) -> int:
    """Where the row that begins here ends: at a comma, a parenthesis opened before it, a next clause."""
    while at < len(tokens):
        token = tokens[at]
        if token.text in (",", ")", ";") or token.word in _ENDS:
            return at
        at = closing(tokens, at) + 1 if token.text in ("(", "[", "{") else at + 1
    return at
