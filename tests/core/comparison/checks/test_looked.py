import pytest

from airflow_bluegreen.core.comparison.checks.looked import check_looked
from airflow_bluegreen.core.comparison.evidence import ColumnDifferences
from airflow_bluegreen.core.model import CheckSettings, KeyCounts, Tolerance, Verdict
from tests.core.comparison.evidence import quiet

TOLERANT = CheckSettings(tolerance=Tolerance(absolute=1))
MANY = KeyCounts(match=1, diff=9)


def test_a_tolerance_that_not_all_rows_were_held_against_is_a_warning() -> None:
    few = ColumnDifferences(compared=2, by_column={"total": 2}, unexpected=9)
    found = check_looked(quiet(settings=TOLERANT, keys=MANY, differences=few))
    assert found is not None
    assert (found.verdict, found.green) == (Verdict.WARN, "2 of 9")
    assert "not checked here" in found.detail


@pytest.mark.parametrize(
    ("settings", "differences"),
    [
        (CheckSettings(), ColumnDifferences(compared=2, unexpected=9)),
        (TOLERANT, ColumnDifferences(compared=9, unexpected=9)),
        (TOLERANT, ColumnDifferences(compared=2, unexpected=0)),
    ],
    ids=["no tolerance", "all decoded", "all explained"],
)
def test_where_nothing_is_left_open_nothing_is_said(
    settings: CheckSettings, differences: ColumnDifferences
) -> None:
    assert check_looked(quiet(settings=settings, keys=MANY, differences=differences)) is None
