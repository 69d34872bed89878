"""``SUBSTRING(x FROM 2 FOR 3)``, ``EXTRACT(DAY FROM t)`` and their like → plain arguments between commas."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import call, outermost, rewrite_calls, string, symbol

# The words that stand between arguments, per function.
_SEPARATORS = {
    "EXTRACT": {"FROM"},
    "TRIM": {"FROM"},
    "SUBSTRING": {"FROM", "FOR"},
    "OVERLAY": {"PLACING", "FROM", "FOR"},
    "POSITION": {"IN", "FROM"},
    "CEIL": {"TO"},
    "CEILING": {"TO"},
    "FLOOR": {"TO"},
    "TIMESTAMPADD": set[str](),
    "TIMESTAMPDIFF": set[str](),
}
_UNIT_FIRST = frozenset({"EXTRACT", "TIMESTAMPADD", "TIMESTAMPDIFF"})
_UNIT_LAST = frozenset({"CEIL", "CEILING", "FLOOR"})
_SIDES = frozenset({"BOTH", "LEADING", "TRAILING"})
WORDS = frozenset(_SEPARATORS)


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every call of such a function lowered."""
    return rewrite_calls(tokens, WORDS, _arguments)


def _arguments(name: Lexeme, inside: list[Lexeme]) -> list[Lexeme]:
    separators = {index for index in outermost(inside) if inside[index].word in _SEPARATORS[name.word]}
    written: list[Lexeme] = []
    for index, token in enumerate(inside):
        if index in separators:
            if written and written[-1].text != ",":
                written.append(symbol(",", token))
        elif _is_unit(name.word, index, separators):
            written.append(string(token.word or token.text, token))
        elif name.word == "TRIM" and not index and token.word in _SIDES:
            written += [string(token.word, token), symbol(",", token)]
        else:
            written.append(token)
    return call(name.word, written, name)


def _is_unit(function: str, index: int, separators: set[int]) -> bool:
    """Whether the token is a unit of time, which looks like the name of a column."""
    if function in _UNIT_FIRST:
        return index == 0
    return function in _UNIT_LAST and index - 1 in separators
