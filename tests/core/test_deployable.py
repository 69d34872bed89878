import pytest

from airflow_bluegreen.core.deployable import CREATES, FILLS, SESSION, refuse_not_deployable
from airflow_bluegreen.core.model import Statement, StatementKind
from airflow_bluegreen.exceptions import ProjectError, Where

DEPLOYABLE = CREATES | FILLS | SESSION


def statement(kind: StatementKind, line: int = 1, outputs: tuple[str, ...] = ("t",)) -> Statement:
    return Statement(
        kind=kind,
        sql=kind.value,
        where=Where(path="dml.t.sql", line=line, column=1),
        offset=line,
        outputs=outputs,
        inputs=(),
        references=(),
    )


INSERT = statement(StatementKind.INSERT, line=9)


def refusal(statements: list[Statement]) -> ProjectError | None:
    try:
        refuse_not_deployable(statements)
    except ProjectError as error:
        return error
    return None


@pytest.mark.parametrize("kind", sorted(set(StatementKind) - DEPLOYABLE))
def test_what_no_release_can_deploy_is_refused_with_its_place_and_a_remedy(kind: StatementKind) -> None:
    with pytest.raises(ProjectError, match=r"^dml\.t\.sql:3:1: [A-Z ]+ is no statement") as caught:
        refuse_not_deployable([statement(kind, line=3), INSERT])
    assert len(caught.value.remedy) > 20


@pytest.mark.parametrize("kind", sorted(SESSION))
def test_what_sets_a_session_up_may_stand_above_a_statement(kind: StatementKind) -> None:
    assert refusal([statement(kind, outputs=()), INSERT]) is None


@pytest.mark.parametrize(
    "kind",
    [StatementKind.CREATE_FUNCTION, StatementKind.CREATE_MODEL, StatementKind.JAR, StatementKind.MODULE],
)
def test_what_a_file_sets_up_for_nobody_is_refused(kind: StatementKind) -> None:
    with pytest.raises(ProjectError, match=r"^dml\.t\.sql:2:1: .*holds for what stands below it"):
        refuse_not_deployable([statement(kind, line=2)])


def test_settings_alone_harm_nobody() -> None:
    assert refusal([statement(StatementKind.SET, outputs=())]) is None


def test_all_places_are_named() -> None:
    wrong = [statement(StatementKind.DROP, line=number) for number in range(1, 9)]
    with pytest.raises(ProjectError, match=r"\(and 7 more: dml\.t\.sql:2:1, .*dml\.t\.sql:6:1, …\)"):
        refuse_not_deployable(wrong)


def test_an_insert_into_nothing_is_refused() -> None:
    with pytest.raises(ProjectError, match="INSERT is no statement that creates or fills a table"):
        refuse_not_deployable([statement(StatementKind.INSERT, outputs=())])
