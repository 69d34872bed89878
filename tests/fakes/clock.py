"""A clock that only moves when somebody sleeps."""

from collections.abc import Callable


class FakeClock:
    """``sleep`` advances the time at once and lets the fake world live through it (``on_sleep``)."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self.slept: list[float] = []
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        return self._now

    def now_ms(self) -> int:
        return int(self._now * 1000)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the time and tell the listeners."""
        self._now += seconds
        for listener in self._listeners:
            listener()

    def on_sleep(self, listener: Callable[[], None], *, first: bool = False) -> None:
        """Call ``listener`` each time the clock has moved; ``first``: before those that there are."""
        self._listeners.insert(0 if first else len(self._listeners), listener)
