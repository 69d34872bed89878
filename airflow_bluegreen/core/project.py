"""From files to tables: what a commit (or a folder) of a project holds.

Names come from the SQL, never from file names: a file ``ddl.whatever.sql`` creates what its text says.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from airflow_bluegreen.core.configuration import FILE_NAME, Configuration, read_configuration
from airflow_bluegreen.core.connectors import is_connector_file, read_connectors
from airflow_bluegreen.core.model import (
    Commit,
    Profile,
    Project,
    ProjectStatement,
    Statement,
    StatementKind,
    Table,
)
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.core.versioning import logical, unqualified
from airflow_bluegreen.exceptions import DuplicateOwnerError, ProjectError, SqlSyntaxError, Where

PROJECT_SUFFIXES = (".sql", ".json", FILE_NAME)
"""What to ask a repository for; :func:`read_project` ignores the files among them that are not the project's.
"""

KINDS: Mapping[str, str] = {
    "sources": "source",
    "intermediates": "intermediate",
    "dimensions": "dimension",
    "facts": "fact",
    "views": "view",
}
"""Folder under ``pipelines/`` → kind of the tables in it."""

_STATEMENT_FILE = re.compile(r"(ddl|dml)\..+\.sql\Z")
_CREATES = frozenset({StatementKind.CREATE_TABLE, StatementKind.CREATE_VIEW})


def read_project(files: Mapping[str, str], commit: Commit | None) -> Project:
    """The project that these files hold.

    :param files: text by path relative to the project's root; ``bluegreen.yaml`` among them where there is
        one.
    :param commit: where the files come from, None for a folder without git.

    Raises ConfigurationError, SqlSyntaxError (the first one's place, the others named), DuplicateOwnerError,
    ProjectError for an INSERT into a table that no file creates.
    """
    text = files.get(FILE_NAME)
    configuration = Configuration() if text is None else read_configuration(text)
    outside = {name: _matching(files, profile) for name, profile in configuration.profiles.items()}
    all_outside = frozenset().union(*outside.values())
    owned = [path for path in sorted(files) if _is_statement_file(path) and path not in all_outside]
    statements = _parse_all(files, [*owned, *sorted(all_outside - set(owned))])
    tables = _tables({path: statements[path] for path in owned})
    return Project(
        name=configuration.project,
        commit=commit,
        tables=tables,
        connectors=read_connectors(files),
        profiles=configuration.profiles,
        external={name: _external(statements, paths) for name, paths in outside.items()},
        files={path: files[path] for path in sorted(files) if path in statements or is_connector_file(path)},
        release_tags=configuration.release_tags,
        git=configuration.git,
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


@lru_cache(maxsize=65_536)
def parse_file(text: str, path: str) -> tuple[Statement, ...]:
    """The statements of a file, remembered: base and release of a plan share nearly all their texts."""
    return parse(text, path)


def settings_before(project: Project, statement: Statement) -> tuple[Statement, ...]:
    """The ``SET`` statements above a statement in its file, which hold for it."""
    path = statement.where.path
    return tuple(
        other
        for other in parse_file(project.files[path], path)
        if other.kind is StatementKind.SET and other.offset < statement.offset
    )


def _is_statement_file(path: str) -> bool:
    return _STATEMENT_FILE.match(path.rpartition("/")[2]) is not None


def _matching(files: Iterable[str], profile: Profile) -> frozenset[str]:
    if not profile.external_tables:
        return frozenset()
    pattern = _glob(profile.external_tables)
    return frozenset(path for path in files if path.endswith(".sql") and pattern.fullmatch(path))


def _glob(pattern: str) -> re.Pattern[str]:
    """``*`` and ``?`` stay within a folder, ``**/`` crosses folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part) or re.escape(part) for part in parts))


def _parse_all(files: Mapping[str, str], paths: Iterable[str]) -> dict[str, tuple[Statement, ...]]:
    parsed: dict[str, tuple[Statement, ...]] = {}
    errors: list[SqlSyntaxError] = []
    for path in paths:
        try:
            parsed[path] = parse_file(files[path], path)
        except SqlSyntaxError as error:
            errors.append(error)
    if not errors:
        return parsed
    first, *others = errors
    if not others:
        raise first
    places = ", ".join(str(error.where) for error in others)
    raise SqlSyntaxError(
        f"{first.what} (and {len(others)} more: {places})", where=first.where, remedy=first.remedy
    ) from first


def _tables(statements: Mapping[str, tuple[Statement, ...]]) -> dict[str, Table]:
    creates: dict[str, Statement] = {}
    inserts: dict[str, list[Statement]] = defaultdict(list)
    for statement in (one for path in statements for one in statements[path]):
        if statement.kind is StatementKind.SET:
            continue
        if statement.kind is StatementKind.SELECT or not statement.outputs:
            raise ProjectError(
                "a statement that neither creates nor fills a table",
                where=statement.where,
                remedy="Finish it as CREATE or INSERT, or move it out of the ddl.*.sql and dml.*.sql files",
            )
        table = logical(unqualified(statement.outputs[0]))
        if statement.kind in _CREATES:
            _refuse_second_owner(table, creates.get(table), statement)
            creates[table] = statement
        else:
            inserts[table].append(statement)
    for fills in inserts.values():
        for statement in fills:
            _refuse_unowned(creates, statement)
    return {table: _table(table, creates[table], inserts.get(table, [])) for table in sorted(creates)}


def _refuse_second_owner(table: str, first: Statement | None, second: Statement) -> None:
    if first is None:
        return
    names = sorted({unqualified(one.outputs[0]) for one in (first, second)})
    what = f"table {table} is created twice" if len(names) == 1 else f"{' and '.join(names)} are one table"
    raise DuplicateOwnerError(
        f"{what}, here and at {first.where}", where=second.where, remedy="Keep one of the two files"
    )


def _refuse_unowned(creates: Mapping[str, Statement], statement: Statement) -> None:
    for output in statement.outputs:
        if logical(unqualified(output)) not in creates:
            raise ProjectError(
                f"INSERT INTO {output}, which no ddl.*.sql file creates",
                where=statement.where,
                remedy=f"Add the CREATE TABLE of {output}, or mend the name",
            )


def _table(name: str, create: Statement, inserts: list[Statement]) -> Table:
    kind, product = _place(create.where)
    return Table(
        name=name,
        physical=unqualified(create.outputs[0]),
        kind=kind,
        product=product,
        ddl=ProjectStatement(name=f"ddl.{name}", table=name, statement=create),
        dml=tuple(
            ProjectStatement(
                name=f"dml.{name}" + (f".{number}" if number > 1 else ""), table=name, statement=one
            )
            for number, one in enumerate(inserts, start=1)
        ),
        definition=create.definition,
    )


def _place(where: Where) -> tuple[str, str]:
    """Kind and product from ``[pipelines/]<kinds>/[<product>/]<table>/[sql-scripts/]file``."""
    folders = [part for part in PurePosixPath(where.path).parts[:-1] if part != "sql-scripts"]
    if "pipelines" in folders:
        folders = folders[folders.index("pipelines") + 1 :]
    kind = KINDS.get(folders[0]) if folders else None
    if kind is None:
        return "table", ""
    return kind, folders[1] if len(folders) > 2 else ""


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
