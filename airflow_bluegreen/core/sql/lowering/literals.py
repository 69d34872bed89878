"""``DATE '2026-01-01'`` → a function of its string; ``CURRENT_DATE`` → a call, since it is no column."""

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.lowering.calls import call

_TYPED = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ"})
_BARE = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
_BARE |= {"CURRENT_USER", "CURRENT_CATALOG", "SESSION_USER", "SYSTEM_USER"}
WORDS = _TYPED | _BARE


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every typed literal and every function without parentheses lowered."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        field = index > 0 and tokens[index - 1].text == "."
        if token.word in _TYPED and following and following.lexis is Lexis.STRING:
            written += call(token.word, [following], token)
            index += 2
            continue
        if token.word in _BARE and not field and not (following and following.text == "("):
            written += call(token.word, [], token)
        else:
            written.append(token)
        index += 1
    return written
