from dataclasses import replace

from airflow_bluegreen.core.comparison.checks.event_time import check_event_time
from airflow_bluegreen.core.model import CheckResult, EventTimes, ExpectedDifference, Verdict
from tests.core.comparison.evidence import TIMES, everything, looked, quiet

SHIFTED = replace(TIMES, rows=replace(TIMES.rows, green=(3, 7)))


def found(times: EventTimes | None, **changes: object) -> CheckResult:
    result = check_event_time(everything(inspection=looked(event_times=times), **changes))
    assert result is not None
    return result


def test_the_same_windows() -> None:
    result = found(TIMES)
    assert (result.verdict, result.blue, result.green) == (
        Verdict.PASS,
        "1970-01-01 01:56:40",
        "1970-01-01 01:56:40",
    )


def test_a_window_with_other_rows() -> None:
    result = found(SHIFTED)
    assert result.verdict is Verdict.FAIL
    assert (
        "2 windows of 1h differ by 10.00% of the rows, most the one of 1970-01-01 00:00:00: 4 → 3 rows"
        in result.detail
    )


def test_what_explains_other_windows() -> None:
    for expected in (ExpectedDifference(rows_may_change=True), ExpectedDifference(changed=("at",))):
        assert found(SHIFTED, expected=expected).expected


def test_a_change_of_the_row_set_moves_no_more_rows_than_the_tolerance() -> None:
    may = ExpectedDifference(rows_may_change=True, changed=("at",))
    shifted = replace(TIMES, rows=replace(TIMES.rows, green=(0, 10)))  # as many rows, later
    for key in (("at", "id"), ()):  # other times are other rows
        assert found(shifted, expected=may, row_tolerance=0.4, primary_key=key).expected
        assert found(shifted, expected=may, row_tolerance=0.3, primary_key=key).verdict is Verdict.FAIL
    beyond = found(shifted, expected=replace(may, changed=()), row_tolerance=0.3)
    assert (beyond.verdict, beyond.expected) == (Verdict.FAIL, False)
    assert beyond.rule == "windows of at hold blue's rows within row_count_tolerance 0.3; late_share 0.05"
    assert "differ by 40.00% of the rows" in beyond.detail


def test_an_event_time_that_the_change_touches_may_move_all_rows_of_the_same_keys() -> None:
    """Which rows are there is another question, and the check of the keys answers it."""
    may = ExpectedDifference(rows_may_change=True, changed=("at",))
    shifted = replace(TIMES, rows=replace(TIMES.rows, green=(0, 10)))
    assert found(shifted, expected=may, row_tolerance=0.01, primary_key=("id",)).expected


def test_more_late_records_are_a_warning() -> None:
    late = replace(TIMES, green=replace(TIMES.green, late=0.2))
    assert (found(late).verdict, found(TIMES).verdict) == (Verdict.WARN, Verdict.PASS)


def test_a_new_table_has_nothing_to_differ_from() -> None:
    alone = replace(TIMES, blue=None, rows=replace(TIMES.rows, blue=()))
    assert found(alone, blue=None).verdict is Verdict.PASS


def test_times_that_nobody_finds_are_a_warning() -> None:
    assert found(None).verdict is Verdict.WARN
    assert check_event_time(quiet()) is None, "no event time was asked for"
