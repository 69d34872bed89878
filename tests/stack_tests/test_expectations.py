"""A real context of Great Expectations; of the tests that need no server it would take half the time."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from airflow_bluegreen.clients.expectations import GreatExpectations
from airflow_bluegreen.core.expectations import (
    count_expectation,
    derived_expectations,
    freshness_expectation,
    joined,
    judged,
)
from airflow_bluegreen.core.model import (
    Column,
    EventTimes,
    Expectation,
    Histogram,
    KeyCounts,
    SideTimes,
    TableComparison,
    Verdict,
)
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


def test_what_the_settings_imply_is_judged_by_the_real_one(tmp_path: Path) -> None:
    """Numbers of rows and newest events, of datetimes with and without a zone and of numbers."""
    validator = GreatExpectations(tmp_path)
    hour = 3_600_000
    times = EventTimes(
        column="at",
        rows=Histogram(edges=(0.0, 24.0 * hour, 48.0 * hour), blue=(1, 2), green=(3, 0)),
        latencies=Histogram(edges=(), green=()),
        green=SideTimes(newest_ms=0),
    )
    found = TableComparison(
        table="t",
        blue="t",
        green="t_v2",
        verdict=Verdict.PASS,
        keys=KeyCounts(match=3),
        checks=(),
        event_times=times,
    )
    moments = (datetime(1970, 1, 1, 12, tzinfo=UTC), datetime(1970, 1, 2, 12, tzinfo=UTC))
    for at, (old, new) in enumerate(
        (moments, tuple(one.replace(tzinfo=None) for one in moments), (12.0 * hour, 36.0 * hour))
    ):
        suite = (
            *count_expectation(found, tolerance=0.0, moved=0),
            *freshness_expectation(found, old, slower_by=60, moved=0),
        )
        assert len(suite) == 2
        for newest, rows, held in ((new, 3, [True, True]), (old, 3, [True, False]), (new, 2, [False, True])):
            given = [{"id": str(number), "at": newest if number == 0 else old} for number in range(rows)]
            assert [one.passed for one in validator.validate(f"t{at}", given, suite).results] == held


@pytest.mark.parametrize(
    "wrong",
    [Expectation(type="expect_nonsense"), Expectation(type=POSITIVE.type, kwargs={"colum": "total"})],
    ids=["type", "argument"],
)
def test_an_expectation_that_is_not_known_is_named(tmp_path: Path, wrong: Expectation) -> None:
    with pytest.raises(ConfigurationError, match=f"int_3 cannot expect {wrong.type}: "):
        GreatExpectations(tmp_path).validate("int_3", [row("k1", "1")], (wrong,))
