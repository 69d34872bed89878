from airflow_bluegreen.core.comparison.checks.schema import check_schema
from airflow_bluegreen.core.model import ExpectedDifference, Verdict
from tests.core.comparison.evidence import new, quiet


def test_compatibility_is_warned_of_and_refuses_nothing() -> None:
    good, bad = check_schema(quiet(compatible=True)), check_schema(quiet(compatible=False))
    assert good is not None
    assert good.verdict is Verdict.PASS
    assert bad is not None
    assert (bad.verdict, bad.blue, bad.green) == (Verdict.WARN, "int_3-value", "int_3_v2-value")


def test_a_change_of_columns_explains_another_schema() -> None:
    changed = check_schema(quiet(compatible=False, expected=ExpectedDifference(changed=("total",))))
    assert changed is not None
    assert (changed.verdict, changed.expected) == (Verdict.PASS, True)


def test_nothing_is_said_where_nothing_was_asked() -> None:
    assert check_schema(quiet()) is None
    assert check_schema(new(compatible=True)) is None
