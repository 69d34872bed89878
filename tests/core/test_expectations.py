import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_bluegreen.core.expectations import (
    as_row,
    count_expectation,
    derived_expectations,
    expectations_file,
    freshness_expectation,
    joined,
    judged,
    read_suite,
)
from airflow_bluegreen.core.model import (
    Column,
    ColumnKind,
    Expectation,
    ExpectationResult,
    KeyCounts,
    TableComparison,
    Validation,
    Verdict,
)
from airflow_bluegreen.exceptions import ConfigurationError
from tests.core.comparison.evidence import TIMES

NOT_NULL = "expect_column_values_to_not_be_null"
POSITIVE = Expectation(type="expect_column_values_to_be_between", kwargs={"column": "total", "min_value": 0})


def test_a_suite_in_great_expectations_own_format() -> None:
    text = json.dumps(
        {
            "name": "int_3",
            "expectations": [
                {"type": POSITIVE.type, "kwargs": dict(POSITIVE.kwargs), "meta": {"owner": "x"}},
                {"type": NOT_NULL, "kwargs": {"column": "note"}, "severity": "warning"},
            ],
            "meta": {"great_expectations_version": "1.24.0"},
        }
    )
    assert read_suite(text, expectations_file("int_3")) == (
        POSITIVE,
        Expectation(type=NOT_NULL, kwargs={"column": "note"}, severity="warning"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n,", r"^expectations/t.json:2: no valid JSON"),
        ("[]", r"^expectations/t.json: no suite of Great Expectations"),
        ('{"expectations": [{"kwargs": {}}]}', r"^expectations/t.json: no expectation: \{\"kwargs\""),
        ('{"expectations": [{"type": "a", "severity": "grave"}]}', r"critical, warning, info"),
    ],
)
def test_what_is_no_suite_is_named_with_its_file(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_suite(text, "expectations/t.json")


def test_what_a_ddl_implies() -> None:
    columns = (
        Column(name="id", type="STRING", nullable=False),
        Column(name="total", type="INT"),
        Column(name="at", type="TIMESTAMP(3)", kind=ColumnKind.METADATA),
    )
    found = [(one.type, dict(one.kwargs)) for one in derived_expectations(columns, ("id",))]
    assert found == [
        ("expect_column_to_exist", {"column": "id"}),
        ("expect_column_to_exist", {"column": "total"}),
        (NOT_NULL, {"column": "id"}),
        ("expect_column_values_to_be_unique", {"column": "id"}),
    ]
    assert derived_expectations(columns, ("id", "total"))[-1].kwargs == {"column_list": ["id", "total"]}
    assert derived_expectations((), ()) == ()


def compared(**changes: Any) -> TableComparison:
    counts = KeyCounts(match=90, diff=5, blue_only=5, green_only=7, in_flight=2)
    given = {
        "table": "t",
        "blue": "t",
        "green": "t_v2",
        "verdict": Verdict.PASS,
        "keys": counts,
        "checks": (),
    }
    return TableComparison(**{**given, **changes})


@pytest.mark.parametrize(
    ("tolerance", "moved", "bounds"), [(0.0, 0, (98, 102)), (0.0, 3, (95, 105)), (0.1, 0, (88, 112))]
)
def test_as_many_rows_as_blue(tolerance: float, moved: int, bounds: tuple[int, int]) -> None:
    (found,) = count_expectation(compared(), tolerance=tolerance, moved=moved)
    assert found.type == "expect_table_row_count_to_be_between"
    assert (found.kwargs["min_value"], found.kwargs["max_value"]) == bounds


def test_a_new_table_has_rows() -> None:
    (found,) = count_expectation(compared(blue=None, keys=KeyCounts()), tolerance=0.5, moved=9)
    assert found.kwargs == {"min_value": 1}


NEWEST = 1_767_225_600_000


@pytest.mark.parametrize(
    ("like", "oldest"),
    [
        (1, NEWEST - 60_000),
        (datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, tzinfo=UTC)),
        (datetime(2020, 1, 1), datetime(2025, 12, 31, 23, 59)),  # noqa: DTZ001 -- as TIMESTAMP(3) is read
    ],
)
def test_no_older_than_what_blue_holds(like: object, oldest: object) -> None:
    """Blue holds nothing in its last window any more: those rows were deleted."""
    times = replace(
        TIMES, rows=replace(TIMES.rows, edges=(0, NEWEST, NEWEST + 1, NEWEST + 2), blue=(3, 1, 0))
    )
    (found,) = freshness_expectation(compared(event_times=times), like, slower_by=60, moved=0)
    assert (found.type, dict(found.kwargs)) == (
        "expect_column_max_to_be_between",
        {"column": "at", "min_value": oldest},
    )


@pytest.mark.parametrize(
    ("moved", "in_flight", "severity"), [(0, 0, "critical"), (1, 0, "warning"), (0, 1, "warning")]
)
def test_the_newest_row_may_have_been_deleted_since(moved: int, in_flight: int, severity: str) -> None:
    found = compared(event_times=TIMES, keys=KeyCounts(match=10, in_flight=in_flight))
    (one,) = freshness_expectation(found, 1, slower_by=60, moved=moved)
    assert one.severity == severity


@pytest.mark.parametrize("like", ["2026-01-01", None, True])
def test_times_of_which_nothing_is_known_are_not_judged(like: object) -> None:
    assert freshness_expectation(compared(event_times=TIMES), like, slower_by=60, moved=0) == ()
    assert freshness_expectation(compared(), 1, slower_by=60, moved=0) == ()


def test_what_the_project_states_itself_is_not_derived_once_more() -> None:
    softer = Expectation(type=NOT_NULL, kwargs={"column": "id", "mostly": 0.9}, severity="warning")
    derived = derived_expectations((Column(name="id", type="STRING", nullable=False),), ())
    assert [one.severity for one in joined([softer], derived) if one.type == NOT_NULL] == ["warning"]


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [((), Verdict.PASS), (("warning", "info"), Verdict.WARN), (("warning", "critical"), Verdict.FAIL)],
)
def test_severities_decide_over_the_verdict(severities: tuple[str, ...], verdict: Verdict) -> None:
    failed = tuple(
        ExpectationResult(
            expectation=Expectation(type="a", kwargs={"column": "c"}, severity=one),
            passed=False,
            detail="3 rows",
        )
        for one in severities
    )
    kept = ExpectationResult(expectation=POSITIVE, passed=True)
    check = judged(Validation(results=(kept, *failed), docs="file:///docs/index.html"), 10)
    assert (check.check, check.verdict) == ("expectations", verdict)
    assert check.green == f"1 of {1 + len(failed)} hold"
    assert check.detail.endswith("; Data Docs: file:///docs/index.html")
    assert ('a(column="c"): 3 rows' in check.detail) == bool(failed)


def test_only_the_first_failures_are_told() -> None:
    failed = [ExpectationResult(expectation=Expectation(type=f"e{at}"), passed=False) for at in range(5)]
    assert judged(Validation(results=tuple(failed)), 1).detail == "e0(); e1(); e2(); and 2 more"


def test_a_row_has_its_keys_columns() -> None:
    assert as_row({"id": 1}, {"total": 2}) == {"id": 1, "total": 2}
