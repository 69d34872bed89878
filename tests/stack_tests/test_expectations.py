"""A real context of Great Expectations; of the tests that need no server it would take half the time."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from airflow_bluegreen.clients.expectations import GreatExpectations
from airflow_bluegreen.core.expectations import derived_expectations, joined, judged
from airflow_bluegreen.core.model import Column, Expectation, Verdict
from airflow_bluegreen.exceptions import ConfigurationError

pytestmark = pytest.mark.stack

COLUMNS = (
    Column(name="id", type="STRING", nullable=False),
    Column(name="total", type="DECIMAL(10, 2)"),
    Column(name="at", type="TIMESTAMP(3)"),
)
POSITIVE = Expectation(type="expect_column_values_to_be_between", kwargs={"column": "total", "min_value": 0})
NAMED = Expectation(
    type="expect_column_values_to_match_regex", kwargs={"column": "id", "regex": "^k"}, severity="warning"
)
SUITE = joined((POSITIVE, NAMED), derived_expectations(COLUMNS, ("id",)))


def row(key: str | None, total: str) -> dict[str, object]:
    return {"id": key, "total": Decimal(total), "at": datetime(2026, 1, 1, tzinfo=UTC)}


def test_rows_are_validated_and_their_page_is_there(tmp_path: Path) -> None:
    validator = GreatExpectations(tmp_path / "docs")
    good = validator.validate("int_3", [row("k1", "1.50"), row("k2", "2.00")], SUITE)
    assert len(good.results) == len(SUITE)
    assert judged(good, 2).verdict is Verdict.PASS
    page = Path(urlsplit(good.docs).path)
    assert page.is_file()
    assert page.is_relative_to(tmp_path)
    # Again, as a task that is tried once more does it, with rows that are not as expected.
    bad = validator.validate("int_3", [row("k1", "-1.50"), row("k1", "2.00"), row("x", "1.00")], SUITE)
    broken = {one.expectation.type: one.detail for one in bad.results if not one.passed}
    assert broken == {
        POSITIVE.type: "1 of 3 rows",
        NAMED.type: "1 of 3 rows",
        "expect_column_values_to_be_unique": "2 of 3 rows",
    }
    assert judged(bad, 3).verdict is Verdict.FAIL
    assert judged(validator.validate("t", [row("x", "1")], (NAMED,)), 1).verdict is Verdict.WARN


@pytest.mark.parametrize(
    "wrong",
    [Expectation(type="expect_nonsense"), Expectation(type=POSITIVE.type, kwargs={"colum": "total"})],
    ids=["type", "argument"],
)
def test_an_expectation_that_is_not_known_is_named(tmp_path: Path, wrong: Expectation) -> None:
    with pytest.raises(ConfigurationError, match=f"int_3 cannot expect {wrong.type}: "):
        GreatExpectations(tmp_path).validate("int_3", [row("k1", "1")], (wrong,))
