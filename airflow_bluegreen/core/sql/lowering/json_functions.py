"""``JSON_VALUE(x, '$.a' RETURNING INT NULL ON ERROR)`` → its clauses as one string argument.

``PASSING a AS b`` becomes arguments, as a is an expression.
"""

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.lowering.calls import call, outermost, rewrite_calls, string, symbol
from airflow_bluegreen.core.sql.text import one_line

WORDS = frozenset(
    {
        "JSON_VALUE",
        "JSON_QUERY",
        "JSON_EXISTS",
        "JSON_OBJECT",
        "JSON_ARRAY",
        "JSON_OBJECTAGG",
        "JSON_ARRAYAGG",
    }
)
_CLAUSES = frozenset(
    {
        "NULL",
        "ABSENT",
        "RETURNING",
        "WITH",
        "WITHOUT",
        "ERROR",
        "EMPTY",
        "UNKNOWN",
        "TRUE",
        "FALSE",
        "DEFAULT",
    }
)


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every call of a JSON function lowered."""
    return rewrite_calls(tokens, WORDS, _json)


def _json(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    inside = _passed(inside)
    outer = set(outermost(inside))
    clauses = next(
        (
            index
            for index in sorted(outer)
            if inside[index].word in _CLAUSES and _follows_value(inside, index)
        ),
        len(inside),
    )
    if clauses == 0 and len(inside) > 1:
        tail, body = inside, []
    else:
        tail, body = inside[clauses:], inside[:clauses]
    if name.word.startswith("JSON_OBJECT"):
        body = _pairs(body, outer)
    if tail:
        between = [symbol(",", tail[0])] if body else []
        body = [*body, *between, string(one_line(tail), tail[0])]
    return call(name.word, body, name)


def _passed(inside: list[Lexeme]) -> list[Lexeme]:
    """``PASSING a AS b, c AS d`` as ``, a , 'b', c , 'd'``."""
    outer = set(outermost(inside))
    first = next((index for index in sorted(outer) if inside[index].word == "PASSING"), None)
    if not first:
        return inside
    written = [*inside[:first], symbol(",", inside[first])]
    for index in range(first + 1, len(inside)):
        token = inside[index]
        if index in outer and token.word == "AS":
            written.append(symbol(",", token))
        elif index - 1 in outer and inside[index - 1].word == "AS" and token.is_name:
            written.append(string(token.value, token))
        else:
            written.append(token)
    return written


def _follows_value(inside: list[Lexeme], index: int) -> bool:
    """Whether the word stands behind an operand, where only a clause can follow."""
    if not index:
        return index + 1 < len(inside) and inside[index + 1].word == "ON"
    before = inside[index - 1]
    return before.lexis is not Lexis.SYMBOL or before.text in (")", "]")


def _pairs(body: list[Lexeme], outer: set[int]) -> list[Lexeme]:
    """``KEY a VALUE b`` and ``a : b`` as ``a , b``."""
    written = []
    for index, token in enumerate(body):
        if index in outer and token.word == "KEY" and (not index or body[index - 1].text == ","):
            continue
        pairs = index in outer and (token.word == "VALUE" or token.text == ":")
        written.append(symbol(",", token) if pairs else token)
    return written
