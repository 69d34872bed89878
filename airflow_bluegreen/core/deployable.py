"""Which statements a release deploys, which only set a session up, and which have no place in a project."""

from collections.abc import Iterable, Mapping

from airflow_bluegreen.core.model import Statement, StatementKind
from airflow_bluegreen.exceptions import ProjectError

CREATES = frozenset(
    {StatementKind.CREATE_TABLE, StatementKind.CREATE_VIEW, StatementKind.CREATE_MATERIALIZED_TABLE}
)
FILLS = frozenset({StatementKind.INSERT, StatementKind.STATEMENT_SET})
SESSION = frozenset(
    {
        StatementKind.SET,
        StatementKind.RESET,
        StatementKind.USE,
        StatementKind.JAR,
        StatementKind.MODULE,
        StatementKind.CREATE_FUNCTION,
        StatementKind.CREATE_MODEL,
    }
)
"""They hold for the statements below them in their file."""

_DEPLOYED = CREATES | FILLS
_USELESS_ALONE = frozenset(
    {StatementKind.JAR, StatementKind.MODULE, StatementKind.CREATE_FUNCTION, StatementKind.CREATE_MODEL}
)
_CHANGES_DATA = "Data is changed by the statement that fills the table: mend that one"
_ONCE = "A release can neither repeat nor undo it: run it by hand"
_THE_CLUSTERS = "It belongs to the cluster: make it there, and take the statement out"
_REMEDIES: Mapping[StatementKind, str] = {
    StatementKind.ALTER: "Write the table as it shall be in its CREATE TABLE: a release makes a new version",
    StatementKind.DROP: "Take the table's files out: the release then removes it",
    StatementKind.UPDATE: _CHANGES_DATA,
    StatementKind.DELETE: _CHANGES_DATA,
    StatementKind.TRUNCATE: _CHANGES_DATA,
    StatementKind.CALL: _ONCE,
    StatementKind.ANALYZE: _ONCE,
    StatementKind.INSPECT: "Take it out: nobody sees what it prints",
    StatementKind.SELECT: (
        "Finish it as CREATE or INSERT, or move it out of the files that hold the project's statements"
    ),
    StatementKind.CREATE_CATALOG: _THE_CLUSTERS,
    StatementKind.CREATE_DATABASE: _THE_CLUSTERS,
    StatementKind.CREATE_CONNECTION: _THE_CLUSTERS,
    StatementKind.CREATE_AGENT: _THE_CLUSTERS,
    StatementKind.CREATE_TOOL: _THE_CLUSTERS,
    StatementKind.STOP_JOB: "Take it out: a release starts and stops the jobs of its tables itself",
}
_OTHERS_NAMED = 5


def refuse_not_deployable(statements: Iterable[Statement]) -> None:
    """Raises ProjectError for what no release can deploy, with the place of the first and of the others.

    :param statements: those of one file, in order.
    """
    one_file = tuple(statements)
    if all(one.kind in _DEPLOYED and one.outputs for one in one_file):  # nearly always
        return
    wrong = [one for one in one_file if one.kind in _REMEDIES or not (one.kind in SESSION or one.outputs)]
    if wrong:
        first, *others = wrong
        more = f" (and {len(others)} more: {_places(others)})" if others else ""
        raise ProjectError(
            f"{_called(first)} is no statement that creates or fills a table{more}",
            where=first.where,
            remedy=_REMEDIES.get(first.kind, "Finish it as CREATE or INSERT"),
        )
    if all(one.kind in SESSION for one in one_file):
        useless = next((one for one in one_file if one.kind in _USELESS_ALONE), None)
        if useless:
            raise ProjectError(
                f"{_called(useless)} holds for what stands below it, and nothing does",
                where=useless.where,
                remedy="Write it above every statement that needs it, in that statement's file",
            )


def _called(statement: Statement) -> str:
    return statement.kind.value.replace("_", " ").upper()


def _places(statements: list[Statement]) -> str:
    named = ", ".join(str(one.where) for one in statements[:_OTHERS_NAMED])
    return named + (", …" if len(statements) > _OTHERS_NAMED else "")
