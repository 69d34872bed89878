"""The lineage of each step of a release: topics in, topics out, and where each column comes from.

A plan holds all of it: the SQL as it is deployed, and the CREATE of every table that a statement reads or
writes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_bluegreen.core.model import (
    CatalogTable,
    Column,
    ColumnOrigin,
    Dataset,
    Plan,
    PlannedStatement,
    PlannedTable,
    Role,
    SinkMove,
    Statement,
    StatementKind,
    TaskLineage,
    TopicColumn,
)
from airflow_bluegreen.core.reading import parse_file
from airflow_bluegreen.core.retirement import retired_tables
from airflow_bluegreen.core.sql import NO_TABLE, ColumnLineage, column_lineage, topic_of
from airflow_bluegreen.core.versioning import unqualified, version_of

Stored = frozenset[tuple[str, str]]
"""(physical table, column)."""


def deployed_lineage(
    plan: Plan, planned: PlannedTable, statements: Iterable[PlannedStatement]
) -> TaskLineage:
    """What the statements of a table read and write. A view, which holds nothing, is neither.

    :param statements: its DDL, or its DML.
    """
    inputs: dict[str, Dataset] = {}
    outputs: dict[str, Dataset] = {}
    known, step = tuple(statements), "dml"
    created: tuple[str, ...] = ()
    for statement in known:
        flow = _Flow(plan, statement)
        inputs |= {one.topic: one for one in flow.inputs()}
        outputs |= {one.topic: one for one in flow.outputs(planned)}
        if planned.ddl is not None and statement == planned.ddl:
            step, created = "ddl", tuple(outputs)
    return TaskLineage(
        **_about(plan, planned),
        step=step,
        sql="\n\n".join(one.sql for one in known),
        inputs=tuple(inputs.values()),
        outputs=tuple(outputs.values()),
        created=created,
    )


def compared_lineage(plan: Plan, planned: PlannedTable) -> TaskLineage:
    """Blue and green, which a comparison reads."""
    return TaskLineage(**_about(plan, planned), step="compare", inputs=_sides(plan, planned))


def cut_over_lineage(plan: Plan) -> TaskLineage:
    """What the sinks of the release read from now on, and what each of them read before."""
    after = (topic for connector in plan.connectors for topic in connector.green_topics)
    moves = tuple(
        SinkMove(
            connector=one.name,
            action=one.action.value,
            before=tuple(one.blue_topics),
            after=tuple(one.green_topics),
        )
        for one in plan.connectors
    )
    by_topic = _by_topic(plan)
    inputs = tuple(by_topic.get(topic) or _dataset(plan, topic) for topic in dict.fromkeys(after))
    return TaskLineage(**_about(plan), step="cut_over", inputs=inputs, moves=moves)


def retired_lineage(plan: Plan) -> TaskLineage:
    """The blue topics that no job fills any more; they stay for the rollback window."""
    retired = set(retired_tables(plan))
    blue = [one for one in _by_topic(plan).values() if one.topic in retired]
    freed = (_dataset(plan, name) for name in plan.freed if name not in {one.topic for one in blue})
    return TaskLineage(**_about(plan), step="retire_blue", inputs=(*blue, *freed))


def rolled_back_lineage(plan: Plan) -> TaskLineage:
    """The green topics, which a rollback deletes."""
    green = tuple(one for one in _by_topic(plan).values() if one.role is Role.GREEN)
    moves = tuple(
        SinkMove(
            connector=one.name,
            action="roll back",
            before=tuple(one.green_topics),
            after=tuple(one.blue_topics),
        )
        for one in plan.connectors
    )
    dropped = tuple(one.topic for one in green)
    return TaskLineage(**_about(plan), step="roll_back", outputs=green, dropped=dropped, moves=moves)


def _about(plan: Plan, planned: PlannedTable | None = None) -> dict[str, Any]:
    release: dict[str, Any] = {
        "project": plan.project,
        "environment": plan.environment,
        "release": plan.release.ref,
        "commit": plan.release.sha,
        "base": plan.base_release or "",
    }
    if planned is None:
        return release
    table = {
        "table": planned.table,
        "blue": planned.blue or "",
        "green": planned.green or "",
        "trigger": planned.trigger.value,
    }
    return {**release, **table}


def _by_topic(plan: Plan) -> Mapping[str, Dataset]:
    return {one.topic: one for planned in plan.tables for one in _sides(plan, planned)}


def _sides(plan: Plan, planned: PlannedTable) -> tuple[Dataset, ...]:
    """A table's blue and green topic, as far as there are any; a view has none."""
    if planned.ddl is not None and planned.ddl.kind is StatementKind.CREATE_VIEW:
        return ()
    sides = (
        (planned.blue, planned.blue_definition, planned.blue_columns),
        (planned.green, planned.definition, planned.columns),
    )
    topics = (
        (topic_of(definition, name) if definition else name, name, columns)
        for name, definition, columns in sides
        if name
    )
    return tuple(_dataset(plan, name, topic, columns) for topic, name, columns in topics if topic)


def _dataset(plan: Plan, physical: str, topic: str = "", columns: tuple[Column, ...] = ()) -> Dataset:
    role, table = _role(plan, physical)
    return Dataset(
        topic=topic or physical,
        role=role,
        table=table,
        version=version_of(physical) if table else 0,
        columns=columns,
    )


