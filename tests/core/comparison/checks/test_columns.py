from airflow_bluegreen.core.comparison.checks.columns import check_columns
from airflow_bluegreen.core.model import CheckResult, Column, ColumnKind, ExpectedDifference, Verdict
from tests.core.comparison.evidence import COLUMNS, new, quiet

NOTE = Column(name="note", type="STRING")
WIDER = (COLUMNS[0], Column(name="total", type="BIGINT"))


def found(**changes: object) -> CheckResult:
    result = check_columns(quiet(**changes))
    assert result is not None
    return result


def verdict(**changes: object) -> tuple[Verdict, str]:
    result = found(**changes)
    return result.verdict, result.detail


def expected(**changes: object) -> bool:
    result = found(**changes)
    assert result.verdict is Verdict.PASS
    return result.expected


def test_same_columns() -> None:
    assert verdict() == (Verdict.PASS, "same names and types")
    assert not expected()


def test_an_added_column_must_be_intended() -> None:
    assert verdict(columns=(*COLUMNS, NOTE))[0] is Verdict.FAIL
    intended = found(columns=(*COLUMNS, NOTE), expected=ExpectedDifference(added=("note",)))
    assert (intended.verdict, intended.expected) == (Verdict.PASS, True)
    assert intended.detail == "note added, as the change intends"


def test_a_removed_column_must_be_intended() -> None:
    assert verdict(columns=COLUMNS[:1])[0] is Verdict.FAIL
    assert expected(columns=COLUMNS[:1], expected=ExpectedDifference(removed=("total",)))


def test_another_type_must_be_intended() -> None:
    assert verdict(columns=WIDER) == (
        Verdict.FAIL,
        "total was INT, is BIGINT; not intended by the change: total",
    )
    assert expected(columns=WIDER, expected=ExpectedDifference(changed=("total",)))


def test_a_column_that_is_not_stored_does_not_count() -> None:
    computed = Column(name="twice", type="", kind=ColumnKind.COMPUTED)
    assert verdict(columns=(*COLUMNS, computed))[0] is Verdict.PASS


def test_topics_without_a_ddl_are_not_judged() -> None:
    assert check_columns(quiet(columns=(), blue_columns=())) is None


def test_a_new_table_has_the_columns_of_its_ddl() -> None:
    good = check_columns(new(registered=("id", "total")))
    bad = check_columns(new(registered=("id",)))
    assert good is not None
    assert good.verdict is Verdict.PASS
    assert bad is not None
    assert (bad.verdict, bad.detail) == (Verdict.FAIL, "declared, but not in the records: total")


def test_key_columns_may_stand_in_the_key_alone() -> None:
    result = check_columns(new(registered=("total",)))
    assert result is not None
    assert result.verdict is Verdict.PASS


def test_a_new_table_without_a_registered_schema_is_not_judged() -> None:
    assert check_columns(new()) is None
