"""What a release means for the data: which columns may differ from blue's, and whether rows may."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.changes import TableChange, columns_of, normalised
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    Column,
    ExpectedDifference,
    Project,
    ProjectStatement,
    StatementKind,
    Table,
    Trigger,
)
from airflow_bluegreen.core.project import table_of
from airflow_bluegreen.core.sql import ColumnLineage, column_lineage


def expected_differences(
    project: Project, lineage: Lineage, triggers: Mapping[str, Trigger], changes: Mapping[str, TableChange]
) -> Mapping[str, ExpectedDifference]:
    """What may differ in each impacted table that has a blue one, by logical name.

    A table's own change says it for the table; from there it goes along the column lineage. A table that
    reads unchanged columns only, of rows that stay, must come out the same.
    """
    if not triggers:
        return {}
    inference = _Inference(project=project, schemas=dict(columns_of(project)))
    expected: dict[str, ExpectedDifference] = {}
    for name in lineage.order():
        table = project.tables[name]
        inference.learn_view(table)
        trigger = triggers.get(name)
        if trigger is None or trigger is Trigger.NEW:
            continue
        own = changes[name] if trigger is Trigger.MODIFIED else None
        expected[name] = inference.of(table, own, expected)
    return expected


@dataclass(slots=True, kw_only=True)
class _Effect:
    """What is known so far about one table."""

    changed: set[str] = field(default_factory=set)
    rows: bool = False
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inference:
    project: Project
    schemas: dict[str, tuple[Column, ...]]

    def learn_view(self, table: Table) -> None:
        """A view's columns are those of its query: whoever selects everything from it needs them."""
        if table.ddl and table.ddl.statement.kind is StatementKind.CREATE_VIEW:
            outputs = self._lineage_of(table.ddl).outputs
            self.schemas[table.name] = tuple(Column(name=name, type="") for name in outputs)

    def of(
        self, table: Table, own: TableChange | None, expected: Mapping[str, ExpectedDifference]
    ) -> ExpectedDifference:
        """A table's expectation from its own change and those of the tables it reads."""
        effect = _Effect()
        added = own.change.added if own else ()
        removed = own.change.removed if own else ()
        if own:
            effect.changed.update(own.change.changed)
            effect.rows = own.change.rows_may_change
            effect.reasons.extend(own.change.reasons)
        for statement in _queries(table):
            self._inherit(effect, table, statement, expected)
        order = [column.name for column in self.schemas.get(table.name, ())]
        changed = effect.changed - {*added, *removed}
        return ExpectedDifference(
            changed=tuple(sorted(changed, key=lambda name: (_position(order, name), name))),
            added=added,
            removed=removed,
            rows_may_change=effect.rows,
            reasons=tuple(dict.fromkeys(effect.reasons)),
        )

    def _inherit(
        self,
        effect: _Effect,
        table: Table,
        statement: ProjectStatement,
        expected: Mapping[str, ExpectedDifference],
    ) -> None:
        inputs = (table_of(self.project, name) for name in statement.statement.inputs)
        inherited = {name: expected[name] for name in inputs if name and _differs(expected.get(name))}
        if not inherited:
            return
        found = self._lineage_of(statement)
        if not found.exact:
            effect.changed.update(column.name for column in self.schemas.get(table.name, ()))
            effect.rows = True
            effect.reasons.append(f"may change: it is unknown which columns of {', '.join(inherited)} matter")
            return
        for name, difference in inherited.items():
            self._inherit_columns(effect, found, name, difference)
            if difference.rows_may_change:
                self._inherit_rows(effect, found, name)

    def _inherit_columns(
        self, effect: _Effect, found: ColumnLineage, name: str, difference: ExpectedDifference
    ) -> None:
        columns = {*difference.changed, *difference.added, *difference.removed}
        touched = {
            output: self._read_of(name, sources) & columns for output, sources in found.influences.items()
        }
        deciding = self._read_of(name, found.row_inputs) & columns
        read = set().union(*touched.values(), deciding)
        effect.changed.update(output for output, sources in touched.items() if sources)
        effect.rows = effect.rows or bool(deciding)
        if read:
            effect.reasons.append(f"reads {', '.join(sorted(read))} of {name}")

    def _inherit_rows(self, effect: _Effect, found: ColumnLineage, name: str) -> None:
        """Other input rows give other output rows; in a row that stays, other aggregates and joins."""
        effect.rows = True
        effect.changed.update(
            output
            for output, sources in found.influences.items()
            if self._read_of(name, sources - found.outputs.get(output, frozenset()))
        )
        effect.reasons.append(f"rows of {name} may change")

    def _read_of(self, table: str, sources: frozenset[tuple[str, str]]) -> set[str]:
        return {column for name, column in sources if table_of(self.project, name) == table}

    def _lineage_of(self, statement: ProjectStatement) -> ColumnLineage:
        return column_lineage(normalised(self.project, statement.statement), self.schemas)


def _queries(table: Table) -> Iterator[ProjectStatement]:
    if table.ddl and table.ddl.statement.inputs:
        yield table.ddl
    yield from table.dml


def _differs(expected: ExpectedDifference | None) -> bool:
    return expected is not None and bool(
        expected.changed or expected.added or expected.removed or expected.rows_may_change
    )


def _position(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
