from airflow_bluegreen.core.comparison.checks.duplicates import check_duplicates
from airflow_bluegreen.core.comparison.evidence import Duplicates, SideDuplicates
from airflow_bluegreen.core.model import CheckResult, Verdict
from tests.core.comparison.evidence import everything, looked, quiet

NONE = SideDuplicates()
AGAIN = SideDuplicates(extra=2, examples=(("7", "a"),))


def found(blue: SideDuplicates | None, green: SideDuplicates) -> CheckResult:
    duplicates = Duplicates(unique=("id", "line"), blue=blue, green=green)
    result = check_duplicates(everything(inspection=looked(duplicates=duplicates)))
    assert result is not None
    return result


def test_rows_that_stand_there_once() -> None:
    assert (found(NONE, NONE).verdict, found(None, NONE).verdict) == (Verdict.PASS, Verdict.PASS)


def test_more_than_in_blue_is_a_failure_with_examples() -> None:
    result = found(NONE, AGAIN)
    assert (result.verdict, result.detail) == (Verdict.FAIL, "2 rows stand there again: 7, a")
    assert found(None, AGAIN).verdict is Verdict.FAIL


def test_rows_without_a_key_come_first() -> None:
    result = found(NONE, SideDuplicates(null_keys=1, extra=2))
    assert (result.verdict, result.detail) == (Verdict.FAIL, "1 rows lack id or line")


def test_what_blue_has_too_is_a_warning() -> None:
    assert found(AGAIN, AGAIN).verdict is Verdict.WARN


def test_columns_that_the_records_lack_are_a_warning() -> None:
    result = check_duplicates(everything(inspection=looked(duplicates=None)))
    assert result is not None
    assert result.verdict is Verdict.WARN


def test_nothing_is_asked_without_unique_columns() -> None:
    assert check_duplicates(quiet()) is None
