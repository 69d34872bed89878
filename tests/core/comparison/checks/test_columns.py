from airflow_bluegreen.core.comparison.checks.columns import check_columns
from airflow_bluegreen.core.model import Column, ColumnKind, ExpectedDifference, Verdict
from tests.core.comparison.evidence import COLUMNS, new, quiet

NOTE = Column(name="note", type="STRING")
WIDER = (COLUMNS[0], Column(name="total", type="BIGINT"))


def verdict(**changes: object) -> tuple[Verdict, str]:
    result = check_columns(quiet(**changes))
    assert result is not None
    return result.verdict, result.detail


def test_same_columns() -> None:
    assert verdict() == (Verdict.MATCH, "same names and types")


def test_an_added_column_must_be_intended() -> None:
    assert verdict(columns=(*COLUMNS, NOTE))[0] is Verdict.MISMATCH
    intended = verdict(columns=(*COLUMNS, NOTE), expected=ExpectedDifference(added=("note",)))
    assert intended == (Verdict.EXPECTED, "note added, as the change intends")


def test_a_removed_column_must_be_intended() -> None:
    assert verdict(columns=COLUMNS[:1])[0] is Verdict.MISMATCH
    assert (
        verdict(columns=COLUMNS[:1], expected=ExpectedDifference(removed=("total",)))[0] is Verdict.EXPECTED
    )


def test_another_type_must_be_intended() -> None:
    found = verdict(columns=WIDER)
    assert found == (Verdict.MISMATCH, "total was INT, is BIGINT; not intended by the change: total")
    assert verdict(columns=WIDER, expected=ExpectedDifference(changed=("total",)))[0] is Verdict.EXPECTED


def test_a_column_that_is_not_stored_does_not_count() -> None:
    computed = Column(name="twice", type="", kind=ColumnKind.COMPUTED)
    assert verdict(columns=(*COLUMNS, computed))[0] is Verdict.MATCH


def test_topics_without_a_ddl_are_not_judged() -> None:
    assert check_columns(quiet(columns=(), blue_columns=())) is None


def test_a_new_table_has_the_columns_of_its_ddl() -> None:
    good = check_columns(new(registered=("id", "total")))
    bad = check_columns(new(registered=("id",)))
    assert good is not None
    assert good.verdict is Verdict.NEW
    assert bad is not None
    assert (bad.verdict, bad.detail) == (Verdict.MISMATCH, "declared, but not in the records: total")


def test_key_columns_may_stand_in_the_key_alone() -> None:
    found = check_columns(new(registered=("total",)))
    assert found is not None
    assert found.verdict is Verdict.NEW


def test_a_new_table_without_a_registered_schema_is_not_judged() -> None:
    assert check_columns(new()) is None
