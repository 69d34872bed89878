"""The text being read and the places in it."""

from dataclasses import dataclass

from airflow_bluegreen.exceptions import SqlSyntaxError, Where

_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's whole text; every offset of this package counts characters from its beginning."""

    text: str
    path: str

    def where(self, offset: int) -> Where:
        """Line and column, both from 1, of a character offset."""
        before = self.text[:offset]
        return Where(
            path=self.path,
            line=before.count("\n") + 1,
            column=offset - (before.rfind("\n") + 1) + 1,
        )

    def error(self, what: str, start: int, end: int | None = None, *, remedy: str = "") -> SqlSyntaxError:
        """The error for the text between two offsets (default: the line from ``start`` on)."""
        piece = self.text[start:end] if end is not None else self.text[start:].split("\n", 1)[0]
        shown = " ".join(piece.split())
        if len(shown) > _SHOWN:
            shown = shown[: _SHOWN - 1] + "…"
        near = f", at {shown!r}" if shown else ", at the end of the text"
        return SqlSyntaxError(what + near, where=self.where(min(start, len(self.text))), remedy=remedy)
