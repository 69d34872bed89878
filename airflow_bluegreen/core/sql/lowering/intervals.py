"""``INTERVAL '1 10' DAY(2) TO HOUR`` and ``INTERVAL days DAY`` → a function named after the units."""

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.lowering.calls import call, closing
from airflow_bluegreen.core.sql.text import one_line

WORDS = frozenset({"INTERVAL"})
_UNITS = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"})
_UNITS |= {unit + "S" for unit in _UNITS}


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every interval literal of the tokens lowered."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        value = _value(tokens, index + 1) if token.word == "INTERVAL" else []
        if value:
            end = _units(tokens, index + 1 + len(value))
            units = one_line(tokens[index + 1 + len(value) : end]).upper()
            written += call(f"INTERVAL {units}", value, token)
            index = end
        else:
            written.append(token)
            index += 1
    return written


def _value(tokens: list[Lexeme], at: int) -> list[Lexeme]:
    """The literal with its sign, the column or the parenthesis; nothing if this is no interval."""
    signed = at < len(tokens) and tokens[at].text in ("-", "+")
    number = at + 1 if signed else at
    if number < len(tokens) and tokens[number].lexis in (Lexis.STRING, Lexis.NUMBER):
        return tokens[at : number + 1]
    end = _operand(tokens, at)
    return tokens[at:end] if end < len(tokens) and tokens[end].word in _UNITS else []


def _operand(tokens: list[Lexeme], at: int) -> int:
    """Where a dotted name or a parenthesis ends."""
    if at < len(tokens) and tokens[at].text == "(":
        return closing(tokens, at) + 1
    while at < len(tokens) and tokens[at].is_name:
        at += 1
        if at >= len(tokens) or tokens[at].text != ".":
            break
        at += 1
    return at


def _units(tokens: list[Lexeme], at: int) -> int:
    while at < len(tokens) and (tokens[at].word in _UNITS or tokens[at].word == "TO"):
        at += 1
        if at < len(tokens) and tokens[at].text == "(":
            at = closing(tokens, at) + 1
    return at
