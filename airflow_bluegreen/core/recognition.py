"""What a repository of Flink SQL that knows nothing of releases holds, and the file that says so.

Nothing is asked of the repository. A layout is found that reads what can be read; what cannot is named with
its place and left out, so that the rest works from the first day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from airflow_bluegreen.core.configuration import FILE_NAME, Configuration
from airflow_bluegreen.core.conventions import (
    GitNames,
    declares_outside,
    environment_of,
    guess_git,
    guess_layout,
    guess_release_tags,
)
from airflow_bluegreen.core.deployable import CREATES, FILLS, refuse_not_deployable
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Profile, Project, Statement, StatementKind
from airflow_bluegreen.core.project import read_project, table_of
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.starter import Remarks, starter_file
from airflow_bluegreen.core.versioning import logical, unqualified
from airflow_bluegreen.exceptions import LineageCycleError, ProjectError

_TEMPLATE = ("{{", "{%", "${")
_CONFLUENT = ("changelog.mode", "kafka.", "avro-registry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A repository as it was recognised.

    ``text`` is the ``bluegreen.yaml``, ``project`` what is read with it. ``left_out`` are the errors of the
    files that are not part of it, ``outside`` the readable files with tables that the layout does not name,
    ``external`` the tables that are read and not created, by name; ``cycle`` is set where tables read each
    other in a circle.
    """

    text: str
    project: Project
    left_out: tuple[ProjectError, ...] = ()
    outside: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    cycle: LineageCycleError | None = None


class _Reading:
    """The SQL files of a repository, and what is wrong with those that do not work."""

    def __init__(self, files: Mapping[str, str], front_end: FrontEnd) -> None:
        self.sql = {path: text for path, text in files.items() if path.endswith(".sql")}
        self.parsed, errors = front_end.parse_files(self.sql, sorted(self.sql))
        self.problems: dict[str, ProjectError] = {}
        self.declared: set[str] = set()
        for error in errors:
            self.leave_out(error)
        for statements in self.parsed.values():
            try:
                refuse_not_deployable(statements)
            except ProjectError as error:
                self.leave_out(error)

    def leave_out(self, error: ProjectError) -> None:
        """Remember what is wrong with the file that the error names."""
        if error.where is None:
            raise error
        where = error.where
        if any(mark in self.sql[where.path] for mark in _TEMPLATE):
            error = type(error)(error.what, where=where, remedy="A template: commit what it renders to")
        self.problems.setdefault(where.path, error)

    def with_tables(self) -> dict[str, tuple[Statement, ...]]:
        """The statements of the files that work, and create or fill tables."""
        return {
            path: statements
            for path, statements in self.parsed.items()
            if path not in self.problems and any(one.kind in CREATES | FILLS for one in statements)
        }

    def leave_out_unowned(self, paths: Iterable[str]) -> None:
        """The files that fill a table which none of these files creates.

        A file that is left out may have created tables that others fill, so again until none is found.
        """
        working = [path for path in paths if path in self.parsed]
        found = True
        while found:
            working = [path for path in working if path not in self.problems]
            created = {
                logical(unqualified(one.outputs[0]))
                for path in working
                for one in self.parsed[path]
                if one.kind in CREATES
            }
            unowned = [one for path in working for one in self.parsed[path] if _unowned(one, created)]
            found = bool(unowned)
            for one in unowned:
                self.leave_out(
                    ProjectError(
                        f"INSERT INTO {', '.join(one.outputs)}, which no file creates",
                        where=one.where,
                        remedy="Add the CREATE TABLE to the repository",
                    )
                )


def recognise(
    files: Mapping[str, str], name: str, git: GitNames | None = None, front_end: FrontEnd | None = None
) -> Recognised:
    """The configuration that reads a repository, and what it reads.

    :param files: text by path from the project's root; a ``bluegreen.yaml`` among them is not looked at.
    :param name: what the folder is called.
    :param git: names of branches, tags and remotes; None for a folder without git.

    Raises ProjectError where there is no SQL file, or none that creates a table can be read.
    """
    front_end = front_end or FrontEnd()
    names = git or GitNames()
    files = {path: text for path, text in files.items() if path != FILE_NAME}
    reading = _Reading(files, front_end)
    _refuse_nothing(reading)
    profiles = _profiles(reading.with_tables())
    reading.declared = {path for path in reading.sql if declares_outside(path) in _folders(profiles)}
    tables = {path: found for path, found in reading.with_tables().items() if path not in reading.declared}
    if not tables:
        raise _nothing_works(reading)
    configuration = Configuration(
        project=_project_name(name),
        release_tags=guess_release_tags(names),
        git=guess_git(names),
        layout=guess_layout(tables, reading.sql.keys() - tables.keys() - reading.declared),
        profiles=profiles,
    )
    reading.leave_out_unowned(_owned(configuration, reading))
    remarks = Remarks(remote=names.remotes[0] if names.remotes else "", style=_style(tables.values()))
    return _read_back(files, configuration, remarks, reading, front_end)


