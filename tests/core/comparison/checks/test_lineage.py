from airflow_bluegreen.core.comparison.checks.lineage import check_lineage
from airflow_bluegreen.core.comparison.evidence import Accounted
from airflow_bluegreen.core.model import CheckResult, ExpectedDifference, Verdict
from tests.core.comparison.evidence import everything, looked, quiet

LOST = Accounted(column="row", ids=10, missing=2, examples=("r1", "r7"))


def found(accounted: Accounted | None, **changes: object) -> CheckResult:
    result = check_lineage(everything(inspection=looked(accounted=accounted), **changes))
    assert result is not None
    return result


def test_every_source_record_is_accounted_for() -> None:
    result = found(Accounted(column="row", ids=10, missing=0))
    assert (result.verdict, result.blue, result.green) == (Verdict.PASS, "10", "10")


def test_what_green_lost_is_named() -> None:
    result = found(LOST)
    assert (result.verdict, result.detail) == (Verdict.FAIL, "2 source records are missing, such as r1, r7")


def test_a_change_that_may_drop_rows_explains_it() -> None:
    assert found(LOST, expected=ExpectedDifference(rows_may_change=True)).expected


def test_an_id_that_is_nowhere_is_a_warning() -> None:
    assert found(None).verdict is Verdict.WARN
    assert check_lineage(quiet()) is None, "no row_id was named"
