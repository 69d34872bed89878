"""``a PRECEDES b`` between two periods → ``a OVERLAPS b`` with the word as a call around b, for each of the
relations that parsers do not know.
"""

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.lowering.calls import call, closing, word
from airflow_bluegreen.core.sql.words import RESERVED

WORDS = frozenset({"CONTAINS", "EQUALS", "PRECEDES", "SUCCEEDS"})
_LITERALS = frozenset({Lexis.STRING, Lexis.NUMBER})
_CLOSE_BY = frozenset({"PRECEDES", "SUCCEEDS"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every relation of periods lowered; the words are reserved, so each of them is one."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        end = _operand_end(tokens, index)
        if token.word not in WORDS or end == index or not written or written[-1].text == ".":
            written.append(token)
            continue
        name = token.word
        if name in _CLOSE_BY and written[-1].word == "IMMEDIATELY":
            name = f"{written.pop().word} {name}"
        written.append(word("OVERLAPS", token))
        written += call(name, lower(tokens[index:end]), token)
        index = end
    return written


def _operand_end(tokens: list[Lexeme], at: int) -> int:
    """Where the first part of an expression ends that begins here; ``at`` itself where none begins."""
    if at >= len(tokens):
        return at
    end = at + 1
    if tokens[at].is_name:
        while end + 1 < len(tokens) and tokens[end].text == "." and tokens[end + 1].is_name:
            end += 2
        if end < len(tokens) and tokens[end].text == "(":
            return closing(tokens, end) + 1
        return at if tokens[at].word in RESERVED else end
    if tokens[at].text == "(":
        return closing(tokens, at) + 1
    return end if tokens[at].lexis in _LITERALS else at
