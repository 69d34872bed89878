"""``TUMBLE(TABLE a.b PARTITION BY k, …)`` → ``TUMBLE((SELECT * FROM a.b DISTRIBUTE BY k), …)``."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import closing, symbol, word

WORDS = frozenset({"TABLE"})
_BEFORE = frozenset({"(", ",", "=>"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every table argument of the tokens lowered."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if _is_argument(tokens, index):
            end = _end(tokens, index + 1)
            written += _subquery(token, tokens[index + 1 : end])
            index = end
        else:
            written.append(token)
            index += 1
    return written


def _is_argument(tokens: list[Lexeme], index: int) -> bool:
    if tokens[index].word != "TABLE" or not index or tokens[index - 1].text not in _BEFORE:
        return False
    return index + 1 < len(tokens) and tokens[index + 1].is_name


def _end(tokens: list[Lexeme], at: int) -> int:
    """Where the argument ends: at the parenthesis that closes the call, or at the next comma.

    The columns of ``PARTITION BY`` and ``ORDER BY`` are separated by commas too, if they are in parentheses.
    """
    while at < len(tokens) and tokens[at].text not in (")", ","):
        at = closing(tokens, at) + 1 if tokens[at].text == "(" else at + 1
    return at


def _subquery(table: Lexeme, argument: list[Lexeme]) -> list[Lexeme]:
    body = [word("DISTRIBUTE", token) if token.word == "PARTITION" else token for token in argument]
    head = [symbol("(", table), word("SELECT", table), symbol("*", table), word("FROM", table)]
    return [*head, *body, symbol(")", argument[-1])]
