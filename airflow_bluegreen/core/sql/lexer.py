"""Flink SQL's tokens, with their offsets.

Written by hand instead of a tokenizer of sqlglot's: the fingerprints of running jobs are made of these
tokens, so they may not change when a dependency does, and strings, comments and identifiers must be Flink's
(Calcite's), not those of a dialect that comes near.
"""

import re
from enum import Enum
from itertools import islice
from typing import NamedTuple

from airflow_bluegreen.core.sql.quoting import unquoted
from airflow_bluegreen.core.sql.source import Source


class Lexis(Enum):
    """The sorts of tokens."""

    WORD = "w"
    QUOTED = "q"
    STRING = "s"
    NUMBER = "n"
    SYMBOL = "o"
    HINT = "h"


class Lexeme(NamedTuple):
    """One token: its text as written and its place, ``end`` exclusive.

    ``word`` is an unquoted word in upper case, and empty for everything else.
    """

    lexis: Lexis
    text: str
    start: int
    end: int
    word: str = ""

    @property
    def value(self) -> str:
        """The name or the string that the token stands for, without quotes."""
        if self.lexis is Lexis.QUOTED:
            return unquoted(self.text)
        if self.lexis is Lexis.STRING:
            return self.text[self.text.index("'") + 1 : -1].replace("''", "'")
        return self.text

    @property
    def is_name(self) -> bool:
        """Whether it may be an identifier."""
        return self.lexis is Lexis.WORD or self.lexis is Lexis.QUOTED


_SPACE = " \t\r\n\f"
_TOKEN = re.compile(
    r"""
    [ \t\r\n\f]*
    (?: (?P<s>[eE]'(?:\\.|''|[^'\\])*' | (?:[uU]&|[nNxX]|_[A-Za-z0-9]+)?'(?:''|[^'])*')
      | (?P<unicode>[uU]&"(?:""|[^"\r\n])++"(?:<gap>[uU][eE][sS][cC][aA][pP][eE]<gap>'[^0-9A-Fa-f+"'\s]')?)
      | (?P<w>[^\W\d][\w$]*|\$[\w$]+)
      | (?P<comment>--[^\r\n]* | //[^\r\n]* | /\*(?!\+).*?\*/)
      | (?P<h>/\*\+.*?\*/)
      | (?P<o><>|!=|<=|>=|\|\||=>|/(?!\*)|\.(?![0-9])|[-+*%=<>(),;:\[\]{}?|^$])
      | (?P<q>`(?:``|[^`\r\n])+`)
      | (?P<n>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<end>\Z)
    )
    """.replace("<gap>", r"(?>\s | --[^\r\n]* | /\*(?!\+)(?>.*?\*/))*+"),
    re.VERBOSE | re.DOTALL,
)
# The same without names, so that `findall` gives whole pieces; what no token begins with is one piece to the
# end.
_PIECES = re.compile(re.sub(r"\?P<\w+>", "?:", _TOKEN.pattern) + r"| .+", re.VERBOSE | re.DOTALL)
_KINDS = {_TOKEN.groupindex[lexis.value]: lexis for lexis in Lexis}
_WORD, _UNICODE = _TOKEN.groupindex["w"], _TOKEN.groupindex["unicode"]
_KINDS[_UNICODE] = Lexis.QUOTED
# A file of this size is no one's SQL; its tokens would fill the memory.
_MOST_TOKENS = 500_000

# What each piece is (None for comments), its text, the text as a keyword, the length of the space before it
# and of the whole: the same words stand in a project a thousand times.
_Known = tuple[Lexis | None, str, str, int, int]
_KNOWN: dict[str, _Known] = {}
_MOST_KNOWN = 65_536
_LONGEST_KNOWN = 64
_UNFINISHED = {
    "'": ("a string without its closing quote", "Close it with ', and write '' for a quote inside"),
    "`": ("a quoted name without its closing backtick", "Close it with ` on the same line"),
    "/": ("a comment without its end", "Close it with */"),
    '"': ("a double quote is no quote in Flink SQL", "Use backticks for names and single quotes for strings"),
}


def lex(source: Source, start: int = 0, end: int | None = None) -> list[Lexeme]:
    """The tokens between two offsets, comments and layout left out, hints (``/*+ … */``) kept.

    :raises SqlSyntaxError: for a character that no token begins with, an open string, name or comment,
        and for a text that is too long.
    """
    text, stop = source.text, len(source.text) if end is None else end
    at = start + 1 if start == 0 and text.startswith("\ufeff") else start
    if stop - at <= _MOST_TOKENS:
        pieces: list[str] = _PIECES.findall(text, at, stop)
    else:
        pieces = [found[0] for found in islice(_PIECES.finditer(text, at, stop), _MOST_TOKENS)]
    found: list[Lexeme] = []
    append, known, new = found.append, _KNOWN.get, tuple.__new__
    for piece in pieces:
        lexis, written, word, before, length = known(piece) or _learn(piece, source, at)
        if lexis is not None:
            append(new(Lexeme, (lexis, written, at + before, at + length, word)))
        at += length
    if at < stop:
        raise source.error(
            f"more than {_MOST_TOKENS:,} words and signs in one file", at, at + 1, remedy="Split the file"
        )
    return found


def _learn(piece: str, source: Source, at: int) -> _Known:
    """What a piece is. :raises SqlSyntaxError: for one that is no token."""
    token = _TOKEN.match(piece)
    if token is None:
        raise _refuse(source, at)
    text = piece.lstrip(_SPACE)
    word = text.upper() if token.lastindex == _WORD else ""
    if token.lastindex == _UNICODE:
        _check_escapes(text, source, at + len(piece) - len(text))
    learnt = _KINDS.get(token.lastindex or 0), text, word, len(piece) - len(text), len(piece)
    if len(piece) <= _LONGEST_KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[piece] = learnt
    return learnt


def _check_escapes(name: str, source: Source, at: int) -> None:
    """:raises SqlSyntaxError: for a ``U&"…"`` that stands for no name."""
    try:
        unquoted(name)
    except ValueError:
        raise source.error(
            "an escape that stands for no character",
            at,
            at + len(name),
            remedy="Write four hexadecimal digits behind the escape character, or double it",
        ) from None


def _refuse(source: Source, at: int) -> Exception:
    while source.text[at] in " \t\r\n\f":
        at += 1
    character = source.text[at]
    if character in _UNFINISHED:
        what, remedy = _UNFINISHED[character]
        return source.error(what, at, remedy=remedy)
    return source.error(
        f"the character {character!r} has no meaning in Flink SQL",
        at,
        at + 1,
        remedy="Remove it, or put it into a string or a quoted name",
    )
