"""Numbers, times and shares as people read them."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

_DAY_MS = 86_400_000


def compact(number: float) -> str:
    """``940``, ``1.2k``, ``35M``: at most four characters and a sign."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            scaled = number / size
            return f"{scaled:.0f}{unit}" if scaled >= 10 or scaled == int(scaled) else f"{scaled:.1f}{unit}"
    return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def percent(share: float) -> str:
    """A share of 0 to 1. Only what is all of it is 100 %, only what is nothing 0 %."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    digits = next((digits for digits in (1, 2, 3) if 0 < round(share * 100, digits) < 100), None)
    if digits is None:
        return "> 99.999 %" if share > 0.5 else "< 0.001 %"
    return f"{share * 100:.{digits}f} %"


def span(milliseconds: float) -> str:
    """A time span: ``120 ms``, ``1.5 s``, ``3 min``, ``2 h``, ``4 d``."""
    size = abs(milliseconds)
    for unit, length in (("d", _DAY_MS), ("h", 3_600_000), ("min", 60_000), ("s", 1000)):
        if size >= length:
            return f"{_short(milliseconds / length)} {unit}"
    return f"{_short(milliseconds)} ms"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if abs(number) < 10 else f"{number:.0f}"


def moment(milliseconds: float) -> str:
    """A point in time, to the second, in UTC; its year stands above it."""
    at = _at(milliseconds)
    return f"{at:%d %b %H:%M:%S}" if at else f"{milliseconds:.3g} ms"


def date_and_time(milliseconds: float) -> str:
    """A point in time on its own, to the millisecond, in UTC."""
    at = _at(milliseconds)
    if at is None:
        return f"{milliseconds:.3g} ms"
    return at.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def moments(edges: Sequence[float]) -> tuple[str, ...]:
    """Points in time as short as they can be told apart on one axis."""
    steps = [after - before for before, after in pairwise(edges)]
    covered = edges[-1] - edges[0] if edges else 0
    if covered > 3 * _DAY_MS:
        form = "%d %b"
    elif min(steps, default=0) < 60_000:
        form = "%H:%M:%S"
    else:
        form = "%H:%M"
    return tuple(f"{at:{form}}" if (at := _at(edge)) else f"{edge:.3g}" for edge in edges)


def period(start: float, end: float) -> str:
    """From when to when, in UTC."""
    first, last = _at(start), _at(end)
    if first is None or last is None:
        return f"{start:.3g} to {end:.3g} ms"
    if first.date() == last.date():
        return f"{first:%d %b %Y, %H:%M} to {last:%H:%M} UTC"
    return f"{first:%d %b %Y %H:%M} to {last:%d %b %Y %H:%M} UTC"


def ceiling(number: float) -> float:
    """The next number above that is round enough for the end of an axis."""
    if number <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(number))
    return next(step * size for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if number <= step * size * 1.0000001)


def _at(milliseconds: float) -> datetime | None:
    """None for what no calendar holds: event times come from data."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None
