"""What a release means for the data: which columns may differ from blue's, and whether rows may."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.changes import TableChange, columns_of, normalised
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    Column,
    ExpectedDifference,
    Project,
    ProjectStatement,
    Start,
    StatementKind,
    Table,
    Trigger,
    UnstableColumn,
)
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.sql import NO_TABLE, UNSTABLE, ColumnLineage

_UNSTABLE = re.compile(rf"\b({'|'.join(sorted(UNSTABLE))}|UNIX_TIMESTAMP)\b", re.IGNORECASE)


def expected_differences(
    project: Project,
    lineage: Lineage,
    triggers: Mapping[str, Trigger],
    changes: Mapping[str, TableChange],
    front_end: FrontEnd,
) -> Mapping[str, ExpectedDifference]:
    """What may differ in each impacted table that has a blue one, by logical name.

    A table's own change says it for the table; from there it goes along the column lineage. A table that
    reads unchanged columns only, of rows that stay, must come out the same.
    """
    if not triggers:
        return {}
    inference = _Inference(
        project=project, names=Renaming(project), schemas=dict(columns_of(project)), front_end=front_end
    )
    queried = _queried(project, lineage, triggers)
    inference.recall(triggers)
    expected: dict[str, ExpectedDifference] = {}
    for name in lineage.order():
        table = project.tables[name]
        if name in queried:
            inference.learn(table)
        trigger = triggers.get(name)
        if trigger is None or trigger is Trigger.NEW:
            continue
        own = changes[name] if trigger is Trigger.MODIFIED else None
        expected[name] = inference.of(table, own, expected, reads_itself=lineage.reads_itself(name))
    front_end.flush()
    return expected


def _queried(project: Project, lineage: Lineage, triggers: Iterable[str]) -> set[str]:
    """Views and the like that an impacted table reads: only their queries say which columns they have."""
    found: set[str] = set()
    waiting = [name for name in triggers if name in project.tables]
    while waiting:
        for name in lineage.inputs(waiting.pop()):
            ddl = project.tables[name].ddl
            if name not in found and ddl and ddl.statement.inputs:
                found.add(name)
                waiting.append(name)
    return found


@dataclass(slots=True, kw_only=True)
class _Effect:
    """What is known so far about one table."""

    changed: set[str] = field(default_factory=set)
    unstable: dict[str, str] = field(default_factory=dict)
    rows: bool = False
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inference:
    project: Project
    names: Renaming
    schemas: dict[str, tuple[Column, ...]]
    front_end: FrontEnd

    def recall(self, tables: Iterable[str]) -> None:
        """Ask for what is known of these tables' statements, all at once."""
        statements = (
            normalised(self.names, one.statement)
            for name in tables
            if name in self.project.tables
            for one in _queries(self.project.tables[name])
        )
        self.front_end.recall_lineages(statements, self.schemas)

    def learn(self, table: Table) -> None:
        """A view's columns are those of its query: whoever selects everything from it needs them."""
        if table.ddl and not self.schemas.get(table.name):
            outputs = self._lineage_of(table.ddl).outputs
            self.schemas[table.name] = tuple(Column(name=name, type="") for name in outputs)

    def of(
        self,
        table: Table,
        own: TableChange | None,
        expected: Mapping[str, ExpectedDifference],
        *,
        reads_itself: bool = False,
    ) -> ExpectedDifference:
        """A table's expectation from its own change and those of the tables it reads."""
        effect = _Effect()
        if reads_itself:
            effect.rows = True
            effect.reasons.append("reads itself: green begins without what blue had written")
        if self.project.start.wish(table.name, table.kind).start is Start.LATEST:
            effect.rows = True
            effect.reasons.append("starts at the end of its inputs: green has no history")
        added = own.change.added if own else ()
        removed = own.change.removed if own else ()
        if own:
            effect.changed.update(own.change.changed)
            effect.rows = effect.rows or own.change.rows_may_change
            effect.reasons.extend(own.change.reasons)
        self._state(effect, table)
        for statement in _queries(table):
            self._follow(effect, table, statement, expected)
        order = [column.name for column in self.schemas.get(table.name, ())]
        changed = effect.changed - {*added, *removed}
        return ExpectedDifference(
            changed=tuple(sorted(changed, key=lambda name: (_position(order, name), name))),
            added=added,
            removed=removed,
            rows_may_change=effect.rows,
            reasons=tuple(dict.fromkeys(effect.reasons)),
            unstable=tuple(
                UnstableColumn(column=name, function=called)
                for name, called in sorted(effect.unstable.items())
            ),
        )

    def _state(self, effect: _Effect, table: Table) -> None:
        """What the project says that it expects of this release."""
        release = self.project.commit.ref if self.project.commit else ""
        for stated in self.project.comparison.of(table.name).expected_in(release):
            effect.changed.update(stated.columns)
            effect.rows = effect.rows or stated.rows
            effect.reasons.append(f"the project expects it: {stated.reason}")

    def _follow(
        self,
        effect: _Effect,
        table: Table,
        statement: ProjectStatement,
        expected: Mapping[str, ExpectedDifference],
    ) -> None:
        """What a statement makes of the differences of what it reads, and of functions like ``NOW``."""
        inherited = self._inherited(statement, expected)
        # The pattern is a quarter of a plan's time where the column lineage is known without it.
        if not inherited and not _UNSTABLE.search(statement.statement.sql):
            return
        found = self._lineage_of(statement)
        self._inherit(effect, table, found, inherited)
        self._find_unstable(effect, found)

    def _find_unstable(self, effect: _Effect, found: ColumnLineage) -> None:
        """Columns, and a row set, that come out another way each time they are computed."""
        for output, sources in found.outputs.items():
            if called := sorted(name for table, name in sources if table == NO_TABLE):
                effect.unstable[output] = ", ".join(called)
        if deciding := sorted(name for table, name in found.row_inputs if table == NO_TABLE):
            effect.rows = True
            effect.reasons.append(f"{', '.join(deciding)} decides which rows there are")

    def _inherited(
        self, statement: ProjectStatement, expected: Mapping[str, ExpectedDifference]
    ) -> Mapping[str, ExpectedDifference]:
        """What differs in the tables that it reads, by logical name."""
        inputs = map(self.names.owner, statement.statement.inputs)
        return {name: expected[name] for name in inputs if name and _differs(expected.get(name))}

    def _inherit(
        self,
        effect: _Effect,
        table: Table,
        found: ColumnLineage,
        inherited: Mapping[str, ExpectedDifference],
    ) -> None:
        if not inherited:
            return
        if not found.exact:
            effect.changed.update(column.name for column in self.schemas.get(table.name, ()))
            effect.rows = True
            effect.reasons.append(f"may change: it is unknown which columns of {', '.join(inherited)} matter")
            return
        written = {name for name, _ in found.row_inputs.union(*found.influences.values())}
        for name, difference in inherited.items():
            meant = {one for one in written if self.names.owner(one) == name}
            self._inherit_columns(effect, found, name, meant, difference)
            if difference.rows_may_change:
                self._inherit_rows(effect, found, name, meant)

    def _inherit_columns(
        self,
        effect: _Effect,
        found: ColumnLineage,
        name: str,
        meant: set[str],
        difference: ExpectedDifference,
    ) -> None:
        """:param meant: the names under which the statement reads the table."""
        columns = {*difference.changed, *difference.added, *difference.removed}
        differing = {(one, column) for one in meant for column in columns}
        touched = {output: sources & differing for output, sources in found.influences.items()}
        self._inherit_unstable(effect, found, meant, difference)
        deciding = found.row_inputs & differing
        read = {column for _, column in deciding.union(*touched.values())}
        effect.changed.update(output for output, sources in touched.items() if sources)
        effect.rows = effect.rows or bool(deciding)
        if read:
            effect.reasons.append(f"reads {', '.join(sorted(read))} of {name}")

    def _inherit_unstable(
        self, effect: _Effect, found: ColumnLineage, meant: set[str], difference: ExpectedDifference
    ) -> None:
        anew = {(one, of.column): of.function for one in meant for of in difference.unstable}
        if not anew:
            return
        for output, sources in found.outputs.items():
            if called := sorted(anew[source] for source in sources & anew.keys()):
                effect.unstable.setdefault(output, called[0])

    def _inherit_rows(self, effect: _Effect, found: ColumnLineage, name: str, meant: set[str]) -> None:
        """Other input rows give other output rows; in a row that stays, other aggregates and joins."""
        effect.rows = True
        effect.changed.update(
            output
            for output, sources in found.influences.items()
            if any(one in meant for one, _ in sources - found.outputs.get(output, frozenset()))
        )
        effect.reasons.append(f"rows of {name} may change")

    def _lineage_of(self, statement: ProjectStatement) -> ColumnLineage:
        if statement.statement.kind is StatementKind.STATEMENT_SET:
            # Several queries in one: which of them reads what is not told apart.
            return ColumnLineage(outputs={}, row_inputs=frozenset(), exact=False)
        return self.front_end.column_lineage(normalised(self.names, statement.statement), self.schemas)


def _queries(table: Table) -> Iterator[ProjectStatement]:
    if table.ddl and table.ddl.statement.inputs:
        yield table.ddl
    yield from table.dml
    yield from table.shared


def _differs(expected: ExpectedDifference | None) -> bool:
    return expected is not None and bool(
        expected.changed
        or expected.added
        or expected.removed
        or expected.rows_may_change
        or expected.unstable
    )


def _position(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
