"""Tables and trees on standard output, whoever reads it."""

import os

from rich.console import Console, RenderableType
from rich.measure import Measurement

_NO_END = 100_000


def print_out(*parts: RenderableType, sep: str = "\n") -> None:
    """Print as wide as the terminal is, and into a pipe or a file as wide as it takes: cut for nobody.

    ``COLUMNS`` in the environment sets the width for both.
    """
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _needed(parts)
    console.print(*parts, sep=sep)


def _needed(parts: tuple[RenderableType, ...]) -> int:
    endless = Console(width=_NO_END)
    return max(Measurement.get(endless, endless.options, part).maximum for part in parts)
