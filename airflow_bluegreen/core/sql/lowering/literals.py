"""``DATE '2026-01-01'`` → a function of its string; ``CURRENT_DATE`` → a call, since it is no column.

The escapes of JDBC come to the same: ``{d '2026-01-01'}``, ``{fn UCASE(a)}``.
"""

from airflow_bluegreen.core.sql.lexer import Lexeme, Lexis
from airflow_bluegreen.core.sql.lowering.calls import call, closing, symbol

_TYPED = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ"})
_ESCAPES = {"D": "DATE", "T": "TIME", "TS": "TIMESTAMP"}
_BARE = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
_BARE |= {"CURRENT_USER", "CURRENT_CATALOG", "SESSION_USER", "SYSTEM_USER"}
_WITH_ZONE = ["WITH", "LOCAL", "TIME", "ZONE"]
WORDS = _TYPED | _BARE | frozenset(_ESCAPES) | {"UESCAPE", "FN"}


def lower(tokens: list[Lexeme]) -> list[Lexeme]:
    """Every typed literal and every function without parentheses lowered."""
    written: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        length, replacement = 0, written
        if token.word in _TYPED:
            length, replacement = _typed(tokens, index)
        elif token.word in _BARE:
            length, replacement = _bare(tokens, index)
        elif token.text == "{":
            length, replacement = _escape(tokens, index)
        elif token.word == "UESCAPE":
            length, replacement = _unicode(tokens, index, written)
        if length:
            written += replacement
            index += length
        else:
            written.append(token)
            index += 1
    return written


Lowered = tuple[int, list[Lexeme]]
_NOT_LOWERED: Lowered = (0, [])


def _typed(tokens: list[Lexeme], index: int) -> Lowered:
    token, name, at = tokens[index], tokens[index].word, index + 1
    if [following.word for following in tokens[at : at + 4]] == _WITH_ZONE:
        name, at = " ".join([name, *_WITH_ZONE]), at + 4
    if at < len(tokens) and tokens[at].lexis is Lexis.STRING:
        return at + 1 - index, call(name, [tokens[at]], token)
    return _NOT_LOWERED


def _bare(tokens: list[Lexeme], index: int) -> Lowered:
    is_field = index > 0 and tokens[index - 1].text == "."
    is_called = index + 1 < len(tokens) and tokens[index + 1].text == "("
    return _NOT_LOWERED if is_field or is_called else (1, call(tokens[index].word, [], tokens[index]))


def _escape(tokens: list[Lexeme], index: int) -> Lowered:
    """``{d '2026-01-01'}`` and ``{fn f(a)}``."""
    if index + 1 < len(tokens) and tokens[index + 1].word == "FN":
        last = closing(tokens, index)
        return last + 1 - index, lower(tokens[index + 2 : last])
    if len(tokens) < index + 4:
        return _NOT_LOWERED
    sort, text, end = tokens[index + 1 : index + 4]
    if sort.word not in _ESCAPES or text.lexis is not Lexis.STRING or end.text != "}":
        return _NOT_LOWERED
    return 4, call(_ESCAPES[sort.word], [text], tokens[index])


def _unicode(tokens: list[Lexeme], index: int, written: list[Lexeme]) -> Lowered:
    """``U&'d!0061' UESCAPE '!'``: the string before is already written, and goes into the call."""
    if not written or written[-1].lexis is not Lexis.STRING or index + 1 >= len(tokens):
        return _NOT_LOWERED
    text = written.pop()
    return 2, call("UESCAPE", [text, symbol(",", tokens[index]), tokens[index + 1]], text)
