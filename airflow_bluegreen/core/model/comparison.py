"""What the comparison of blue and green found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``match``: nothing differs. ``expected``: only what the change intends. ``mismatch``: anything else."""

    MATCH = "match"
    EXPECTED = "expected"
    MISMATCH = "mismatch"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCounts:
    """Keys by what the two sides hold for them once the changelogs are folded."""

    match: int = 0
    blue_only: int = 0
    green_only: int = 0
    diff: int = 0
    in_flight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of a table: what blue and green have, and the sentence that explains the verdict."""

    check: str
    verdict: Verdict
    blue: str
    green: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSample:
    """A key whose rows differ: the differing columns with (blue, green) as text."""

    key: Mapping[str, str]
    columns: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMatch:
    """How one column compares over the keys that both sides hold, without those in flight.

    :param compared: rows of which this column was compared; ``equal`` of them agree, within the tolerance.
    :param expected: whether the change explains differences in it.
    :param left_out: why it was not compared (a non-deterministic expression, ignored by the project), or "".
    :param blue_nulls: share (0 to 1) of rows in which it is null; None where that was not counted.
    """

    column: str
    compared: int
    equal: int
    expected: bool = False
    left_out: str = ""
    tolerance: str = ""
    blue_nulls: float | None = None
    green_nulls: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts of both sides over the same bins: bin ``i`` covers ``edges[i]`` (in) to ``edges[i + 1]`` (out).

    Edges are milliseconds since the epoch for event times, and milliseconds for latencies. ``blue`` is empty
    for a new table.
    """

    edges: tuple[float, ...]
    green: tuple[int, ...]
    blue: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTimes:
    """Event time of one side: newest event time and watermark (ms since the epoch), the shares (0 to 1) of
    records that come out of order and behind the watermark, and the latency from event time to the topic.
    """

    newest_ms: int | None = None
    watermark_ms: int | None = None
    out_of_order: float = 0.0
    late: float = 0.0
    latency: Quantiles | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTimes:
    """Event time of both sides, by ``column``; ``rows`` bins event times, ``latencies`` bins latencies."""

    column: str
    rows: Histogram
    latencies: Histogram
    green: SideTimes
    blue: SideTimes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvergencePoint:
    """How many keys differed at a look, ``at_ms`` since the epoch, and how many of these were in flight."""

    at_ms: int
    differing: int
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableComparison:
    """The comparison of one green table with its blue one."""

    table: str
    blue: str | None
    green: str
    verdict: Verdict
    keys: KeyCounts
    checks: tuple[CheckResult, ...]
    changed_columns: tuple[str, ...] = ()
    samples: tuple[DifferenceSample, ...] = ()
    columns: tuple[ColumnMatch, ...] = ()
    event_times: EventTimes | None = None
    convergence: tuple[ConvergencePoint, ...] = ()
