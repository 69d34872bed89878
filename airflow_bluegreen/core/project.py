"""From files to tables: what a commit (or a folder) of a project holds.

Names come from the SQL, never from file names: a file ``ddl.whatever.sql`` creates what its text says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from airflow_bluegreen.core.configuration import FILE_NAME, Configuration, read_configuration
from airflow_bluegreen.core.connectors import is_connector_file, read_connectors
from airflow_bluegreen.core.deployable import CREATES, SESSION, refuse_not_deployable
from airflow_bluegreen.core.garbage import seldom_collected
from airflow_bluegreen.core.layout import Layout, matching
from airflow_bluegreen.core.model import (
    Commit,
    Project,
    ProjectStatement,
    Statement,
    StatementKind,
    Table,
)
from airflow_bluegreen.core.reading import FrontEnd
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
    statements = _parse_all(front_end or FrontEnd(), files, [*owned, *sorted(all_outside)])
    return Project(
        name=configuration.project,
        commit=commit,
        tables=_tables({path: statements[path] for path in owned}, configuration.layout),
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


def _tables(statements: Mapping[str, tuple[Statement, ...]], layout: Layout) -> dict[str, Table]:
    creates: dict[str, list[Statement]] = defaultdict(list)
    fills: dict[str, list[Statement]] = defaultdict(list)
    shared: dict[str, list[tuple[str, Statement]]] = defaultdict(list)
    for path in statements:
        refuse_not_deployable(statements[path])
        for statement in statements[path]:
            if statement.kind in SESSION:
                continue
            first, *others = _filled(statement)
            if statement.kind in CREATES:
                creates[first].append(statement)
                continue
            fills[first].append(statement)
            for other in others:
                shared[other].append((first, statement))
    _refuse_second_owners(creates)
    for statement in (one for each in fills.values() for one in each):
        _refuse_unowned(creates, statement)
    numbered = {table: _numbered(table, each) for table, each in fills.items()}
    return {
        table: _table(
            creates[table][0],
            numbered.get(table, ()),
            [_of(numbered[owner], statement) for owner, statement in shared.get(table, ())],
            layout,
        )
        for table in sorted(creates)
    }


def _filled(statement: Statement) -> list[str]:
    """The logical tables that a statement creates or fills, by name."""
    if len(statement.outputs) == 1:
        return [logical(unqualified(statement.outputs[0]))]
    return sorted({logical(unqualified(name)) for name in statement.outputs})


def _numbered(table: str, fills: Iterable[Statement]) -> tuple[ProjectStatement, ...]:
    return tuple(
        ProjectStatement(
            name=f"dml.{table}" + (f".{number}" if number > 1 else ""), table=table, statement=one
        )
        for number, one in enumerate(fills, start=1)
    )


def _of(named: Iterable[ProjectStatement], statement: Statement) -> ProjectStatement:
    return next(one for one in named if one.statement is statement)


def _table(
    create: Statement, dml: tuple[ProjectStatement, ...], shared: list[ProjectStatement], layout: Layout
) -> Table:
    physical = unqualified(create.outputs[0])
    name = logical(physical)
    kind, product = layout.place(create.where.path)
    return Table(
        name=name,
        physical=physical,
        kind=kind,
        product=product,
        ddl=ProjectStatement(name=f"ddl.{name}", table=name, statement=create),
        dml=dml,
        definition=create.definition,
        shared=tuple(shared),
    )


def _refuse_second_owners(creates: Mapping[str, Sequence[Statement]]) -> None:
    for table in sorted(creates):
        first, *others = creates[table]
        if not others:
            continue
        names = sorted({unqualified(one.outputs[0]) for one in creates[table]})
        times = "twice" if len(others) == 1 else f"{len(others) + 1} times"
        what = (
            f"table {table} is created {times}" if len(names) == 1 else f"{' and '.join(names)} are one table"
        )
        *between, last = others
        places = ", ".join(str(one.where) for one in (first, *between))
        raise DuplicateOwnerError(
            f"{what}, here and at {places}", where=last.where, remedy="Keep one of the files"
        )


def _refuse_unowned(creates: Mapping[str, object], statement: Statement) -> None:
    for output in statement.outputs:
        if logical(unqualified(output)) not in creates:
            raise ProjectError(
                f"INSERT INTO {output}, which no file creates",
                where=statement.where,
                remedy=f"Add the CREATE TABLE of {output}, or mend the name",
            )


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
