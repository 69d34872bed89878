"""``CASE x WHEN 'a', 'b' THEN …`` → the values of a branch as the arguments of one call."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import call

WORDS = frozenset({"WHEN"})
_DEPTHS = {"(": 1, "[": 1, ")": -1, "]": -1}
_MARKS = frozenset({*_DEPTHS, "WHEN", ",", "THEN"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every branch with more than one value lowered."""
    written: list[Lexeme] = []
    opened: list[tuple[int, int]] = []  # where the values of each open WHEN begin, and how deep it stands
    listed: set[int] = set()
    depth = 0
    for token in tokens:
        if (token.word or token.text) not in _MARKS:
            written.append(token)
            continue
        depth += _DEPTHS.get(token.text, 0)
        if token.word == "WHEN":
            opened.append((len(written) + 1, depth))
        elif opened and opened[-1][1] == depth:
            begin, _ = opened[-1]
            if token.text == ",":
                listed.add(begin)
            elif token.word == "THEN":
                opened.pop()
                if begin in listed:
                    written[begin:] = call("WHEN ONE OF", written[begin:], written[begin - 1])
        written.append(token)
    return written
