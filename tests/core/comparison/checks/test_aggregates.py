from airflow_bluegreen.core.comparison.checks.aggregates import check_aggregates
from airflow_bluegreen.core.model import (
    AggregatePair,
    CheckResult,
    CheckSettings,
    ColumnMatch,
    ExpectedDifference,
    Verdict,
)
from tests.core.comparison.evidence import everything, looked, quiet

TOTAL = ExpectedDifference(changed=("total",))
BOUND = CheckSettings(aggregate_tolerance=0.1)


def found(blue: float | None, green: float | None, *, equal: int = 5, **changes: object) -> CheckResult:
    pair = AggregatePair(column="total", measure="sum", blue=blue, green=green)
    column = ColumnMatch(column="total", compared=10, equal=equal)
    result = check_aggregates(everything(inspection=looked(aggregates=(pair,), columns=(column,)), **changes))
    assert result is not None
    return result


def test_equal_aggregates() -> None:
    assert (found(3.0, 3.0).verdict, found(3.0, 3.0).detail) == (Verdict.PASS, "all equal")
    assert found(None, None).verdict is Verdict.PASS
    assert found(3.0, 3.1, equal=10).detail == "all equal", "each row is within the tolerance"


def test_what_the_change_touches_may_move_as_far_as_the_project_says() -> None:
    assert found(100.0, 150.0, expected=TOTAL).expected
    within = found(100.0, 109.0, expected=TOTAL, settings=BOUND)
    beyond = found(100.0, 111.0, expected=TOTAL, settings=BOUND)
    assert (within.verdict, within.expected) == (Verdict.PASS, True)
    assert (beyond.verdict, beyond.detail) == (Verdict.FAIL, "sum of total 100 → 111")
    assert "aggregate_tolerance 0.1" in beyond.rule
    assert found(100.0, None, expected=TOTAL, settings=BOUND).verdict is Verdict.FAIL


def test_what_is_not_explained_is_left_to_the_values() -> None:
    result = found(100.0, 150.0)
    assert (result.verdict, result.expected) == (Verdict.PASS, False)


def test_nothing_is_said_where_no_row_was_looked_at() -> None:
    assert check_aggregates(quiet()) is None
