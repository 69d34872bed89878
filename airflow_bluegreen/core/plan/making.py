"""Putting a plan together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from airflow_bluegreen.core.changes import table_changes
from airflow_bluegreen.core.garbage import seldom_collected
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    Commit,
    ExpectedDifference,
    PinnedTable,
    Plan,
    PlannedTable,
    Project,
    SharedStatement,
    SourceSchema,
    Start,
    Table,
    TableDefinition,
    Trigger,
)
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.plan.connectors import planned_connectors
from airflow_bluegreen.core.plan.expectation import expected_differences
from airflow_bluegreen.core.plan.impact import Impact, Wishes, assess
from airflow_bluegreen.core.plan.pruning import Release, carried, kept_for, pinned_names, prunable
from airflow_bluegreen.core.plan.statements import Writer
from airflow_bluegreen.core.project import meant_table
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.starting import wished
from airflow_bluegreen.exceptions import ProjectError, UnknownTableError

NO_COMMIT = Commit(ref="working tree", sha="")
"""Stands for the release of a plan that was made from a folder without git."""


@seldom_collected()
def make_plan(
    *,
    project: Project,
    base: Project | None,
    environment: str,
    live: Mapping[str, str],
    base_release: str | None,
    wishes: Wishes | None = None,
    source_schemas: Mapping[str, tuple[SourceSchema, ...]] | None = None,
    front_end: FrontEnd | None = None,
    live_plan: Plan | None = None,
) -> Plan:
    """Everything that a release of ``project`` over ``base`` does in an environment; no tables if nothing
    changed.

    :param base: what the environment runs, as git holds it; None where nothing was released yet.
    :param live: logical → live physical name from the ledger; where it has no entry, the name in base's text
        counts.
    :param base_release: the release that is live.
    :param wishes: what a person, or the registry, adds to the changes.
    :param source_schemas: logical table → the registry subjects of what it reads from outside.
    :param front_end: the one that read the projects, so that it need not read again.
    :param live_plan: the plan of the release that is live, for the tables that it pinned.

    Raises ProjectError, LineageCycleError, UnknownTableError or ConfigurationError; nothing was written then.
    """
    if not project.tables:
        # Read as it stands, it would remove every table that is live.
        raise ProjectError(
            "the release creates no table", remedy="Check the project's path: no ddl.*.sql below it"
        )
    wishes, front_end = wishes or Wishes(), front_end or FrontEnd()
    project = _starting(project, wishes.start)
    release, pinned = _decided(project, base, live, wishes, front_end, live_plan)
    impact, lineage = release.impact, release.lineage
    renaming = Renaming(project, impact.names, pinned_names(project, pinned, impact.names))
    writer = Writer(
        project=project, names=impact.names, renaming=renaming, environment=environment, front_end=front_end
    )
    tables = _tables(release, writer, source_schemas or {})
    _refuse_idle_starts(project, tables, wishes.start)
    kept = kept_for(pinned, base, impact, live_plan) if base else ()
    front_end.flush()
    return Plan(
        project=project.name,
        environment=environment,
        release=project.commit or NO_COMMIT,
        base=base.commit if base else None,
        base_release=base_release,
        tables=(*tables, *_removed(base, impact)),
        connectors=planned_connectors(
            project, base, impact.blue, impact.names, {*impact.blue, *impact.triggers}
        ),
        untouched=tuple(
            name for name in lineage.order() if name in impact.blue and name not in impact.triggers
        ),
        physical=impact.names,
        rewritten=_rewritten(project, impact, renaming, everything=wishes.descendants),
        pinned=pinned,
        kept=kept,
        freed=tuple(sorted(set(live_plan.kept) - set(kept))) if live_plan else (),
    )


def _starting(project: Project, wishes: Mapping[str, Start]) -> Project:
    """The project with the starts that this release wishes for.

    Raises UnknownTableError for a table that there is not: a start that nobody gets is a mistake.
    """
    asked = {meant_table(project, name): start for name, start in wishes.items()}
    settings = wished(project.start, asked)
    strange = sorted(project.comparison.tables.keys() - project.tables.keys())
    if strange:
        raise UnknownTableError(
            f"no table {strange[0]}, which comparison.tables has settings for",
            remedy="Correct comparison.tables in bluegreen.yaml: logical names, without version",
        )
    unknown = sorted(settings.by_table.keys() - project.tables.keys())
    if unknown:
        raise UnknownTableError(
            f"no table {unknown[0]}, which is to start with {settings.by_table[unknown[0]]}",
            remedy="Correct start.tables in bluegreen.yaml, or what the release asks for",
        )
    return replace(project, start=settings)


def _refuse_idle_starts(
    project: Project, tables: Sequence[PlannedTable], wishes: Mapping[str, Start]
) -> None:
    """Raises UnknownTableError for a table that gets no new version: its start would be nobody's."""
    renewed = {planned.table for planned in tables}
    for name, start in wishes.items():
        if meant_table(project, name) not in renewed:
            raise UnknownTableError(
                f"table {name} gets no new version, so it cannot start with {start}",
                remedy="Leave its start out, or ask for a new version of it too",
            )


