"""From files to tables: what a commit (or a folder) of a project holds.

Names come from the SQL, never from file names: a file ``ddl.whatever.sql`` creates what its text says.
"""

from collections.abc import Iterable, Mapping, Sequence

from airflow_bluegreen.core.configuration import FILE_NAME, Configuration, read_configuration
from airflow_bluegreen.core.connectors import is_connector_file, read_connectors
from airflow_bluegreen.core.deployable import SESSION
from airflow_bluegreen.core.garbage import seldom_collected
from airflow_bluegreen.core.layout import Layout, matching
from airflow_bluegreen.core.model import (
    Commit,
    Project,
    Statement,
    StatementKind,
    Table,
)
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.tables import tables_of
from airflow_bluegreen.core.versioning import in_text, logical, unqualified
from airflow_bluegreen.exceptions import DuplicateOwnerError, ProjectError, SqlSyntaxError

PROJECT_SUFFIXES = (".sql", ".json", FILE_NAME)
"""What to ask a repository for; :func:`read_project` ignores the files among them that are not the project's.
"""


@seldom_collected()
def read_project(
    files: Mapping[str, str], commit: Commit | None, front_end: FrontEnd | None = None
) -> Project:
    """The project that these files hold.

    :param files: text by path relative to the project's root; ``bluegreen.yaml`` among them where there is
        one.
    :param commit: where the files come from, None for a folder without git.
    :param front_end: what reads the texts, and remembers those that it read before.

    Raises ConfigurationError, SqlSyntaxError (the first one's place, the others named), DuplicateOwnerError,
    ProjectError for an INSERT into a table that no file creates, and for statements that no release deploys.
    """
    text = files.get(FILE_NAME)
    configuration = Configuration() if text is None else read_configuration(text)
    outside = {
        name: matching(profile.external_tables, files) for name, profile in configuration.profiles.items()
    }
    all_outside = frozenset().union(*outside.values())
    owned = [path for path in configuration.layout.statement_files(files) if path not in all_outside]
    front_end = front_end or FrontEnd()
    statements = _parse_all(front_end, files, [*owned, *sorted(all_outside)])
    return Project(
        name=configuration.project,
        commit=commit,
        tables=_tables(front_end, {path: statements[path] for path in owned}, configuration.layout),
        connectors=read_connectors(files),
        profiles=configuration.profiles,
        external={name: _external(statements, paths) for name, paths in outside.items()},
        files={path: files[path] for path in sorted(files) if path in statements or is_connector_file(path)},
        statements=statements,
        release_tags=configuration.release_tags,
        git=configuration.git,
        prune=configuration.prune,
        start=configuration.start,
        comparison=configuration.comparison,
        integration=configuration.integration,
    )


def table_of(project: Project, name: str) -> str | None:
    """The logical table that a name in a text means, None for a table that the project does not create.

    A name declared as an external table wins over the version suffix: a raw topic ``orders_v2`` is not
    version 2 of the project's ``orders``.
    """
    last = unqualified(name)
    owned = project.tables.get(logical(last))
    if owned is None:
        return None
    if owned.physical != last and any(last in declared for declared in project.external.values()):
        return None
    return owned.name


def meant_table(project: Project, name: str) -> str:
    """The logical table that a person means: by its logical, physical or qualified name; else the name."""
    if name in project.tables:
        return name
    return table_of(project, in_text(name)) or table_of(project, name) or name


def session_before(project: Project, statement: Statement) -> tuple[Statement, ...]:
    """The statements above one in its file that set its session up (``SET``, ``CREATE FUNCTION`` …)."""
    return tuple(
        other
        for other in project.statements[statement.where.path]
        if other.kind in SESSION and other.offset < statement.offset
    )


def _parse_all(
    front_end: FrontEnd, files: Mapping[str, str], paths: Sequence[str]
) -> Mapping[str, tuple[Statement, ...]]:
    parsed, errors = front_end.parse_files(files, paths)
    front_end.flush()
    if not errors:
        return parsed
    first, *others = errors
    if not others:
        raise first
    places = ", ".join(str(error.where) for error in others)
    raise SqlSyntaxError(
        f"{first.what} (and {len(others)} more: {places})", where=first.where, remedy=first.remedy
    ) from first


def _tables(
    front_end: FrontEnd, statements: Mapping[str, tuple[Statement, ...]], layout: Layout
) -> Mapping[str, Table]:
    """As :func:`tables_of`; those are taken over that the project read before has in common with this one."""
    made = tables_of(statements, layout, front_end.made)
    front_end.made = made
    return made.tables


def _external(statements: Mapping[str, tuple[Statement, ...]], paths: Iterable[str]) -> dict[str, Statement]:
    declared: dict[str, Statement] = {}
    for statement in (one for path in sorted(paths) for one in statements[path]):
        if statement.kind is not StatementKind.CREATE_TABLE:
            raise ProjectError(
                "only CREATE TABLE may stand here", where=statement.where, remedy="Move it to the pipelines"
            )
        name = unqualified(statement.outputs[0])
        if name in declared:
            raise DuplicateOwnerError(
                f"external table {name} is declared twice, here and at {declared[name].where}",
                where=statement.where,
                remedy="Keep one of the two",
            )
        declared[name] = statement
    return declared