def _role(plan: Plan, physical: str) -> tuple[Role, str]:
    """What a physical table is in the release, and its logical name."""
    for planned in plan.tables:
        if physical == planned.green:
            return Role.GREEN, planned.table
        if physical == planned.blue:
            return Role.BLUE, planned.table
    table = next((name for name, known in plan.physical.items() if known == physical), "")
    return (Role.UNTOUCHED, table) if table else (Role.EXTERNAL, "")


@dataclass(slots=True)
class _Flow:
    """One statement with the tables of its session."""

    plan: Plan
    statement: PlannedStatement
    _catalog: dict[str, CatalogTable] = field(init=False)
    _views: dict[str, ColumnLineage] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._catalog = {one.physical: one for one in self.statement.catalog if one.physical}

    def inputs(self) -> Iterator[Dataset]:
        """The topics that it reads, views seen through. LIKE reads a definition and no topic."""
        if self.statement.kind is not StatementKind.CREATE_TABLE or self._own().outputs:
            for name in self._stored(self._parsed_own().inputs):
                yield from self._topic(name)

    def outputs(self, planned: PlannedTable) -> Iterator[Dataset]:
        """The topics that it writes or creates, with the origins of their columns."""
        if self.statement.kind is StatementKind.CREATE_VIEW:
            return
        names = self.statement.outputs or ((planned.green,) if planned.green else ())
        origins = tuple(self._origins()) if len(names) == 1 else ()
        for name in names:
            for one in self._topic(name, planned):
                yield replace(one, origins=origins)

    def _topic(self, name: str, planned: PlannedTable | None = None) -> Iterator[Dataset]:
        """The dataset of a physical table; none for one that is not in Kafka."""
        known = self._catalog.get(name)
        definition = _parsed(known).definition if known else None
        columns = definition.columns if definition else ()
        if definition is None and planned is not None and name == planned.green:
            definition, columns = planned.definition, planned.columns
        topic = topic_of(definition, name) if definition else name
        if topic is not None:
            yield _dataset(self.plan, name, topic, columns)

    def _stored(self, names: Iterable[str]) -> Iterator[str]:
        """The physical tables behind these names."""
        for name in dict.fromkeys(map(unqualified, names)):
            known = self._catalog.get(name)
            if known is not None and _parsed(known).kind is StatementKind.CREATE_VIEW:
                yield from self._stored(_parsed(known).inputs)
            else:
                yield name

    def _parsed_own(self) -> Statement:
        return parse_file(self.statement.sql, self.statement.where.path)[0]

    def _own(self) -> ColumnLineage:
        return self._lineage(self._parsed_own())

    def _lineage(self, statement: Statement) -> ColumnLineage:
        if statement.kind is StatementKind.STATEMENT_SET:
            # Several queries in one: which of them reads what is not told apart.
            return ColumnLineage(outputs={}, row_inputs=frozenset(), exact=False)
        return column_lineage(statement, {name: tuple(self._columns(name)) for name in self._catalog})

    def _columns(self, name: str) -> Iterator[Column]:
        """A view's columns are those of its query."""
        parsed = _parsed(self._catalog[name])
        if parsed.kind is StatementKind.CREATE_VIEW:
            yield from (Column(name=one, type="") for one in self._view(name).outputs)
        elif parsed.definition is not None:
            yield from parsed.definition.columns

    def _view(self, name: str) -> ColumnLineage:
        if name not in self._views:
            statement = _parsed(self._catalog[name])
            below = set(map(unqualified, statement.inputs)) & self._catalog.keys()
            columns = {one: tuple(self._columns(one)) for one in below}
            self._views[name] = column_lineage(statement, columns)
        return self._views[name]

    def _origins(self) -> Iterator[ColumnOrigin]:
        """Of every column that it writes; nothing where its query is not understood in full."""
        found = self._own()
        if not found.exact or any(not self._view(name).exact for name in self._views):
            return
        rows = self._expanded(found.row_inputs, influence=True) | self._rows_of_views()
        for column, sources in found.outputs.items():
            direct = self._expanded(sources, influence=False)
            influence = self._expanded(found.influences.get(column, frozenset()), influence=True)
            yield ColumnOrigin(
                column=column,
                direct=self._in_topics(direct),
                indirect=self._in_topics((influence | rows) - direct),
            )

    def _rows_of_views(self) -> Stored:
        found: Stored = frozenset()
        for view in tuple(self._views):
            found |= self._expanded(self._views[view].row_inputs, influence=True)
        return found

    def _expanded(self, columns: Stored, *, influence: bool) -> Stored:
        """The stored columns behind these, which may be of views; a clock or chance is no column."""
        found: set[tuple[str, str]] = set()
        for written, column in columns:
            table = unqualified(written)
            if written == NO_TABLE:
                continue
            if table in self._views:
                view = self._views[table]
                below = (view.influences if influence else view.outputs).get(column, frozenset())
                found |= self._expanded(below, influence=influence)
            else:
                found.add((table, column))
        return frozenset(found)

    def _in_topics(self, columns: Stored) -> tuple[TopicColumn, ...]:
        topics = {name: one.topic for name, _ in columns for one in self._topic(name)}
        return tuple(
            sorted(
                TopicColumn(topic=topics[name], column=column) for name, column in columns if name in topics
            )
        )


def _parsed(table: CatalogTable) -> Statement:
    return parse_file(table.sql, table.physical)[0]
