from airflow_bluegreen.core.comparison.checks.groups import check_groups
from airflow_bluegreen.core.comparison.evidence import GroupDifference
from airflow_bluegreen.core.model import CheckResult, ExpectedDifference, Grouping, Verdict
from tests.core.comparison.evidence import everything, looked, quiet

BY = Grouping(by=("country",), of=("total",))
DIFFERS = GroupDifference(grouping=BY, groups=4, differing=1, examples=((("CH",), (3, 2, 30.0, 20.0)),))


def found(group: GroupDifference, **changes: object) -> CheckResult:
    result = check_groups(everything(inspection=looked(groups=(group,)), **changes))
    assert result is not None
    return result


def test_equal_groups() -> None:
    result = found(GroupDifference(grouping=BY, groups=4))
    assert (result.verdict, result.blue, result.green) == (Verdict.PASS, "4 groups", "4 equal")


def test_a_group_that_differs() -> None:
    result = found(DIFFERS)
    assert result.verdict is Verdict.FAIL
    assert "1 groups by country differ, such as country CH: rows 3 → 2, total 30 → 20" in result.detail


def test_a_change_of_rows_or_of_a_column_of_it_explains_it() -> None:
    for expected in (ExpectedDifference(rows_may_change=True), ExpectedDifference(changed=("total",))):
        assert found(DIFFERS, expected=expected).expected
    assert found(DIFFERS, expected=ExpectedDifference(changed=("note",))).verdict is Verdict.FAIL


def test_a_column_that_is_not_there_is_a_warning() -> None:
    result = found(GroupDifference(grouping=BY, missing=("country",)))
    assert (result.verdict, result.detail) == (Verdict.WARN, "not checked: the records lack country")


def test_nothing_is_said_where_the_project_names_none() -> None:
    assert check_groups(quiet()) is None
    assert check_groups(everything(inspection=looked(groups=()))) is None
