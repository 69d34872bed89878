"""What the comparison of blue and green found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``pass``: nothing differs, or only what the change explains. ``fail``: something differs that nothing
    explains. ``warn``: not known, or worth a look; a check that could not be made never passes.
    """

    PASS = "pass"  # noqa: S105 -- no password
    WARN = "warn"
    FAIL = "fail"


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of the whole from those of its parts; of nothing it is ``pass``."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.PASS)


class Engine(StrEnum):
    """Where two topics are compared: in the process that asks, or by queries on the Flink cluster.

    ``auto``: on the cluster where there are many records.
    """

    EMBEDDED = "embedded"
    CLUSTER = "cluster"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """The engine of a project's comparisons; ``cluster_above`` records of both topics ``auto`` takes the
    cluster.

    The embedded one reads no more than ``records_per_second`` and ``bytes_per_second`` (0: as many as there
    are), and puts hashes onto disk when those of both topics take more than ``hash_memory`` bytes.
    """

    engine: Engine = Engine.EMBEDDED
    cluster_above: int = 20_000_000
    records_per_second: int = 0
    bytes_per_second: int = 0
    hash_memory: int = 1 << 30


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
    """One check of a table: what blue and green have, and the sentence that explains the verdict.

    :param rule: the rule that made the verdict, in words that stand in the configuration or its reference.
    :param expected: differences were found and the change explains all of them; the verdict is ``pass``.
    """

    check: str
    verdict: Verdict
    blue: str
    green: str
    detail: str
    rule: str = ""
    expected: bool = False


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
class AggregatePair:
    """One aggregate of a column on both sides: ``sum``, ``min``, ``max``, ``mean``, ``distinct``, ``p50`` or
    ``p95``; None where there is nothing to aggregate. The values of a ``moment`` are ms since the epoch.
    """

    column: str
    measure: str
    blue: float | None
    green: float | None
    moment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableComparison:
    """The comparison of one green table with its blue one; ``blue`` is None for a new table."""

    table: str
    blue: str | None
    green: str
    verdict: Verdict
    keys: KeyCounts
    checks: tuple[CheckResult, ...]
    changed_columns: tuple[str, ...] = ()
    samples: tuple[DifferenceSample, ...] = ()
    columns: tuple[ColumnMatch, ...] = ()
    aggregates: tuple[AggregatePair, ...] = ()
    event_times: EventTimes | None = None
    convergence: tuple[ConvergencePoint, ...] = ()

    @property
    def new(self) -> bool:
        """Whether there is no blue table to compare with."""
        return self.blue is None

    @property
    def expected(self) -> bool:
        """Whether differences were found and the change explains all of them."""
        return self.verdict is Verdict.PASS and any(check.expected for check in self.checks)

    @property
    def told(self) -> str:
        """The verdict for people: ``pass (expected differences)``, ``pass (new)``, ``fail``."""
        if self.new:
            return f"{self.verdict} (new)"
        return f"{self.verdict} (expected differences)" if self.expected else str(self.verdict)
