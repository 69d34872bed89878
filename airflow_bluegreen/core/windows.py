"""Whether a release window is open at an instant, and when it opens next, whatever the clocks do.

A time of a window stands for the first instant of its day at which the wall clock shows that time or a later
one. So a window opens once a day: an hour that comes twice opens it the first time, and an hour that is left
out has gone by when the clock jumps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from airflow_bluegreen.core.model import WEEKDAYS, ReleaseWindow

_DAY = timedelta(days=1)
_HORIZON = 800
"""Days in which an opening is looked for: more than two years, so that a yearly blackout does not end it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """From when (included) to when (not included) a window is open, in UTC."""

    start: datetime
    end: datetime


def is_open(window: ReleaseWindow, at: datetime) -> bool:
    """Whether a cut-over may begin at an instant (an aware datetime)."""
    coming = next_opening(window, at)
    return coming is not None and coming.start <= at


def next_opening(window: ReleaseWindow, at: datetime) -> Opening | None:
    """The first opening that ends after ``at``, which it may hold; None where there is none in two years."""
    zone = ZoneInfo(window.time_zone)
    today = at.astimezone(zone).date()
    for days in range(-1, _HORIZON):
        for opening in _openings(window, zone, today + days * _DAY):
            if opening.end > at:
                return opening
    return None


def window_in_words(window: ReleaseWindow) -> str:
    """Such as ``22:00 to 04:00 Europe/Berlin on mon, tue``."""
    hours = f"{window.start:%H:%M} to {window.end:%H:%M}" if window.start != window.end else "the whole day"
    days = "" if set(window.days) == set(WEEKDAYS) else f" on {', '.join(window.days)}"
    return f"{hours} {window.time_zone}{days}"


def moment_in_words(window: ReleaseWindow, at: datetime) -> str:
    """An instant as the wall clock of the window shows it, such as ``Tue 2026-12-01 22:00 CET``."""
    return f"{at.astimezone(ZoneInfo(window.time_zone)):%a %Y-%m-%d %H:%M %Z}"


def _openings(window: ReleaseWindow, zone: ZoneInfo, day: date) -> Iterator[Opening]:
    """What is left of the opening that begins on a day when the blackouts are taken away."""
    if WEEKDAYS[day.weekday()] not in window.days:
        return
    over_midnight = window.end <= window.start
    start = _instant(zone, day, window.start)
    end = _instant(zone, day + _DAY if over_midnight else day, window.end)
    midnight = _instant(zone, day + _DAY, time(0)) if over_midnight else end
    today, tomorrow = not _is_blackout(window, day), not _is_blackout(window, day + _DAY)
    kept = (start if today else midnight, end if tomorrow or not over_midnight else midnight)
    if kept[0] < kept[1]:
        yield Opening(start=kept[0], end=kept[1])


def _is_blackout(window: ReleaseWindow, day: date) -> bool:
    return any(one.first <= day <= one.last for one in window.blackouts)


def _instant(zone: ZoneInfo, day: date, at: time) -> datetime:
    """The first instant, in UTC, at which the wall clock shows that time of the day or a later one."""
    late = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    early = datetime.combine(day, at.replace(fold=1), tzinfo=zone).astimezone(UTC)
    if late <= early:
        return late
    # A time that is left out: the clock jumps somewhere between what it would be by either offset.
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
