"""What a release changes, table by table: texts compared by meaning, version suffixes left out of account."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from airflow_bluegreen.core.model import (
    ChangeKind,
    Column,
    Project,
    ProjectStatement,
    Statement,
    StatementChange,
    Table,
)
from airflow_bluegreen.core.naming import statement_under
from airflow_bluegreen.core.project import settings_before, table_of
from airflow_bluegreen.core.sql import compare, parse
from airflow_bluegreen.core.versioning import logical, unqualified
from airflow_bluegreen.exceptions import ProjectError

_NOTHING = StatementChange(change=ChangeKind.NONE)
_AROUND = StatementChange(change=ChangeKind.COSMETIC)
"""The statement is the same, the text of its file around it is not."""
_SEVERITY = (ChangeKind.NONE, ChangeKind.COSMETIC, ChangeKind.SEMANTIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """A table whose files differ between base and release.

    ``change`` sums up its statements; ``files`` maps the paths that differ, those of the release (for a
    removed table: of the base), to how far they do.
    """

    table: str
    change: StatementChange
    files: Mapping[str, ChangeKind]
    added: bool = False
    removed: bool = False

    @property
    def semantic(self) -> bool:
        """Whether what runs has to change."""
        return self.change.change is ChangeKind.SEMANTIC


def table_changes(base: Project | None, release: Project) -> tuple[TableChange, ...]:
    """Every table whose text differs, by name; differences that mean nothing are among them, marked as such.

    Raises ProjectError for a removed table that the release still reads, naming the readers.
    """
    base = base or replace(release, commit=None, tables={}, files={}, connectors=())
    sides = _Sides(base=base, release=release, columns={**columns_of(base), **columns_of(release)})
    found = (_change(sides, table) for table in sorted({*base.tables, *release.tables}))
    changes = tuple(change for change in found if change is not None)
    for change in changes:
        if change.removed:
            _refuse_still_read(release, change)
    return changes


def columns_of(project: Project) -> Mapping[str, tuple[Column, ...]]:
    """Columns in order by logical name, for every table whose definition is known, external ones too."""
    columns: dict[str, tuple[Column, ...]] = {}
    for declared in project.external.values():
        for name, statement in declared.items():
            if statement.definition:
                columns[name] = statement.definition.columns
    for name, table in project.tables.items():
        if table.definition:
            columns[name] = table.definition.columns
    return columns


def normalised(project: Project, statement: Statement) -> Statement:
    """The statement with the project's tables under their logical names."""
    text = statement_under(project, {name: name for name in project.tables}, statement)
    return statement if text == statement.sql else parse(text, statement.where.path)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    base: Project
    release: Project
    columns: Mapping[str, tuple[Column, ...]]


def _change(sides: _Sides, name: str) -> TableChange | None:
    old, new = sides.base.tables.get(name), sides.release.tables.get(name)
    if old is None or new is None:
        return _whole(name, old, new)
    files = _differing_files(sides, old, new)
    if not files:
        return None
    changes = _compared(sides, old, new)
    places = {statement.name: statement.statement.where.path for statement in _statements(new)}
    return TableChange(
        table=name,
        change=_merged(changes.values()),
        files={
            path: _merged(
                change for statement, change in changes.items() if places.get(statement, path) == path
            ).change
            for path in files
        },
    )


def _whole(name: str, old: Table | None, new: Table | None) -> TableChange:
    table = new or old
    reason = "new table" if new else "table removed"
    return TableChange(
        table=name,
        change=StatementChange(change=ChangeKind.SEMANTIC, reasons=(reason,), rows_may_change=True),
        files=dict.fromkeys(sorted(_paths(table)), ChangeKind.SEMANTIC) if table else {},
        added=old is None,
        removed=new is None,
    )


def _paths(table: Table) -> set[str]:
    return {statement.statement.where.path for statement in _statements(table)}


def _statements(table: Table) -> Iterator[ProjectStatement]:
    if table.ddl:
        yield table.ddl
    yield from table.dml


def _differing_files(sides: _Sides, old: Table, new: Table) -> tuple[str, ...]:
    """Paths of the release with a text that no file of that table had before; moved files do not differ."""
    before = {sides.base.files[path] for path in _paths(old)}
    after = {path: sides.release.files[path] for path in _paths(new)}
    gone = before - set(after.values())
    differing = sorted(path for path, text in after.items() if text not in before)
    return tuple(differing or (sorted(after) if gone else ()))


def _compared(sides: _Sides, old: Table, new: Table) -> dict[str, StatementChange]:
    """Change by statement name."""
    before = {statement.name: statement.statement for statement in _statements(old)}
    after = {statement.name: statement.statement for statement in _statements(new)}
    changes: dict[str, StatementChange] = {}
    for name in dict.fromkeys([*before, *after]):
        if name in before and name in after:
            changes[name] = _compare(sides, before[name], after[name])
        else:
            reason = f"{name} {'added' if name in after else 'removed'}"
            changes[name] = StatementChange(
                change=ChangeKind.SEMANTIC, reasons=(reason,), rows_may_change=True
            )
    return changes


def _compare(sides: _Sides, old: Statement, new: Statement) -> StatementChange:
    settings = _setting_change(sides, old, new)
    if old.sql == new.sql:
        same = sides.base.files[old.where.path] == sides.release.files[new.where.path]
        return settings if same else _merged([_AROUND, settings])
    before, after = normalised(sides.base, old), normalised(sides.release, new)
    if before.sql == after.sql:
        return settings
    return _merged([compare(before.sql, after.sql, columns=sides.columns), settings])


def _setting_change(sides: _Sides, old: Statement, new: Statement) -> StatementChange:
    before = [" ".join(one.sql.split()) for one in settings_before(sides.base, old)]
    after = [" ".join(one.sql.split()) for one in settings_before(sides.release, new)]
    if before == after:
        return _NOTHING
    return StatementChange(
        change=ChangeKind.SEMANTIC, reasons=("SET statements changed",), rows_may_change=True
    )


def _merged(changes: Iterable[StatementChange]) -> StatementChange:
    parts = tuple(changes)
    added = _union(part.added for part in parts)
    removed = _union(part.removed for part in parts)
    return StatementChange(
        change=max((part.change for part in parts), key=_SEVERITY.index, default=ChangeKind.NONE),
        reasons=_union(part.reasons for part in parts),
        changed=tuple(
            name for name in _union(part.changed for part in parts) if name not in (*added, *removed)
        ),
        added=added,
        removed=removed,
        rows_may_change=any(part.rows_may_change for part in parts),
    )


def _union(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))


def _refuse_still_read(release: Project, change: TableChange) -> None:
    if any(change.table in declared for declared in release.external.values()):
        return
    readers = [
        (statement.name, statement.statement.where)
        for table in release.tables.values()
        for statement in _statements(table)
        if any(_means(release, name, change.table) for name in statement.statement.inputs)
    ]
    readers += [
        (f"connector {connector.name}", connector.where)
        for connector in release.connectors
        if any(_means(release, topic, change.table) for topic in connector.topics)
    ]
    if readers:
        places = ", ".join(f"{name} ({where})" for name, where in readers)
        raise ProjectError(
            f"table {change.table} is removed and still read by {places}",
            where=readers[0][1],
            remedy=f"Take these reads out, or bring {next(iter(change.files))} back",
        )


def _means(release: Project, name: str, table: str) -> bool:
    return table_of(release, name) is None and logical(unqualified(name)) == table
