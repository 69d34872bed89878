from airflow_bluegreen.core.comparison.checks.definition import check_definition
from airflow_bluegreen.core.model import CheckResult, ExpectedDifference, TableDefinition, Verdict
from tests.core.comparison.evidence import everything, new, quiet


def found(**changes: object) -> CheckResult:
    result = check_definition(everything(**changes))
    assert result is not None
    return result


def table(**said: object) -> TableDefinition:
    return TableDefinition(**{"columns": (), "primary_key": ("id",), **said})  # type: ignore[arg-type]


def test_the_same_definition() -> None:
    assert (found().verdict, found().detail) == (Verdict.PASS, "the same but for the columns")


def test_another_key_or_watermark_needs_a_reason() -> None:
    for other in (
        table(primary_key=("id", "line")),
        table(watermark="ts AS ts"),
        table(distributed_by=("a",)),
    ):
        assert found(definition=other).verdict is Verdict.FAIL
        may = ExpectedDifference(rows_may_change=True)
        assert found(definition=other, expected=may).expected
    assert "primary key was id, is id, line" in found(definition=table(primary_key=("id", "line"))).detail


def test_other_options_are_told() -> None:
    result = found(definition=table(options={"kafka.retention.time": "7 d"}, buckets=6))
    assert (result.verdict, result.expected) == (Verdict.PASS, True)
    assert result.detail == "kafka.retention.time was not set, is 7 d; default partitions were, 6 are"


def test_nothing_is_said_without_two_definitions() -> None:
    assert check_definition(quiet()) is None
    assert check_definition(new()) is None
