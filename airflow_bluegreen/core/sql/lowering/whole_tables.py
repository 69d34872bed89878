"""``TABLE t`` in the place of a query → ``(SELECT * FROM t)``."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import symbol, word

WORDS = frozenset({"TABLE"})
_BEFORE = frozenset({"UNION", "ALL", "DISTINCT", "EXCEPT", "INTERSECT", "MINUS"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every such query lowered."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _end(tokens, index + 1) if _is_query(tokens, index) else index
        if end > index + 1:
            head = [symbol("(", token), word("SELECT", token), symbol("*", token), word("FROM", token)]
            written += [*head, *tokens[index + 1 : end], symbol(")", tokens[end - 1])]
            index = end
        else:
            written.append(token)
            index += 1
    return written


def _is_query(tokens: list[Lexeme], index: int) -> bool:
    """Whether this TABLE begins a query: at the front, behind WITH … (…), or behind a set operation."""
    if tokens[index].word != "TABLE":
        return False
    return not index or tokens[index - 1].word in _BEFORE or tokens[index - 1].text == ")"


def _end(tokens: list[Lexeme], at: int) -> int:
    """Where the dotted name behind TABLE ends."""
    while at < len(tokens) and tokens[at].is_name:
        at += 1
        if at >= len(tokens) or tokens[at].text != ".":
            break
        at += 1
    return at
