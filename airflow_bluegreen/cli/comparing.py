"""A comparison on a terminal: a bar for each topic, and Ctrl-C or SIGTERM that stop it where it can go on."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from airflow_bluegreen.actions.reading_watch import ReadingShown, ReadingWatch, Stop, pace_in_words

if TYPE_CHECKING:
    from airflow_bluegreen.cli.session import Session
    from airflow_bluegreen.core.model import TableComparison


@contextmanager
def watching(session: "Session") -> Iterator[ReadingWatch]:
    """What watches the reading of topics, shown on a terminal or said in lines."""
    with stopping() as stop, reading_bars(Console(stderr=True)) as shown:
        yield ReadingWatch(
            clock=session.platform.clock,
            say=session.say,
            settings=session.profile.comparing,
            stop=stop,
            shown=shown,
        )


def compare_pair(session: "Session", blue: str, green: str) -> "TableComparison":
    """Two topics without a release; key and comparison settings are those of the project's table that green
    is a version of, if any.
    """
    from airflow_bluegreen.actions.compare import Subject, compare_topics
    from airflow_bluegreen.actions.read_release import load_project
    from airflow_bluegreen.core.versioning import logical

    project = load_project(session.platform.repository, "HEAD")
    tables = project.tables
    defined = [table.definition for topic in (blue, green) if (table := tables.get(logical(topic)))]
    sides = [definition.columns for definition in defined if definition is not None]
    if len(sides) == 2:
        before, after = sides
    else:
        before, after = (), ()
    table = tables.get(logical(green))
    topic = session.platform.topics.topic(green)
    if table is not None and table.definition is not None:
        key = table.definition.primary_key
    else:
        compacted = topic is not None and "compact" in topic.config.get("cleanup.policy", "")
        key = ("key",) if compacted else ()
    if table is None:
        session.say(f"{green}: no table of the project; compared by the settings for all tables")
    subject = Subject(
        table=logical(green),
        blue=blue,
        green=green,
        primary_key=key,
        columns=after,
        blue_columns=before,
        row_tolerance=session.profile.row_count_tolerance,
        settings=project.comparison.of(logical(green)),
    )
    with watching(session) as watch:
        return compare_topics(session.platform, subject, session.profile, session.say, watch)


@contextmanager
def stopping() -> Iterator[Stop]:
    """What Ctrl-C and SIGTERM ask to stop; a second one ends the process at once."""
    stop = Stop()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.ask()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def reading_bars(console: Console) -> Iterator[ReadingShown | None]:
    """A bar for each topic that is read; None where there is no terminal."""
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)


class Bars:
    """A bar for each topic."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def __call__(self, topic: str, read: int, total: int, rate: float) -> None:
        """Show how far a topic is read."""
        if topic not in self._bars:
            self._bars[topic] = self._progress.add_task(topic, total=max(1, total), doing="")
        doing = pace_in_words(max(0, total - read), rate)
        self._progress.update(self._bars[topic], completed=read, total=max(1, total), doing=doing)
