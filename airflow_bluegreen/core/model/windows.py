"""When a release may cut over."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week as settings name them, in the order of :meth:`datetime.date.weekday`."""


class Outside(StrEnum):
    """What a cut-over does that would begin while the window is closed."""

    WAIT = "wait"
    """Waits for the next opening."""
    STOP = "stop"
    """Is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """Days, both ends included, on which no cut-over begins."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWindow:
    """From when to when, by the wall clock of a time zone, cut-overs may begin.

    An ``end`` that is not after ``start`` is on the next day, so that the same time twice means the whole
    day. ``days`` are those on which the window opens, ``time_zone`` is a name of the IANA database.
    """

    start: time = time(0)
    end: time = time(0)
    time_zone: str = "UTC"
    days: tuple[str, ...] = WEEKDAYS
    blackouts: tuple[Blackout, ...] = ()
    outside: Outside = Outside.WAIT
