import pytest

from airflow_bluegreen.core.comparison.evidence import ColumnDifferences
from airflow_bluegreen.core.comparison.verdict import CHECKS, run_checks, verdict_of
from airflow_bluegreen.core.model import CheckResult, ExpectedDifference, KeyCounts, Verdict
from tests.core.comparison.evidence import new, quiet


def check(verdict: Verdict) -> CheckResult:
    return CheckResult(check="c", verdict=verdict, blue="", green="", detail="")


@pytest.mark.parametrize(
    ("found", "is_new", "verdict"),
    [
        ([Verdict.MATCH], False, Verdict.MATCH),
        ([], False, Verdict.MATCH),
        ([Verdict.MATCH, Verdict.EXPECTED], False, Verdict.EXPECTED),
        ([Verdict.EXPECTED, Verdict.MISMATCH], False, Verdict.MISMATCH),
        ([Verdict.NEW], True, Verdict.NEW),
        ([Verdict.NEW, Verdict.MISMATCH], True, Verdict.MISMATCH),
    ],
)
def test_the_worst_verdict_wins(found: list[Verdict], is_new: bool, verdict: Verdict) -> None:
    assert verdict_of(map(check, found), new=is_new) is verdict


def test_every_check_has_a_name_of_its_own() -> None:
    results = run_checks(quiet(compatible=True))
    assert len({result.check for result in results}) == len(results) == len(CHECKS)


def test_a_quiet_table_matches_and_a_new_one_is_new() -> None:
    assert verdict_of(run_checks(quiet()), new=False) is Verdict.MATCH
    assert verdict_of(run_checks(new(registered=("id", "total"))), new=True) is Verdict.NEW


def test_an_intended_change_is_expected() -> None:
    evidence = quiet(
        keys=KeyCounts(match=1, diff=9),
        expected=ExpectedDifference(changed=("total",)),
        differences=ColumnDifferences(compared=9, by_column={"total": 9}),
    )
    assert verdict_of(run_checks(evidence), new=False) is Verdict.EXPECTED
