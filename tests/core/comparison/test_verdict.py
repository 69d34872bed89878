import pytest

from airflow_bluegreen.core.comparison.evidence import ColumnDifferences
from airflow_bluegreen.core.comparison.verdict import CHECKS, run_checks
from airflow_bluegreen.core.model import (
    CheckResult,
    ExpectedDifference,
    KeyCounts,
    TableComparison,
    Verdict,
    worst_of,
)
from tests.core.comparison.evidence import everything, new, quiet


def comparison(verdict: Verdict, *, blue: str | None = "t", expected: bool = False) -> TableComparison:
    check = CheckResult(check="c", verdict=verdict, blue="", green="", detail="", expected=expected)
    return TableComparison(
        table="t", blue=blue, green="t_v2", verdict=verdict, keys=KeyCounts(), checks=(check,)
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([], Verdict.PASS),
        ([Verdict.PASS, Verdict.PASS], Verdict.PASS),
        ([Verdict.WARN, Verdict.PASS], Verdict.WARN),
        ([Verdict.WARN, Verdict.FAIL, Verdict.PASS], Verdict.FAIL),
    ],
)
def test_the_worst_verdict_wins(found: list[Verdict], verdict: Verdict) -> None:
    assert worst_of(found) is verdict


def test_a_verdict_is_told_with_what_it_is_about() -> None:
    assert comparison(Verdict.PASS).told == "pass"
    assert comparison(Verdict.PASS, expected=True).told == "pass (expected differences)"
    assert comparison(Verdict.FAIL, expected=True).told == "fail"
    assert comparison(Verdict.PASS, blue=None).told == "pass (new)"


def test_every_check_has_a_name_and_a_rule() -> None:
    results = run_checks(everything())
    assert len({result.check for result in results}) == len(results) == len(CHECKS) - 1, (
        "but for the one that asks whether rows were looked at"
    )
    assert all(result.rule for result in results)
    assert all(result.rule for result in run_checks(new(registered=("id", "total"))))


def test_a_quiet_table_passes_and_so_does_a_new_one() -> None:
    for evidence in (quiet(), new(registered=("id", "total"))):
        results = run_checks(evidence)
        assert {result.verdict for result in results} == {Verdict.PASS}
        assert not any(result.expected for result in results)


def test_an_intended_change_is_expected() -> None:
    evidence = quiet(
        keys=KeyCounts(match=1, diff=9),
        expected=ExpectedDifference(changed=("total",)),
        differences=ColumnDifferences(compared=9, by_column={"total": 9}, judged=9),
    )
    results = run_checks(evidence)
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert [result.check for result in results if result.expected] == ["values"]
