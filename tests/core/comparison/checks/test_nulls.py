from airflow_bluegreen.core.comparison.checks.nulls import check_nulls
from airflow_bluegreen.core.model import CheckResult, ColumnMatch, ExpectedDifference, KeyCounts, Verdict
from tests.core.comparison.evidence import everything, looked, quiet


def found(blue: float, green: float, *, expected: bool = False, **changes: object) -> CheckResult:
    column = ColumnMatch(
        column="total", compared=10, equal=8, expected=expected, blue_nulls=blue, green_nulls=green
    )
    inspection = looked(columns=(column,), nulls={"id": 0.0, "total": green})
    result = check_nulls(everything(inspection=inspection, **changes))
    assert result is not None
    return result


def test_as_many_nulls() -> None:
    result = found(0.5, 0.5)
    assert (result.verdict, result.detail, result.expected) == (
        Verdict.PASS,
        "as many nulls as in blue",
        False,
    )


def test_other_shares_need_a_reason() -> None:
    result = found(0.1, 0.3)
    assert (result.verdict, result.detail) == (Verdict.FAIL, "total 10.00% → 30.00%")
    assert found(0.1, 0.3, expected=True).expected
    rows = found(0.1, 0.3, keys=KeyCounts(match=9, blue_only=1))
    assert rows.verdict is Verdict.PASS, "missing rows are judged as such"


def test_a_null_that_the_ddl_forbids() -> None:
    inspection = looked(nulls={"id": 0.25, "total": 0.1})
    may = ExpectedDifference(rows_may_change=True)
    result = check_nulls(everything(inspection=inspection, expected=may))
    assert result is not None
    assert (result.verdict, result.detail) == (Verdict.FAIL, "id is NOT NULL, and null in 25.00%")


def test_nothing_is_said_where_no_row_was_looked_at() -> None:
    assert check_nulls(quiet()) is None
