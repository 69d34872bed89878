"""The text being read and the places in it."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from airflow_bluegreen.exceptions import SqlSyntaxError, Where

_SHOWN = 60
_LINE_END = re.compile("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's whole text; every offset of this package counts characters from its beginning."""

    text: str
    path: str
    _line_starts: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def where(self, offset: int) -> Where:
        """Line and column, both from 1, of a character offset."""
        starts = self._line_starts
        if not starts:  # found once, as a file may hold many statements
            starts += [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        line = bisect_right(starts, offset)
        return Where(path=self.path, line=line, column=offset - starts[line - 1] + 1)

    def error(self, what: str, start: int, end: int | None = None, *, remedy: str = "") -> SqlSyntaxError:
        """The error for the text between two offsets (default: the line from ``start`` on)."""
        piece = self.text[start:end] if end is not None else self.text[start:].split("\n", 1)[0]
        shown = " ".join(piece.split())
        if len(shown) > _SHOWN:
            shown = shown[: _SHOWN - 1] + "…"
        near = f", at {shown!r}" if shown else ", at the end of the text"
        return SqlSyntaxError(what + near, where=self.where(min(start, len(self.text))), remedy=remedy)
