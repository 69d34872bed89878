"""Aggregates of columns as text: blue, green, and what moved."""

from dataclasses import dataclass
from math import isclose

from airflow_bluegreen.core.explain import NOTHING
from airflow_bluegreen.core.model import AggregatePair, TableComparison
from airflow_bluegreen.report.figures import date_and_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """An aggregate of a column, as text; ``change`` is empty where both sides say the same."""

    column: str
    measure: str
    blue: str
    green: str
    change: str


def aggregates_of(found: TableComparison) -> tuple[Aggregate, ...]:
    """Those that differ first."""
    return tuple(
        Aggregate(
            column=one.column,
            measure=one.measure,
            blue=_value(one.blue, one),
            green=_value(one.green, one),
            change=_change(one),
        )
        for one in sorted(found.aggregates, key=lambda pair: not _change(pair))
    )


def _value(value: float | None, of: AggregatePair) -> str:
    return date_and_time(value) if of.moment and value is not None else _number(value)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.6g}" if abs(value) < 1e15 else f"{value:.6g}"


def _is_close(one: AggregatePair) -> bool:
    """Sums of floats depend on the order of the rows."""
    return one.blue is not None and one.green is not None and isclose(one.blue, one.green, rel_tol=1e-9)


def _change(one: AggregatePair) -> str:
    if one.blue == one.green or _is_close(one):
        return ""
    if not one.blue or one.green is None or one.moment:
        return "differs"
    return f"{(one.green - one.blue) / abs(one.blue):+.3%}".replace("%", " %")
