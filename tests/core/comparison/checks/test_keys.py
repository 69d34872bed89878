import pytest

from airflow_bluegreen.core.comparison.checks.keys import check_keys
from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.model import CheckResult, ExpectedDifference, KeyCounts, Verdict
from tests.core.comparison.evidence import new, quiet

KEYLESS = Facts(topic="int_3_v2", records=10, rows=9, null_keys=1)


def found(evidence: object) -> CheckResult:
    result = check_keys(evidence)  # type: ignore[arg-type]
    assert result is not None
    return result


def test_the_same_keys() -> None:
    assert found(quiet()).verdict is Verdict.PASS


def test_keys_of_one_side_need_a_reason() -> None:
    counts = KeyCounts(match=7, diff=1, blue_only=2, green_only=1)
    result = found(quiet(keys=counts))
    assert (result.verdict, result.blue, result.green) == (Verdict.FAIL, "10", "9")
    assert "2 only in blue, 1 only in green" in result.detail
    allowed = found(quiet(keys=counts, expected=ExpectedDifference(rows_may_change=True)))
    assert (allowed.verdict, allowed.expected) == (Verdict.PASS, True)


@pytest.mark.parametrize(("blue_only", "green_only"), [(2, 2), (2, 0), (0, 2)])
def test_a_tolerance_bounds_the_keys_of_one_side(blue_only: int, green_only: int) -> None:
    """As many rows as before are no comfort where they are other ones."""
    counts = KeyCounts(match=10 - blue_only, blue_only=blue_only, green_only=green_only)
    may = ExpectedDifference(rows_may_change=True)
    within = found(quiet(keys=counts, expected=may, row_tolerance=0.2))
    beyond = found(quiet(keys=counts, expected=may, row_tolerance=0.1))
    assert (within.verdict, within.expected) == (Verdict.PASS, True)
    assert (beyond.verdict, beyond.expected) == (Verdict.FAIL, False)
    assert beyond.rule == "rows may be on one side only within row_count_tolerance 0.1"
    assert "20.00%, more than the 10.00% that the project allows" in beyond.detail


def test_what_is_in_flight_is_no_mismatch() -> None:
    result = found(quiet(keys=KeyCounts(match=8, in_flight=2)))
    assert (result.verdict, result.detail) == (Verdict.PASS, "on both sides, 2 in flight")


def test_a_record_without_a_key_is_a_mismatch_always() -> None:
    assert found(quiet(green=KEYLESS)).verdict is Verdict.FAIL
    assert found(new(green=KEYLESS)).verdict is Verdict.FAIL


def test_a_new_table() -> None:
    assert found(new()).verdict is Verdict.PASS
    assert check_keys(new(primary_key=())) is None
