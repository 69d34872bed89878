import pytest

from airflow_bluegreen.core.model import CheckResult, KeyCounts, TableComparison, Verdict
from airflow_bluegreen.core.synthetic.judging import check_accounted, check_order, check_reach, judged


def accounted(green: str, blue: str | None = None, *, stated: bool = False) -> CheckResult | None:
    return check_accounted(
        "raw", "id", set("abcd"), None if blue is None else set(blue), set(green), stated=stated
    )


@pytest.mark.parametrize(
    ("green", "blue", "stated", "verdict", "detail"),
    [
        ("abcd", "abcd", False, Verdict.PASS, "all that blue keeps (id of raw)"),
        ("abc", "abc", False, Verdict.PASS, "all that blue keeps; 1 in neither version (id of raw)"),
        ("abcd", "abc", False, Verdict.PASS, "all that blue keeps (id of raw)"),
        (
            "ab",
            "abc",
            False,
            Verdict.FAIL,
            "1 that blue keeps are lost, such as c; 1 in neither version (id of raw)",
        ),
        (
            "ab",
            "abc",
            True,
            Verdict.PASS,
            "1 that blue keeps are lost, such as c; 1 in neither version (id of raw)",
        ),
        (
            "",
            "abc",
            False,
            Verdict.FAIL,
            "3 that blue keeps are lost, such as a, b, c; 1 in neither version (id of raw)",
        ),
        ("abcd", None, False, Verdict.PASS, "all arrive (id of raw)"),
        ("abc", None, False, Verdict.WARN, "1 do not arrive, such as d: the statements filter (id of raw)"),
        ("", None, False, Verdict.FAIL, "none arrives (id of raw)"),
    ],
)
def test_source_records_are_accounted_for(
    green: str, blue: str | None, stated: bool, verdict: Verdict, detail: str
) -> None:
    found = accounted(green, blue, stated=stated)
    assert found is not None
    assert (found.verdict, found.detail) == (verdict, detail)
    assert found.expected is (stated and "lost" in detail)


def test_a_key_that_is_computed_is_not_counted() -> None:
    assert accounted("xyz") is None
    assert accounted("xyz", "xyz") is None


def test_something_must_arrive() -> None:
    assert check_reach(3, 5).verdict is Verdict.PASS
    assert check_reach(0, 5).verdict is Verdict.FAIL


def compared(*checks: tuple[str, Verdict]) -> TableComparison:
    results = tuple(
        CheckResult(check=name, verdict=verdict, blue="", green="", detail=f"{name} told")
        for name, verdict in checks
    )
    return TableComparison(
        table="t", blue="b", green="g", verdict=Verdict.FAIL, keys=KeyCounts(match=2, diff=1), checks=results
    )


def test_another_order_of_arrival_changes_nothing() -> None:
    same = compared(("values", Verdict.PASS), ("freshness", Verdict.FAIL), ("event time", Verdict.FAIL))
    assert check_order(same, any_order=False).verdict is Verdict.PASS
    other = compared(("values", Verdict.FAIL))
    found = check_order(other, any_order=False)
    assert (found.verdict, found.detail) == (Verdict.FAIL, "values: values told")
    assert (found.blue, found.green) == ("3 by event time", "3 shuffled")
    assert check_order(other, any_order=True).expected


def test_checks_that_say_nothing_here_are_left_out() -> None:
    found = judged(compared(("keys", Verdict.PASS), ("freshness", Verdict.FAIL)), [check_reach(1, 1)])
    assert [one.check for one in found.checks] == ["records arrive", "keys"]
    assert found.verdict is Verdict.PASS
