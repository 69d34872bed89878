from airflow_bluegreen.core.comparison.checks.schema import check_schema
from airflow_bluegreen.core.model import Verdict
from tests.core.comparison.evidence import new, quiet


def test_compatibility_is_noted_and_refuses_nothing() -> None:
    good, bad = check_schema(quiet(compatible=True)), check_schema(quiet(compatible=False))
    assert good is not None
    assert good.verdict is Verdict.MATCH
    assert bad is not None
    assert (bad.verdict, bad.blue, bad.green) == (Verdict.EXPECTED, "int_3-value", "int_3_v2-value")


def test_nothing_is_said_where_nothing_was_asked() -> None:
    assert check_schema(quiet()) is None
    assert check_schema(new(compatible=True)) is None
