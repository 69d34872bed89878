"""What a release changes, table by table: texts compared by meaning, version suffixes left out of account."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from airflow_bluegreen.core.model import (
    ChangeKind,
    Column,
    Project,
    Statement,
    StatementChange,
    Table,
)
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.project import session_before, table_of
from airflow_bluegreen.core.sql import compare
from airflow_bluegreen.core.versioning import in_text, logical, qualifier, unqualified
from airflow_bluegreen.exceptions import ProjectError, Where

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
    sides = _Sides(
        base=base,
        release=release,
        base_names=Renaming(base),
        release_names=Renaming(release),
        columns={**columns_of(base), **columns_of(release)},
    )
    found = (_change(sides, table) for table in sorted({*base.tables, *release.tables}))
    changes = tuple(change for change in found if change is not None)
    removed = {change.table: change for change in changes if change.removed}
    if removed:
        _refuse_still_read(release, removed)
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


def normalised(logical_names: Renaming, statement: Statement) -> Statement:
    """The statement with the project's tables under their logical names; where those stand is not told."""
    text = logical_names.statement(statement)
    if text is statement.sql:
        return statement
    return replace(
        statement,
        sql=text,
        outputs=tuple(_logical(logical_names, name) for name in statement.outputs),
        inputs=tuple(dict.fromkeys(_logical(logical_names, name) for name in statement.inputs)),
        references=(),
    )


def _logical(logical_names: Renaming, name: str) -> str:
    return qualifier(name) + in_text(logical_names.of(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    base: Project
    release: Project
    base_names: Renaming
    release_names: Renaming
    columns: Mapping[str, tuple[Column, ...]]


def _change(sides: _Sides, name: str) -> TableChange | None:
    old, new = sides.base.tables.get(name), sides.release.tables.get(name)
    if old is None or new is None:
        return _whole(name, old, new)
    if _same_texts(old, new):
        return None
    files = _differing_files(sides, old, new)
    if not files:
        return None
    changes = _compared(sides, old, new)
    places = {statement.name: statement.statement.where.path for statement in new.statements}
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


def _same_texts(old: Table, new: Table) -> bool:
    """Whether they come from files that were read once for both, as a front-end that remembers does."""
    before, after = tuple(old.statements), tuple(new.statements)
    return len(before) == len(after) and all(
        one.statement is two.statement for one, two in zip(before, after, strict=True)
    )


def _paths(table: Table) -> set[str]:
    return {statement.statement.where.path for statement in table.statements}


def _differing_files(sides: _Sides, old: Table, new: Table) -> tuple[str, ...]:
    """Paths of the release with a text that no file of that table had before; moved files do not differ."""
    before = {sides.base.files[path] for path in _paths(old)}
    after = {path: sides.release.files[path] for path in _paths(new)}
    gone = before - set(after.values())
    differing = sorted(path for path, text in after.items() if text not in before)
    return tuple(differing or (sorted(after) if gone else ()))


def _compared(sides: _Sides, old: Table, new: Table) -> dict[str, StatementChange]:
    """Change by statement name."""
    before = {statement.name: statement.statement for statement in old.statements}
    after = {statement.name: statement.statement for statement in new.statements}
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
    settings = _session_change(sides, old, new)
    if old.sql == new.sql:
        same = sides.base.files[old.where.path] == sides.release.files[new.where.path]
        return settings if same else _merged([_AROUND, settings])
    before, after = normalised(sides.base_names, old), normalised(sides.release_names, new)
    if before.sql == after.sql:
        return settings
    return _merged([compare(before.sql, after.sql, columns=sides.columns), settings])


def _session_change(sides: _Sides, old: Statement, new: Statement) -> StatementChange:
    before = [" ".join(one.sql.split()) for one in session_before(sides.base, old)]
    after = [" ".join(one.sql.split()) for one in session_before(sides.release, new)]
    if before == after:
        return _NOTHING
    return StatementChange(
        change=ChangeKind.SEMANTIC,
        reasons=("the statements that set its session up changed",),
        rows_may_change=True,
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


def _refuse_still_read(release: Project, removed: Mapping[str, TableChange]) -> None:
    declared = {name for tables in release.external.values() for name in tables}
    readers: dict[str, list[tuple[str, Where]]] = {}
    for name, where, reads in _reads(release):
        for read in reads:
            table = logical(unqualified(read))
            if table in removed and table not in declared and table_of(release, read) is None:
                readers.setdefault(table, []).append((name, where))
    for table, change in removed.items():
        if table not in readers:
            continue
        places = ", ".join(f"{name} ({where})" for name, where in dict.fromkeys(readers[table]))
        raise ProjectError(
            f"table {table} is removed and still read by {places}",
            where=readers[table][0][1],
            remedy=f"Take these reads out, or bring {next(iter(change.files))} back",
        )


def _reads(project: Project) -> Iterator[tuple[str, Where, tuple[str, ...]]]:
    """Whoever reads tables: name, place, and the names of the tables as written."""
    for table in project.tables.values():
        for statement in table.statements:
            yield statement.name, statement.statement.where, statement.statement.inputs
    for connector in project.connectors:
        yield f"connector {connector.name}", connector.where, connector.topics
