"""How far green is, told in lines: the task log, or a terminal that is no terminal."""

from collections.abc import Callable

from airflow_bluegreen.core.readiness import Readiness, ReadinessState, Targets
from airflow_bluegreen.ports import Clock, Narrator

TELL_EVERY_S = 15.0

Watching = Callable[[str, Targets, Readiness], None]
"""Is told of every look: (table, what it has to read, how far it is)."""


class ProgressTale:
    """Says how far a table is: at each change of state, and now and then with rate and remaining time."""

    def __init__(self, table: str, say: Narrator, every_s: float = TELL_EVERY_S) -> None:
        self._table = table
        self._say = say
        self._every_s = every_s
        self._told_at: float | None = None
        self._state: ReadinessState | None = None

    def tell(self, readiness: Readiness, now: float) -> None:
        """Say it if it is news; ``now`` in seconds."""
        quiet = self._told_at is not None and now - self._told_at < self._every_s
        if quiet and readiness.state is self._state:
            return
        self._say(f"{self._table} is {readiness.state}: {readiness.reason}{pace_of(readiness)}")
        self._told_at, self._state = now, readiness.state


class Tales:
    """A :data:`Watching` that tells the tale of every table, in lines."""

    def __init__(self, clock: Clock, say: Narrator, every_s: float = TELL_EVERY_S) -> None:
        self._clock = clock
        self._say = say
        self._every_s = every_s
        self._tales: dict[str, ProgressTale] = {}

    def __call__(self, table: str, targets: Targets, readiness: Readiness) -> None:
        """Tell it if it is news."""
        tale = self._tales.setdefault(table, ProgressTale(table, self._say, self._every_s))
        tale.tell(readiness, self._clock.now())
        if readiness.state is ReadinessState.READY:
            self._say(caught_up(table, targets, readiness))


def caught_up(table: str, targets: Targets, readiness: Readiness) -> str:
    """The line at the end of a wait."""
    return f"{table} has caught up: {targets.records:,} input records, {readiness.remaining:,} behind"


def pace_of(readiness: Readiness) -> str:
    """Rate, growth and time to go in brackets; empty while nobody can tell."""
    speed = readiness.pace
    if speed is None or readiness.state not in (ReadinessState.HYDRATING, ReadinessState.LAGGING):
        return ""
    parts = [f"{speed.rate:,.0f} records/s"]
    if speed.growth:
        parts.append(f"{speed.growth:,.0f}/s arrive")
    if readiness.eta_s is not None and readiness.remaining:
        parts.append(f"{readiness.eta_s:,.0f} s to go")
    return f" ({', '.join(parts)})" if speed.rate or speed.growth else ""
