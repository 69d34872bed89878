"""The reading of topics for a comparison is told, held back to a quota, and can be stopped."""

from dataclasses import dataclass, field
from datetime import timedelta
from threading import RLock
from typing import Protocol

from airflow_bluegreen.core.model import EngineSettings
from airflow_bluegreen.exceptions import StoppedError
from airflow_bluegreen.ports import Clock, Narrator

TELL_EVERY_S = 15.0
_NAP_S = 0.5


class ReadingShown(Protocol):
    """Is shown how far a topic is read: records of how many, and records a second."""

    def __call__(self, topic: str, read: int, total: int, rate: float, /) -> None: ...


@dataclass(slots=True)
class Stop:
    """Whether somebody asked the comparison to stop. It does so at the next batch of records."""

    asked: bool = False

    def ask(self) -> None:
        """Ask it; safe in a signal handler."""
        self.asked = True


@dataclass(slots=True, kw_only=True)
class _Progress:
    begun: float
    told: float
    before: int


@dataclass(slots=True, kw_only=True)
class ReadingWatch:
    """Is told of every batch of records.

    :param settings: how many records, or bytes, a second may be read; 0 for as many as there are.
    :param shown: a progress bar; without one, a line now and then.
    """

    clock: Clock
    say: Narrator
    settings: EngineSettings = field(default_factory=EngineSettings)
    stop: Stop = field(default_factory=Stop)
    shown: ReadingShown | None = None
    _topics: dict[str, _Progress] = field(default_factory=dict)
    _free_at: float = 0.0
    _lock: RLock = field(default_factory=RLock)

    def read(self, topic: str, *, records: int, size: int, done: int, total: int) -> None:
        """``records`` more of a topic were read, ``size`` bytes, ``done`` of ``total`` in all.

        Waits where a quota asks for it. Raises StoppedError when somebody asked to stop.
        """
        with self._lock:  # both sides may be read at once, each in its thread
            self._tell(topic, done - records, done, total)
            self.hold(records, size)

    def hold(self, records: int, size: int) -> None:
        """Wait until as much may be read again."""
        limits = ((records, self.settings.records_per_second), (size, self.settings.bytes_per_second))
        seconds = max((count / limit for count, limit in limits if limit), default=0.0)
        self._free_at = max(self._free_at, self.clock.now()) + seconds
        self.check()
        while (rest := self._free_at - self.clock.now()) > 0 and seconds:
            self.clock.sleep(min(rest, _NAP_S))
            self.check()

    def check(self) -> None:
        """Raise StoppedError when somebody asked to stop."""
        if self.stop.asked:
            raise StoppedError("the comparison was stopped", remedy="Run it again: it goes on where it was")

    def _tell(self, topic: str, before: int, done: int, total: int) -> None:
        now = self.clock.now()
        progress = self._topics.setdefault(topic, _Progress(begun=now, told=now, before=before))
        seconds = now - progress.begun
        rate = (done - progress.before) / seconds if seconds > 0 else 0.0
        if self.shown is not None:
            self.shown(topic, done, total, rate)
        elif now - progress.told >= TELL_EVERY_S:
            progress.told = now
            self.say(f"{topic}: {done:,} of {total:,} records read ({pace_in_words(total - done, rate)})")


def pace_in_words(remaining: int, rate: float) -> str:
    """``1,200,000 records/s, 0:00:07 to go``."""
    pace = f"{rate:,.0f} records/s"
    return f"{pace}, {timedelta(seconds=round(remaining / rate))} to go" if rate > 0 else pace