def _read_back(
    files: Mapping[str, str],
    configuration: Configuration,
    remarks: Remarks,
    reading: _Reading,
    front_end: FrontEnd,
) -> Recognised:
    """Leave files out until what is left is read: a second owner shows when all are read together."""
    while True:
        named = _owned(configuration, reading)
        exclude = tuple(path for path in named if path in reading.problems)
        reasons = {path: _reason(reading.problems[path]) for path in exclude}
        text = starter_file(
            replace(configuration, layout=replace(configuration.layout, exclude=exclude)),
            replace(remarks, excluded=reasons),
        )
        try:
            project = read_project({**files, FILE_NAME: text}, None, front_end)
        except ProjectError as error:
            if error.where is None or error.where.path not in named or error.where.path in exclude:
                raise
            reading.leave_out(error)
            reading.leave_out_unowned(named)
            continue
        if not project.tables:
            raise _nothing_works(reading)
        return _recognised(text, project, reading)


def _recognised(text: str, project: Project, reading: _Reading) -> Recognised:
    cycle = None
    try:
        Lineage(project)
    except LineageCycleError as error:
        cycle = error
    statements = [one for path in project.files for one in project.statements.get(path, ())]
    read = {unqualified(name) for one in statements for name in one.inputs if table_of(project, name) is None}
    return Recognised(
        text=text,
        project=project,
        left_out=tuple(reading.problems[path] for path in sorted(reading.problems)),
        outside=tuple(path for path in sorted(reading.with_tables()) if path not in project.files),
        external=tuple(sorted(read)),
        cycle=cycle,
    )


def _owned(configuration: Configuration, reading: _Reading) -> list[str]:
    """The files that the layout names, those left out among them."""
    return [
        path for path in configuration.layout.statement_files(reading.sql) if path not in reading.declared
    ]


def _profiles(tables: Mapping[str, tuple[Statement, ...]]) -> dict[str, Profile]:
    """An environment for each folder of declarations; a first one where there is none."""
    found: dict[str, Profile] = {}
    for path in sorted(tables):
        folder = declares_outside(path)
        if folder and all(one.kind is StatementKind.CREATE_TABLE for one in tables[path]):
            name = environment_of(folder)
            found.setdefault(name, Profile(name=name, external_tables=f"{folder}/*.sql"))
    return found or {"production": Profile(name="production")}


def _folders(profiles: Mapping[str, Profile]) -> set[str]:
    return {one.external_tables.removesuffix("/*.sql") for one in profiles.values() if one.external_tables}


def _unowned(statement: Statement, created: set[str]) -> bool:
    return statement.kind in FILLS and any(
        logical(unqualified(name)) not in created for name in statement.outputs
    )


def _style(files: Iterable[Iterable[Statement]]) -> str:
    definitions = [one.definition for statements in files for one in statements if one.definition]
    options = [definition.options for definition in definitions if definition.options]
    flink = sum("connector" in each for each in options)
    confluent = sum(
        "connector" not in each
        and any(mark in f"{key}={value}" for key, value in each.items() for mark in _CONFLUENT)
        for each in options
    )
    if flink > confluent:
        return f"the options are Flink's own in {flink} of {len(definitions)} tables"
    return f"the options are Confluent's in {confluent} of {len(definitions)} tables" if confluent else ""


def _project_name(folder: str) -> str:
    """What of the folder's name a project may be called."""
    kept = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "-" for one in folder)
    return kept.strip("._-") or "project"


def _reason(error: ProjectError) -> str:
    line = f"line {error.where.line}: " if error.where and error.where.line else ""
    return f"{line}{error.what}"


def _refuse_nothing(reading: _Reading) -> None:
    if not reading.sql:
        raise ProjectError(
            "no .sql file in the folder", remedy="Give the folder with the Flink SQL with --project"
        )


def _nothing_works(reading: _Reading) -> ProjectError:
    first = next((reading.problems[path] for path in sorted(reading.problems)), None)
    count = len(reading.sql)
    what = f"no table in {count} SQL file{'s' if count > 1 else ''} that a release could deploy"
    if first is None:
        return ProjectError(what, remedy="Add files with CREATE TABLE statements")
    return ProjectError(f"{what}; the first to mend: {first.what}", where=first.where, remedy=first.remedy)
