"""``SUM(a) WITHIN DISTINCT (b)`` → one more argument of the call, which names what decides on the rows."""

from airflow_bluegreen.core.sql.lexer import Lexeme
from airflow_bluegreen.core.sql.lowering.calls import call, closing, symbol

WORDS = frozenset({"WITHIN"})


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every such clause lowered."""
    written: list[Lexeme] = []
    index = done = 0
    while index < len(tokens):
        if _is_clause(tokens, index) and index > done:
            end = closing(tokens, index + 2)
            bracket = written.pop()
            if written and written[-1].text != "(":
                written.append(symbol(",", tokens[index]))
            written += [*call("WITHIN DISTINCT", tokens[index + 3 : end], tokens[index]), bracket]
            index = done = end + 1  # a second one behind it is refused by the parser
        else:
            written.append(tokens[index])
            index += 1
    return written


def _is_clause(tokens: list[Lexeme], index: int) -> bool:
    if tokens[index].word != "WITHIN" or not 0 < index < len(tokens) - 2 or tokens[index - 1].text != ")":
        return False
    return tokens[index + 1].word == "DISTINCT" and tokens[index + 2].text == "("
