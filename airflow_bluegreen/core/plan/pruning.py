"""Which readers a change cannot reach, so that they may stay with blue; and what has to stay for them.

A table is pinned only on proof: every statement of it was followed to the columns it reads, none of them
changed in any table that it would have to follow, and neither did the rows. Whatever is not understood is no
proof.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from airflow_bluegreen.core.changes import TableChange
from airflow_bluegreen.core.deployable import FILLS
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    Column,
    ColumnKind,
    ExpectedDifference,
    PinnedTable,
    Plan,
    Project,
    StatementKind,
    Table,
    TableDefinition,
    Trigger,
)
from airflow_bluegreen.core.plan.impact import Impact

_CAUSES_KNOWN = frozenset({Trigger.MODIFIED, Trigger.SIDE_EFFECT})
"""Of a table that is rebuilt because somebody asked for it, or because its source has another schema, nobody
knows what changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is known of a release when its readers are looked at; ``base`` None where there is none."""

    project: Project
    base: Project | None
    lineage: Lineage
    impact: Impact
    changes: Mapping[str, TableChange]
    expected: Mapping[str, ExpectedDifference]


def prunable(release: Release, before: Iterable[PinnedTable]) -> tuple[PinnedTable, ...]:
    """The tables that can stay with blue, parents before children.

    :param before: tables that read an older blue already. What changed since they were pinned is not known:
        a release that reaches one of them moves everything.
    """
    triggers = release.impact.triggers
    if any(one.table in triggers for one in before):
        return ()
    pinned: list[PinnedTable] = []
    moving: set[str] = set()
    sure: set[str] = set()  # of those, the ones of which all that changes is known
    for name in release.lineage.order():
        if name not in triggers:
            continue
        followed = [one for one in release.lineage.inputs(name) if one in moving]
        side_effect = triggers[name] is Trigger.SIDE_EFFECT and not release.lineage.companions(name)
        if side_effect and not followed:
            continue  # everything that would have brought it here stays
        known = sure.issuperset(followed)
        if side_effect and known and _stays(release, release.project.tables[name]):
            pinned.append(_pinned(release, name, followed))
            continue
        moving.add(name)
        if known and _is_followed_exactly(release, name):
            sure.add(name)
    return tuple(pinned)


def carried(live_plan: Plan | None, project: Project, impact: Impact) -> tuple[PinnedTable, ...]:
    """The pins of earlier releases that hold on: their tables are still there, and still untouched."""
    before = live_plan.pinned if live_plan else ()
    return tuple(one for one in before if one.table in project.tables and one.table not in impact.triggers)


def kept_for(
    pinned: Iterable[PinnedTable], base: Project, impact: Impact, live_plan: Plan | None
) -> tuple[str, ...]:
    """Physical names of the blue tables whose jobs must go on: those that pinned tables read, and whatever
    these read in turn that would be retired; with those of earlier releases while one of their pins holds.
    """
    reads = [(table, name) for one in pinned for table, name in one.reads.items()]
    waiting = [table for table, name in reads if impact.blue.get(table) == name]
    found = set(live_plan.kept) if live_plan and any(one in live_plan.pinned for one in pinned) else set()
    if not waiting:  # nearly always, and the whole lineage is not drawn for nothing
        return tuple(sorted(found))
    lineage = Lineage(base)
    while waiting:
        table = waiting.pop()
        if table in impact.triggers and impact.blue[table] not in found:
            found.add(impact.blue[table])
            waiting += (one for one in lineage.inputs(table) if one in impact.blue)
    return tuple(sorted(found))


def pinned_names(
    project: Project, pinned: Iterable[PinnedTable], names: Mapping[str, str]
) -> Mapping[str, Mapping[str, str]]:
    """By path of a file: what the tables that pinned statements in it read are called there."""
    found: dict[str, Mapping[str, str]] = {}
    for one in pinned:
        table = project.tables[one.table]
        for statement in table.dml:
            found[statement.statement.where.path] = {**names, **one.reads}
    return found


_UNKNOWN = ExpectedDifference(rows_may_change=True)


def _stays(release: Release, table: Table) -> bool:
    return (
        replace(release.expected.get(table.name, _UNKNOWN), unstable=()) == ExpectedDifference()
        and table.name not in release.changes
        and not release.lineage.reads_itself(table.name)
        and _is_plain(release.project, table)
    )


def _is_plain(project: Project, table: Table) -> bool:
    """Created by its columns, filled by INSERTs that share their files with no other table's."""
    if table.ddl is None or table.definition is None or table.ddl.statement.inputs or not table.dml:
        return False
    mine = {id(one.statement) for one in table.dml}
    return all(one.statement.kind is StatementKind.INSERT for one in table.dml) and all(
        id(other) in mine
        for one in table.dml
        for other in project.statements[one.statement.where.path]
        if other.kind in FILLS
    )


def _is_followed_exactly(release: Release, parent: str) -> bool:
    """Whether all that changes in a table are columns that are known by name."""
    difference = release.expected.get(parent)
    if release.impact.triggers[parent] not in _CAUSES_KNOWN or difference is None:
        return False
    if difference.rows_may_change or release.lineage.reads_itself(parent):
        return False
    before = release.base.tables.get(parent) if release.base else None
    after = release.project.tables.get(parent)
    if before is None or after is None or before.definition is None or after.definition is None:
        return False
    if before.ddl is None or after.ddl is None or before.ddl.statement.inputs or after.ddl.statement.inputs:
        return False
    touched = {*difference.changed, *difference.added, *difference.removed}
    return (
        _same_but_for_columns(before.definition, after.definition, touched)
        and all(statement.statement.kind is StatementKind.INSERT for statement in after.dml)
        and touched <= {column.name for one in (before, after) for column in _columns(one)}
    )


def _columns(table: Table) -> tuple[Column, ...]:
    return table.definition.columns if table.definition else ()


def _same_but_for_columns(before: TableDefinition, after: TableDefinition, touched: set[str]) -> bool:
    """Whether two definitions are the same but for columns that are known to differ, none of which decides
    keys, partitions or time.
    """
    deciding = {*after.primary_key, *after.distributed_by}
    marked = after.watermark or ""
    if touched & deciding or any(name in marked for name in touched):
        return False
    if any(column.kind is not ColumnKind.PHYSICAL and column.name in touched for column in after.columns):
        return False
    return _without(before, touched) == _without(after, touched)


def _without(definition: TableDefinition, touched: set[str]) -> TableDefinition:
    return replace(
        definition, columns=tuple(column for column in definition.columns if column.name not in touched)
    )


def _pinned(release: Release, name: str, followed: Iterable[str]) -> PinnedTable:
    reads = {parent: release.impact.blue[parent] for parent in followed}
    differences = (
        f"{', '.join(_touched(release.expected[parent])) or 'nothing'} of {parent}" for parent in followed
    )
    return PinnedTable(
        table=name,
        physical=release.impact.blue[name],
        reads=reads,
        because=f"it reads no column that changes ({'; '.join(differences)}), and the rows stay the same",
    )


def _touched(difference: ExpectedDifference) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*difference.changed, *difference.added, *difference.removed)))
