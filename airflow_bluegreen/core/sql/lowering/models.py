"""``ML_PREDICT(TABLE t, MODEL a.m, …)`` → the model as a string: its name is no table's and no column's."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import string
from airflow_bluegreen.core.sql.text import one_line

WORDS = frozenset({"MODEL"})
_BEFORE = frozenset({"(", ",", "=>"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every model argument lowered."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = index + 1
        if token.word == "MODEL" and index and tokens[index - 1].text in _BEFORE:
            while end < len(tokens) and (tokens[end].is_name or tokens[end].text == "."):
                end += 1
        if end > index + 1:
            written.append(string(one_line(tokens[index:end]), token))
        else:
            written.append(token)
        index = end
    return written
