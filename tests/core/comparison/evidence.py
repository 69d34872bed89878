"""Evidence with defaults under which every check is content."""

from dataclasses import replace
from typing import Any

from airflow_bluegreen.core.comparison.evidence import Evidence, Facts
from airflow_bluegreen.core.model import Column, ExpectedDifference, KeyCounts

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
