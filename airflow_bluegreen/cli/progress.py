"""How a catch-up is shown: bars on a terminal, a line now and then elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from airflow_bluegreen.actions.progress_tale import Tales, Watching
from airflow_bluegreen.core.readiness import Readiness, ReadinessState, Targets
from airflow_bluegreen.ports import Clock, Narrator


@contextmanager
def catching_up(console: Console, clock: Clock, say: Narrator, tables: int) -> Iterator[Watching]:
    """What to tell every look at ``tables`` tables, shown on ``console`` or said in lines."""
    if not console.is_terminal:
        yield Tales(clock, say)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress, tables)


class Bars:
    """A bar for all tables together, and one for each table on its way."""

    def __init__(self, progress: Progress, tables: int) -> None:
        self._progress = progress
        self._all = progress.add_task("tables", total=tables, doing=f"0 of {tables} ready")
        self._tables = tables
        self._bars: dict[str, TaskID] = {}
        self._ready: set[str] = set()

    def __call__(self, table: str, targets: Targets, readiness: Readiness) -> None:
        """Show how far a table is; one that is ready needs no bar any more."""
        if table not in self._bars:
            self._bars[table] = self._progress.add_task(table, total=max(1, targets.records), doing="")
        bar = self._bars[table]
        if readiness.state is ReadinessState.READY:
            self._ready.add(table)
            self._progress.update(bar, visible=False)
            doing = f"{len(self._ready)} of {self._tables} ready"
            self._progress.update(self._all, completed=len(self._ready), doing=doing)
            return
        hydrating = readiness.state in (ReadinessState.HYDRATING, ReadinessState.STARTING)
        done = targets.records - readiness.remaining if hydrating else targets.records
        self._progress.update(bar, completed=done, doing=doing_of(readiness))


def doing_of(readiness: Readiness) -> str:
    """A table's state with records to go, rate and time to go, as short as a terminal wants it."""
    if readiness.state is ReadinessState.STARTING:
        return readiness.reason
    parts = [str(readiness.state), f"{readiness.remaining:,} to go"]
    if readiness.pace is not None:
        parts.append(f"{readiness.pace.rate:,.0f}/s")
    if readiness.remaining == 0:
        parts[1] = "checkpoint to come"
    elif readiness.eta_s is not None:
        parts.append(str(timedelta(seconds=round(readiness.eta_s))))
    return "  ".join(parts)
