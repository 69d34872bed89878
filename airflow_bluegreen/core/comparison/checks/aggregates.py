"""Sums, means and the like of single columns."""

from collections.abc import Iterable

from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.model import AggregatePair, CheckResult, Verdict

BOUNDED = ("sum", "mean")
_CLOSE = 1e-9


def check_aggregates(evidence: Evidence) -> CheckResult | None:
    """Aggregates of columns that the change touches stay within the tolerance, where the project sets one.

    Those of other columns follow from their values, which are compared one by one.
    """
    found = evidence.inspection
    if found is None or not found.aggregates:
        return None
    equal = {one.column for one in found.columns if one.left_out or one.equal == one.compared}
    moved = [one for one in found.aggregates if one.column not in equal and _change(one) > _CLOSE]
    tolerance = evidence.settings.aggregate_tolerance
    beyond = (
        [] if tolerance is None else [one for one in _bounded(evidence, moved) if _change(one) > tolerance]
    )
    explained = all(_is_explained(evidence, one.column) for one in moved)
    detail = "; ".join(_told(one) for one in (beyond or [one for one in moved if one.measure in BOUNDED])[:6])
    return CheckResult(
        check="aggregates",
        verdict=Verdict.FAIL if beyond else Verdict.PASS,
        blue=f"{len(found.aggregates)} compared",
        green=f"{len(found.aggregates) - len(moved)} equal",
        detail=(detail or ("others than sums and means" if moved else "all equal"))
        + ("" if found.complete else "; by a sample of the keys"),
        rule="any change of what the change touches (no aggregate_tolerance)"
        if tolerance is None
        else f"sums and means of what the change touches stay within aggregate_tolerance {tolerance:g}",
        expected=bool(moved) and not beyond and explained,
    )


def _bounded(evidence: Evidence, moved: Iterable[AggregatePair]) -> list[AggregatePair]:
    return [one for one in moved if one.measure in BOUNDED and _is_explained(evidence, one.column)]


def _is_explained(evidence: Evidence, column: str) -> bool:
    return evidence.expected.rows_may_change or column in evidence.expected.changed


def _change(one: AggregatePair) -> float:
    if one.blue is None or one.green is None:
        return 0.0 if one.blue is one.green else float("inf")
    return abs(one.green - one.blue) / max(abs(one.blue), _CLOSE) if one.blue != one.green else 0.0


def _told(one: AggregatePair) -> str:
    numbers = " → ".join("none" if value is None else f"{value:,.6g}" for value in (one.blue, one.green))
    return f"{one.measure} of {one.column} {numbers}"
