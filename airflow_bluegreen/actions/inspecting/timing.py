"""Event times: rows by window, out of order and late records, and how long an event takes to the topic."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_bluegreen.actions.inspecting.frames import HELD, Side
from airflow_bluegreen.core.model import EventTimes, Histogram, Quantiles, SideTimes

if TYPE_CHECKING:
    import duckdb

ROWTIME = "$rowtime"
"""Confluent's name for the timestamp of the record."""
RECENT_MS = 300_000
"""Latency is told from the events of the last minutes: what green wrote while it caught up says nothing."""
MIN_EVENTS = 20
"""Of fewer recent events no percentile is told."""
MAX_BINS = 60
LATENCY_BINS = 24

_DELAY = re.compile(r"-\s*INTERVAL\s+'(\d+(?:\.\d+)?)'\s+(SECOND|MINUTE|HOUR|DAY)S?\b", re.IGNORECASE)
_UNITS_MS = {"SECOND": 1_000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}
_STEPS_MS = (
    *(1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000),
    *(43_200_000, 86_400_000, 604_800_000, 2_592_000_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeColumn:
    """The column of the event time, and how far (ms) the watermark stays behind; None where unknown."""

    column: str
    delay_ms: float | None


def time_column(watermark: str | None, configured: str) -> TimeColumn | None:
    """The event-time column: what the project says, else that of the DDL's watermark."""
    marked, _, expression = (watermark or "").partition(" AS ")
    column = configured or marked.strip().strip("`")
    if not column:
        return None
    if column != marked.strip().strip("`"):
        return TimeColumn(column=column, delay_ms=None)
    found = _DELAY.search(expression)
    if found:
        return TimeColumn(column=column, delay_ms=float(found[1]) * _UNITS_MS[found[2].upper()])
    return TimeColumn(column=column, delay_ms=0.0 if expression.strip().strip("`") == column else None)


def event_times(
    connection: "duckdb.DuckDBPyConnection",
    blue: Side | None,
    green: Side,
    time: TimeColumn,
    window_s: float,
) -> EventTimes | None:
    """Event times of both sides; None where a side does not have the column, or no event at all."""
    sides = [side for side in (blue, green) if side is not None]
    if time.column != ROWTIME and not all(time.column in side.cells for side in sides):
        return None
    for side in sides:
        _prepare(connection, side, time.column)
    since = _recent_since(connection, sides)
    spans = [_span(connection, side) for side in sides]
    known = [span for span in spans if span is not None]
    if not known or since is None:
        return None
    edges = _edges(min(low for low, _ in known), max(high for _, high in known), window_s * 1000)
    rows = [_binned(connection, f"{side.name}_times", f"{HELD}", edges) for side in sides]
    latencies = _latencies(connection, sides, since)
    told = [_side_times(connection, side, time.delay_ms, since) for side in sides]
    return EventTimes(
        column=time.column,
        rows=Histogram(edges=edges, green=rows[-1], blue=rows[0] if blue else ()),
        latencies=latencies,
        green=told[-1],
        blue=told[0] if blue else None,
    )


def _prepare(connection: "duckdb.DuckDBPyConnection", side: Side, column: str) -> None:
    """``<side>_times``: every record with its event time and the newest one before it in its partition."""
    value = "CAST(stamp AS DOUBLE)" if column == ROWTIME else side.cells[column].measure
    connection.execute(
        f"CREATE OR REPLACE TABLE {side.name}_times AS "  # noqa: S608
        "SELECT *, max(event) OVER (PARTITION BY part ORDER BY number "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM ("
        f"SELECT part, number, stamp, live, settled, sampled, {value} AS event FROM {side.name}) "
        "WHERE sampled AND event IS NOT NULL"
    )


def _recent_since(connection: "duckdb.DuckDBPyConnection", sides: Sequence[Side]) -> float | None:
    """From when on (ms) both sides were alive and recent: green's first record is where it begins."""
    bounds = [
        connection.execute(f"SELECT min(stamp), max(stamp) FROM {side.name}_times").fetchall()[0]  # noqa: S608
        for side in sides
    ]
    if any(first is None for first, _ in bounds):
        return None
    return float(max(bounds[-1][0], min(last for _, last in bounds) - RECENT_MS))


def _span(connection: "duckdb.DuckDBPyConnection", side: Side) -> tuple[float, float] | None:
    low, high = connection.execute(
        f"SELECT min(event), max(event) FROM {side.name}_times WHERE {HELD}"  # noqa: S608
    ).fetchall()[0]
    return None if low is None else (low, high)


def _edges(low: float, high: float, window_ms: float) -> tuple[float, ...]:
    """Edges at multiples of the width, which is the smallest usual one that needs no more bins than fit."""
    width = window_ms or next((step for step in _STEPS_MS if (high - low) / step < MAX_BINS), 0.0)
    width = width or (high - low) / MAX_BINS
    while (high - low) / width >= 10 * MAX_BINS:
        width *= 2
    first = math.floor(low / width)
    return tuple(width * at for at in range(first, math.floor(high / width) + 2))


def _binned(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    condition: str,
    edges: Sequence[float],
    what: str = "event",
) -> tuple[int, ...]:
    """How many values are in each bin; what is beyond the last edge counts in the last bin."""
    width = edges[1] - edges[0]
    counted = connection.execute(
        f"SELECT CAST(greatest(0, least({len(edges) - 2}, floor(({what} - {edges[0]!r}) / {width!r})))"  # noqa: S608
        f" AS INTEGER), count(*) FROM {table} WHERE {condition} GROUP BY 1"
    ).fetchall()
    counts = [0] * (len(edges) - 1)
    for at, count in counted:
        counts[at] = count
    return tuple(counts)


def _latencies(connection: "duckdb.DuckDBPyConnection", sides: Sequence[Side], since: float) -> Histogram:
    found = [
        connection.execute(
            "SELECT min(stamp - event), quantile_cont(stamp - event, 0.99) "  # noqa: S608
            f"FROM {side.name}_times WHERE event >= {since!r}"
        ).fetchall()[0]
        for side in sides
    ]
    known = [(low, high) for low, high in found if low is not None]
    if not known:
        return Histogram(edges=(), green=(), blue=())
    low, high = min(0.0, *(one for one, _ in known)), max(one for _, one in known)
    width = max((high - low) / LATENCY_BINS, 1.0)
    edges = tuple(low + width * at for at in range(LATENCY_BINS + 1))
    counts = [
        _binned(connection, f"{side.name}_times", f"event >= {since!r}", edges, "(stamp - event)")
        for side in sides
    ]
    return Histogram(edges=edges, green=counts[-1], blue=counts[0] if len(sides) > 1 else ())


def _side_times(
    connection: "duckdb.DuckDBPyConnection", side: Side, delay_ms: float | None, since: float
) -> SideTimes:
    late = "FALSE" if delay_ms is None else f"coalesce(event < before - {delay_ms!r}, FALSE)"
    table, recent = f"{side.name}_times", f"FILTER (stamp >= {since!r})"
    newest, unordered, too_late = connection.execute(
        f"SELECT max(event), avg(CAST(coalesce(event < before, FALSE) AS INTEGER)) {recent}, "  # noqa: S608
        f"avg(CAST({late} AS INTEGER)) {recent} FROM {table}"
    ).fetchall()[0]
    (behind,) = connection.execute(
        f"SELECT min(newest) FROM (SELECT max(event) AS newest FROM {table} GROUP BY part)"  # noqa: S608
    ).fetchall()[0]
    events, p50, p95, p99 = connection.execute(
        f"SELECT count(*), {', '.join(f'quantile_cont(stamp - event, {q})' for q in (0.5, 0.95, 0.99))} "  # noqa: S608
        f"FROM {table} WHERE event >= {since!r}"
    ).fetchall()[0]
    return SideTimes(
        newest_ms=None if newest is None else int(newest),
        watermark_ms=None if behind is None or delay_ms is None else int(behind - delay_ms),
        out_of_order=unordered or 0.0,
        late=too_late or 0.0,
        latency=None if events < MIN_EVENTS else Quantiles(p50=p50, p95=p95, p99=p99),
    )
