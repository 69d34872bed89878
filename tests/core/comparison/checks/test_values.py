import pytest

from airflow_bluegreen.core.comparison.checks.values import check_values
from airflow_bluegreen.core.comparison.evidence import ColumnDifferences
from airflow_bluegreen.core.model import CheckResult, ExpectedDifference, KeyCounts, Verdict
from tests.core.comparison.evidence import new, quiet

COUNTS = KeyCounts(match=6, diff=4)
TOTAL = ExpectedDifference(changed=("total",))


def found(**changes: object) -> CheckResult:
    result = check_values(quiet(**changes))
    assert result is not None
    return result


def test_no_row_differs() -> None:
    assert found().verdict is Verdict.PASS


def test_only_expected_columns_differ() -> None:
    result = found(
        keys=COUNTS,
        expected=TOTAL,
        differences=ColumnDifferences(compared=4, by_column={"total": 4}, judged=4),
    )
    assert (result.verdict, result.expected) == (Verdict.PASS, True)
    assert "total 60.00% equal" in result.detail
    assert (result.blue, result.green) == ("10 shared", "6 equal")


def test_another_column_differs() -> None:
    differences = ColumnDifferences(compared=4, by_column={"total": 4, "note": 1}, unexpected=1)
    result = found(keys=COUNTS, expected=TOTAL, differences=differences)
    assert result.verdict is Verdict.FAIL
    assert "1 rows differ in note" in result.detail
    assert "note 90.00% equal" in result.detail


def test_shares_are_estimated_from_the_rows_that_were_read() -> None:
    differences = ColumnDifferences(compared=2, by_column={"total": 1}, judged=4)
    detail = found(keys=COUNTS, expected=TOTAL, differences=differences).detail
    assert "total 80.00% equal (by 2 of them)" in detail


def test_an_unexpected_row_that_was_not_among_those_read_still_counts() -> None:
    differences = ColumnDifferences(compared=2, by_column={"total": 2}, unexpected=1)
    assert found(keys=COUNTS, expected=TOTAL, differences=differences).verdict is Verdict.FAIL


def test_rows_that_differ_only_once_decoded_fail() -> None:
    """Their hashes were equal, and they are not."""
    differences = ColumnDifferences(compared=1, by_column={"note": 1}, unexpected=1)
    result = found(keys=KeyCounts(match=10), expected=TOTAL, differences=differences)
    assert result.verdict is Verdict.FAIL
    assert "1 rows differ in note" in result.detail


@pytest.mark.parametrize(
    ("differences", "told"),
    [
        (ColumnDifferences(), "4 of 4 rows that differ were not found again, to say where: none was read"),
        (
            ColumnDifferences(compared=3, by_column={"total": 3}, judged=3),
            "1 of 4 rows that differ were not found again",
        ),
    ],
)
def test_rows_of_which_nobody_knows_where_they_differ_never_pass(
    differences: ColumnDifferences, told: str
) -> None:
    result = found(keys=COUNTS, expected=TOTAL, differences=differences)
    assert (result.verdict, result.expected) == (Verdict.FAIL, False)
    assert told in result.detail


def test_new_tables_and_tables_without_key_have_no_shared_rows() -> None:
    assert check_values(new()) is None
    assert check_values(quiet(primary_key=())) is None