def _decided(
    project: Project,
    base: Project | None,
    live: Mapping[str, str],
    wishes: Wishes,
    front_end: FrontEnd,
    live_plan: Plan | None,
) -> tuple[Release, tuple[PinnedTable, ...]]:
    """What the release touches, and what stays with blue."""
    lineage = Lineage(project)
    changes = {change.table: change for change in table_changes(base, project)}
    impact = assess(project, base, lineage, changes.values(), live, wishes)
    release = Release(
        project=project,
        base=base,
        lineage=lineage,
        impact=impact,
        changes=changes,
        expected=expected_differences(project, lineage, impact.triggers, changes, front_end),
    )
    pinned: tuple[PinnedTable, ...] = ()
    if project.prune if wishes.prune is None else wishes.prune:
        pinned = prunable(release, live_plan.pinned if live_plan else ())
        staying = frozenset(one.table for one in pinned)
        impact = assess(project, base, lineage, changes.values(), live, wishes, staying)
        release = replace(release, impact=impact)
    return release, (*pinned, *carried(live_plan, project, impact))


def _tables(
    release: Release, writer: Writer, source_schemas: Mapping[str, tuple[SourceSchema, ...]]
) -> list[PlannedTable]:
    """The tables that get a green version, parents first."""
    tables = release.project.tables
    planned = [tables[name] for name in release.lineage.order() if name in release.impact.triggers]
    read = {name for table in planned for name in release.lineage.inputs(table.name)}
    writer.recall(planned, (tables[name] for name in sorted(read)))
    return [_planned(release, writer, table, source_schemas.get(table.name, ())) for table in planned]


def _planned(
    release: Release, writer: Writer, table: Table, source_schemas: tuple[SourceSchema, ...]
) -> PlannedTable:
    lineage, impact, base = release.lineage, release.impact, release.base
    inputs = lineage.inputs(table.name)
    before = base.tables.get(table.name) if base else None
    return PlannedTable(
        table=table.name,
        kind=table.kind,
        blue=impact.blue.get(table.name),
        green=impact.names[table.name],
        trigger=impact.triggers[table.name],
        path=impact.paths[table.name],
        parents=tuple(name for name in inputs if name in impact.triggers),
        inputs=(*(impact.names[name] for name in inputs), *lineage.external_inputs(table.name)),
        primary_key=table.definition.primary_key if table.definition else (),
        columns=table.definition.columns if table.definition else (),
        blue_columns=before.definition.columns if before and before.definition else (),
        ddl=writer.planned(table.ddl) if table.ddl else None,
        dml=tuple(writer.planned(dml, dml.statement.outputs) for dml in table.dml),
        expected=release.expected.get(table.name, ExpectedDifference()),
        source_schemas=source_schemas,
        shared=tuple(SharedStatement(table=one.table, statement=one.name) for one in table.shared),
        start=release.project.start.wish(table.name, table.kind),
        checks=release.project.comparison.of(table.name),
        definition=_without_columns(table),
        blue_definition=_without_columns(before),
    )


def _without_columns(table: Table | None) -> TableDefinition | None:
    """They stand in the plan already."""
    return replace(table.definition, columns=()) if table and table.definition else None


def _removed(base: Project | None, impact: Impact) -> list[PlannedTable]:
    """The tables that the release no longer has, parents first."""
    gone = {name for name, trigger in impact.triggers.items() if trigger is Trigger.REMOVED}
    if not base or not gone:
        return []
    lineage = Lineage(base)
    return [
        PlannedTable(
            table=name,
            kind=base.tables[name].kind,
            blue=impact.blue[name],
            green=None,
            trigger=Trigger.REMOVED,
            path=(name,),
            parents=tuple(parent for parent in lineage.inputs(name) if parent in gone),
            inputs=(),
            primary_key=definition.primary_key if definition else (),
            columns=(),
            blue_columns=definition.columns if definition else (),
            ddl=None,
            dml=(),
            expected=ExpectedDifference(),
        )
        for name in lineage.order()
        if name in gone
        for definition in (base.tables[name].definition,)
    ]


def _rewritten(
    project: Project, impact: Impact, renaming: Renaming, *, everything: bool
) -> Mapping[str, str]:
    """Files whose text the assigned names change; of the impacted tables only, where descendants stay on
    blue.
    """
    left_out = {one.where.path for declared in project.external.values() for one in declared.values()}
    if not everything:
        left_out |= {
            part.statement.where.path
            for table in project.tables.values()
            if table.name not in impact.triggers
            for part in (table.ddl, *table.dml)
            if part
        }
    texts = {path: renaming.file(path) for path in project.files if path not in left_out}
    return {path: text for path, text in texts.items() if text != project.files[path]}
