from dataclasses import replace

import pytest

from airflow_bluegreen.core.model import TableComparison, Verdict
from airflow_bluegreen.report.content import Standing, explained, headline, spared, standing_of, unexplained
from tests.report import samples
from tests.report.release import COMPARISONS, PLAN, comparison, report

SAME = tuple(comparison(planned.table, Verdict.PASS) for planned in PLAN.tables)


@pytest.mark.parametrize(
    ("found", "standing"),
    [
        (comparison("int_3", Verdict.FAIL, expected=True), Standing.FAIL),
        (comparison("int_3", Verdict.WARN), Standing.WARN),
        (comparison("int_3", Verdict.PASS, expected=True), Standing.EXPECTED),
        (comparison("view32", Verdict.PASS), Standing.NEW),
        (comparison("int_3", Verdict.PASS), Standing.PASS),
    ],
)
def test_how_a_table_stands(found: TableComparison, standing: Standing) -> None:
    assert standing_of(found) is standing


def with_(verdict: Verdict) -> tuple[TableComparison, ...]:
    return (comparison("int_3", verdict), *SAME[1:])


@pytest.mark.parametrize(
    ("comparisons", "done", "text", "detail"),
    [
        (SAME, False, "Ready to cut over", "Nothing differs."),
        (SAME, True, "Cut over", "Nothing differs; the sink connectors read green."),
        (COMPARISONS[:3], False, "Incomplete", "Not compared yet: view32."),
        (with_(Verdict.WARN), False, "Look before you cut over", "There are warnings in int_3."),
        (with_(Verdict.WARN), True, "Cut over with warnings", "There are warnings in int_3."),
        (with_(Verdict.FAIL), False, "Do not cut over", "Nothing explains what differs in int_3."),
        (with_(Verdict.FAIL)[:2], False, "Do not cut over", "Nothing explains what differs in int_3."),
        (
            with_(Verdict.FAIL),
            True,
            "Cut over in spite of failures",
            "Nothing explains what differs in int_3.",
        ),
    ],
)
def test_the_headline_is_the_worst_of_all(
    comparisons: tuple[TableComparison, ...], done: bool, text: str, detail: str
) -> None:
    found = headline(report(comparisons, cut_over=() if done else None))
    assert (found.text, found.detail) == (text, detail)


def test_a_removed_table_needs_no_comparison() -> None:
    tables = tuple(replace(one, green=None) if one.table == "view32" else one for one in PLAN.tables)
    made = report(COMPARISONS[:3], plan=replace(PLAN, tables=tables))
    assert made.standings["view32"] is Standing.REMOVED
    assert headline(made).standing is Standing.PASS


def test_what_nothing_explains_stands_apart_from_what_was_expected() -> None:
    made = samples.failing()
    assert [(one.table, one.check, str(one.standing)) for one in unexplained(made)] == [
        ("fact_2", "rows", "fail"),
        ("fact_2", "keys", "fail"),
        ("fact_2", "values", "fail"),
        ("fact_3", "freshness", "warn"),
    ]
    assert [(one.table, one.columns, [found.check for found in one.found]) for one in explained(made)] == [
        ("int_3", ("payment_state",), ["values"]),
        ("fact_3", ("payment_state", "size_class"), ["values"]),
    ]
    assert "reads payment_state of int_3" in explained(made)[1].because


def test_what_was_spared_needs_the_costs() -> None:
    assert [(one.what, one.kept, one.whole) for one in spared(report())] == [("tables", 8, 11)]
    assert [one.what for one in spared(samples.demo())] == ["tables", "records", "state"]
    assert all(0 < one.share < 1 for one in spared(samples.demo()))
