"""Evidence with defaults under which every check is content."""

from dataclasses import replace
from typing import Any

from airflow_bluegreen.core.comparison.evidence import (
    Accounted,
    Duplicates,
    Evidence,
    Facts,
    GroupDifference,
    Inspection,
    SideDuplicates,
)
from airflow_bluegreen.core.model import (
    AggregatePair,
    CheckSettings,
    Column,
    ColumnMatch,
    EventTimes,
    ExpectedDifference,
    Grouping,
    Histogram,
    KeyCounts,
    Quantiles,
    SideTimes,
    TableDefinition,
)

COLUMNS = (Column(name="id", type="STRING", nullable=False), Column(name="total", type="INT"))
QUIET = Evidence(
    blue=Facts(topic="int_3", records=12, rows=10),
    green=Facts(topic="int_3_v2", records=10, rows=10),
    primary_key=("id",),
    columns=COLUMNS,
    blue_columns=COLUMNS,
    expected=ExpectedDifference(),
    keys=KeyCounts(match=10),
)
NEW = replace(QUIET, blue=None, blue_columns=(), keys=KeyCounts())


def quiet(**changes: Any) -> Evidence:
    return replace(QUIET, **changes)


def new(**changes: Any) -> Evidence:
    return replace(NEW, **changes)


HOUR = 3_600_000.0
TIMES = EventTimes(
    column="at",
    rows=Histogram(edges=(0.0, HOUR, 2 * HOUR), blue=(4, 6), green=(4, 6)),
    latencies=Histogram(edges=(0.0, 1000.0), blue=(10,), green=(10,)),
    blue=SideTimes(newest_ms=7_000_000, latency=Quantiles(p50=100, p95=900, p99=1000)),
    green=SideTimes(newest_ms=7_000_000, latency=Quantiles(p50=100, p95=950, p99=1000)),
)
INSPECTION = Inspection(
    columns=(ColumnMatch(column="total", compared=10, equal=10, blue_nulls=0.1, green_nulls=0.1),),
    nulls={"id": 0.0, "total": 0.1},
    duplicates=Duplicates(unique=("id",), blue=SideDuplicates(), green=SideDuplicates()),
    aggregates=(AggregatePair(column="total", measure="sum", blue=100.0, green=100.0),),
    groups=(GroupDifference(grouping=Grouping(by=("id",)), groups=10),),
    accounted=Accounted(column="row", ids=10, missing=0),
    event_times=TIMES,
)


def everything(**changes: Any) -> Evidence:
    """Evidence to which every check applies, and to which none objects."""
    asked = {
        "compatible": True,
        "unique": ("id",),
        "event_time": "at",
        "settings": CheckSettings(row_id="row"),
        "definition": TableDefinition(columns=(), primary_key=("id",)),
        "blue_definition": TableDefinition(columns=(), primary_key=("id",)),
        "inspection": INSPECTION,
    }
    return quiet(**{**asked, **changes})


def looked(**changes: Any) -> Inspection:
    """What the rows say, but for these changes."""
    return replace(INSPECTION, **changes)
