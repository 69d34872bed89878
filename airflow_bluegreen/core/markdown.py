"""Markdown of texts that nobody here wrote."""

import html
from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    return [
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(cell(value) for value in row)} |" for row in rows),
    ]


def cell(text: str) -> str:
    """Text that cannot leave its cell nor become markup; names come from a repository, not from
    us.
    """
    escaped = html.escape(" ".join(text.split()), quote=False)
    for mark in ("\\", "|", "`", "[", "]"):
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped
