import json

import pytest

from airflow_bluegreen.core.expectations import (
    as_row,
    derived_expectations,
    expectations_file,
    joined,
    judged,
    read_suite,
)
from airflow_bluegreen.core.model import (
    Column,
    ColumnKind,
    Expectation,
    ExpectationResult,
    Validation,
    Verdict,
)
from airflow_bluegreen.exceptions import ConfigurationError

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
