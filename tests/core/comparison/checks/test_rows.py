from airflow_bluegreen.core.comparison.checks.rows import check_rows
from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.model import ExpectedDifference, KeyCounts, Verdict
from tests.core.comparison.evidence import new, quiet

MAY = ExpectedDifference(rows_may_change=True)


def green(rows: int) -> Facts:
    return Facts(topic="int_3_v2", records=rows, rows=rows)


def test_as_many_rows() -> None:
    found = check_rows(quiet())
    assert (found.verdict, found.blue, found.green) == (Verdict.PASS, "10", "10")
    assert found.detail == "as many; folded from 12 and 10 records"


def test_other_numbers_need_a_reason() -> None:
    assert check_rows(quiet(green=green(8))).verdict is Verdict.FAIL
    allowed = check_rows(quiet(green=green(8), expected=MAY))
    assert (allowed.verdict, allowed.expected) == (Verdict.PASS, True)
    assert allowed.rule == "rows may change, by any number (row_count_tolerance 0)"


def test_what_is_in_flight_explains_a_difference() -> None:
    assert check_rows(quiet(green=green(8), keys=KeyCounts(match=8, in_flight=2))).verdict is Verdict.PASS


def test_a_tolerance_bounds_even_intended_changes() -> None:
    within = quiet(green=green(9), expected=MAY, row_tolerance=0.1)
    beyond = quiet(green=green(8), expected=MAY, row_tolerance=0.1)
    assert (check_rows(within).verdict, check_rows(within).expected) == (Verdict.PASS, True)
    assert (check_rows(beyond).verdict, check_rows(beyond).expected) == (Verdict.FAIL, False)
    assert check_rows(beyond).rule == "rows may change within row_count_tolerance 0.1"


def test_two_empty_tables_say_that_nothing_was_compared() -> None:
    empty = Facts(topic="t", records=0, rows=0)
    found = check_rows(quiet(blue=empty, green=empty, keys=KeyCounts()))
    assert found.verdict is Verdict.WARN
    assert "nothing was compared" in found.detail


def test_a_new_table_has_rows() -> None:
    assert check_rows(new()).verdict is Verdict.PASS
    assert check_rows(new(green=green(0))).verdict is Verdict.FAIL
