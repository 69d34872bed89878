"""How a start is shown while it goes on: live on a terminal, a line for each event elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from airflow_bluegreen.stack.status import Progress

_QUIET_SECONDS = 2.0
"""Between two lines about the same step where there is no terminal."""


@contextmanager
def reporting(console: Console) -> Iterator[Progress]:
    """A progress report on ``console`` for :meth:`LocalStack.up`."""
    if console.is_terminal:
        rows: dict[str, str] = {}
        with Live(console=console, refresh_per_second=8, transient=True) as live:

            def show(part: str, doing: str) -> None:
                rows[part] = doing
                live.update(_table(rows))

            yield show
    else:
        yield _lines(console)


def _table(rows: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    for part, doing in rows.items():
        table.add_row("[green]✔" if doing == "up" else Spinner("dots"), part, doing)
    return table


def _lines(console: Console) -> Progress:
    started = time.monotonic()
    shown: dict[str, float] = {}

    def show(part: str, doing: str) -> None:
        now = time.monotonic()
        if part == "download" and now - shown.get(part, 0.0) < _QUIET_SECONDS:
            return
        shown[part] = now
        console.print(f"{now - started:6.1f} s  {part}: {doing}", markup=False, highlight=False)

    return show
