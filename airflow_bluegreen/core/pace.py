"""How quickly a job works through its inputs: what the looks so far have seen of it."""

from collections.abc import Sequence
from dataclasses import dataclass

SPACING_MS = 4_000
"""Looks that follow one another more quickly than this are kept as one."""
RATE_MS = 60_000
"""Rates are means over the last minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one look saw at ``at_ms`` (ms since the epoch), in totals over all input partitions.

    :param read: next offsets to read, summed up.
    :param ends: end offsets, summed up.
    :param restarts: of the job, since it was submitted.
    :param checkpoint_at: trigger time of the last completed checkpoint.
    :param unplaced: tasks that wait for a slot.
    """

    at_ms: int
    read: int
    ends: int
    restarts: int = 0
    checkpoint_at: int | None = None
    unplaced: int = 0

    @property
    def lag(self) -> int:
        """Records that were there and not read."""
        return self.ends - self.read


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Records a second: ``rate`` that are read, ``growth`` that arrive."""

    rate: float
    growth: float

    @property
    def falls_behind(self) -> bool:
        """Whether more arrives than is read."""
        return self.growth > 0 and self.rate <= self.growth

    def seconds_to_read(self, remaining: int) -> float | None:
        """How long a known number of records takes; None = never at this pace."""
        return remaining / self.rate if self.rate > 0 else None

    def seconds_to_catch_up(self, lag: int) -> float | None:
        """How long it takes until nothing is left although more arrives; None = never at this pace."""
        return lag / (self.rate - self.growth) if self.rate > self.growth else None


def followed(samples: Sequence[Sample], sample: Sample, keep_ms: int) -> tuple[Sample, ...]:
    """The samples with a new one behind them; those older than ``keep_ms`` are dropped, all but the last."""
    before = list(samples)
    if len(before) >= 2 and before[-1].at_ms - before[-2].at_ms < SPACING_MS:
        before.pop()
    from_ms = sample.at_ms - keep_ms
    while len(before) >= 2 and before[1].at_ms <= from_ms:
        before.pop(0)
    return (*before, sample)


def pace(samples: Sequence[Sample], over_ms: int = RATE_MS) -> Pace | None:
    """The mean pace over the last ``over_ms``; None before there are two looks, or when the job went back."""
    if len(samples) < 2:
        return None
    last = samples[-1]
    first = since(samples, last.at_ms - over_ms)
    seconds = (last.at_ms - first.at_ms) / 1000
    if seconds <= 0 or last.read < first.read or last.ends < first.ends:
        return None
    return Pace(rate=(last.read - first.read) / seconds, growth=(last.ends - first.ends) / seconds)


def since(samples: Sequence[Sample], at_ms: int) -> Sample:
    """The newest sample that is not younger than ``at_ms``, else the oldest there is."""
    return next((one for one in reversed(samples) if one.at_ms <= at_ms), samples[0])
