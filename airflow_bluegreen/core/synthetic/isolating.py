"""The statements of a test under names of their own: blue's and green's versions, side by side and apart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import (
    CatalogTable,
    Plan,
    PlannedStatement,
    Project,
    StatementKind,
    Table,
)
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.plan.statements import Writer
from airflow_bluegreen.core.reading import FrontEnd, parse_file
from airflow_bluegreen.core.sql import refuse_redirecting_hints, with_own_topic
from airflow_bluegreen.core.versioning import unqualified
from airflow_bluegreen.exceptions import ConfigurationError


class Side(StrEnum):
    """Which version of a table: the letter in its name.

    COMMON tables are the same in both releases, and run once for both. SHUFFLED is green, on records that
    arrive in another order.
    """

    COMMON = "c"
    BLUE = "b"
    GREEN = "g"
    SHUFFLED = "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolatedStatement:
    """A statement under its new names; ``reads`` and ``writes`` are physical names of the test."""

    side: Side
    planned: PlannedStatement
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def job_name(self) -> str:
        """The same for the same test: ``bgtest_1f2e3d4c.g.dml.int_3``."""
        prefix = self.writes[0].split(f"_{self.side}_", 1)[0]
        return f"{prefix}.{self.side}.{self.planned.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FedTable:
    """A source of the test: the physical tables that stand for it, by the order in which records arrive."""

    source: str
    in_order: tuple[str, ...]
    shuffled: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """A whole test, decided: nothing in it has the name of anything outside.

    ``catalog`` are all tables by physical name, ``order`` the logical ones of green, parents first;
    ``names`` are the physical names by side of those that a side has.
    """

    name: str
    release: Project
    order: tuple[str, ...]
    selected: tuple[str, ...]
    statements: tuple[IsolatedStatement, ...]
    catalog: Mapping[str, CatalogTable]
    sources: tuple[FedTable, ...]
    names: Mapping[Side, Mapping[str, str]]

    def green(self, table: str) -> str:
        """The physical name of the release's version of a table."""
        return self.names[Side.GREEN][table]

    def blue(self, table: str) -> str | None:
        """The physical name of the other version of it; None for a table that is new or the same."""
        found = self.names[Side.BLUE].get(table)
        return None if found == self.green(table) else found


def isolate(
    release: Project,
    base: Project | None,
    plan: Plan,
    selected: Collection[str],
    *,
    name: str,
    environment: str,
    front_end: FrontEnd,
) -> Isolation:
    """The test of these tables, with all that they read.

    :param base: what the release is compared with, None for nothing.
    :param selected: logical names.
    :raises ProjectError: a statement that cannot be deployed either.
    :raises ConfigurationError: a statement that would lead out of the test.
    """
    lineage = Lineage(release)
    closure = _closure(lineage, selected)
    differing = _differing(lineage, {planned.table for planned in plan.tables if planned.green})
    names = _names(release, base, differing, name)
    found = _Collected(name=name, environment=environment, front_end=front_end)
    shared = _blue_only(release, base, differing, closure)
    for table in lineage.order():
        if table in closure:
            found.add(release, table, Side.GREEN if table in differing else Side.COMMON, names[Side.GREEN])
            found.add(release, table, Side.SHUFFLED, names[Side.SHUFFLED])
        elif table in shared:
            found.add(release, table, Side.COMMON, names[Side.GREEN])
    for table in shared:
        if base is not None and names[Side.BLUE][table] != names[Side.GREEN].get(table):
            found.add(base, table, Side.BLUE, names[Side.BLUE])
    order = lineage.order()
    return Isolation(
        name=name,
        release=release,
        order=tuple(table for table in order if table in closure),
        selected=tuple(table for table in order if table in selected),
        statements=tuple(found.statements),
        catalog=found.catalog,
        sources=found.sources(),
        names={side: _present(release, named, found.catalog) for side, named in names.items()},
    )


def _present(
    project: Project, names: Mapping[str, str], catalog: Mapping[str, CatalogTable]
) -> Mapping[str, str]:
    """The names that the test uses."""
    return {table: one for table, one in names.items() if one in catalog or _is_view(project, table)}


def _is_view(project: Project, table: str) -> bool:
    found = project.tables.get(table)
    return (
        found is not None and found.ddl is not None and found.ddl.statement.kind is StatementKind.CREATE_VIEW
    )


def _closure(lineage: Lineage, tables: Collection[str]) -> set[str]:
    """The tables with all that they read, and with what their statement sets fill besides."""
    found: set[str] = set()
    waiting = list(tables)
    while waiting:
        table = waiting.pop()
        if table not in found:
            found.add(table)
            waiting += [*lineage.inputs(table), *lineage.companions(table)]
    return found


def _differing(lineage: Lineage, changed: Collection[str]) -> set[str]:
    """The tables whose rows may be others in the release: it changes them, or something that they read.

    A table that is pinned to blue is among them: the test shows whether that is right.
    """
    found: set[str] = set()
    for table in lineage.order():
        if table in changed or any(parent in found for parent in lineage.inputs(table)):
            found |= {table, *lineage.companions(table)}
    return found


def _blue_only(
    release: Project, base: Project | None, differing: Collection[str], closure: Collection[str]
) -> tuple[str, ...]:
    """What blue's side runs, parents first: other versions of tested tables, and all that they read."""
    if base is None:
        return ()
    lineage = Lineage(base)
    tested = [table for table in closure if table in differing and table in base.tables]
    needed = _closure(lineage, tested)
    return tuple(table for table in lineage.order() if table in needed)


def _names(
    release: Project, base: Project | None, differing: Collection[str], name: str
) -> Mapping[Side, Mapping[str, str]]:
    green = {
        table: f"{name}_{Side.GREEN if table in differing else Side.COMMON}_{table}"
        for table in release.tables
    }
    blue = {
        table: green[table] if table in green and table not in differing else f"{name}_{Side.BLUE}_{table}"
        for table in (base.tables if base else ())
    }
    return {
        Side.GREEN: green,
        Side.BLUE: blue,
        Side.SHUFFLED: {table: f"{name}_{Side.SHUFFLED}_{table}" for table in release.tables},
    }


class _Collected:
    """The statements and tables of a test, as they are found."""

    def __init__(self, *, name: str, environment: str, front_end: FrontEnd) -> None:
        self._name = name
        self._environment = environment
        self._front_end = front_end
        self._writers: dict[tuple[int, bool], Writer] = {}
        self._fed: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
        self.statements: list[IsolatedStatement] = []
        self.catalog: dict[str, CatalogTable] = {}

    def add(self, project: Project, table: str, side: Side, names: Mapping[str, str]) -> None:
        """The statements that fill a table on one side, with all tables of their sessions; once."""
        if any(names[table] in one.writes for one in self.statements):
            return
        found, shuffled = project.tables[table], side is Side.SHUFFLED
        writer = self._writer(project, names, shuffled=shuffled)
        for dml in found.dml:
            planned = writer.planned(dml, dml.statement.outputs)
            self._take(planned, side)
        self._feed(project, found, names, shuffled=shuffled)

    def sources(self) -> tuple[FedTable, ...]:
        """What has to be fed, by name."""
        return tuple(
            FedTable(source=source, in_order=tuple(in_order), shuffled=tuple(shuffled))
            for source, (in_order, shuffled) in sorted(self._fed.items())
        )

    def _writer(self, project: Project, names: Mapping[str, str], *, shuffled: bool) -> Writer:
        key = id(names), shuffled
        if key not in self._writers:
            foreign = {name: self._foreign(name, shuffled=shuffled) for name in self._declared(project)}
            self._writers[key] = Writer(
                project=project,
                names=names,
                renaming=Renaming(project, names, foreign=foreign),
                environment=self._environment,
                front_end=self._front_end,
            )
        return self._writers[key]

    def _declared(self, project: Project) -> Collection[str]:
        return project.external.get(self._environment, {})

    def _foreign(self, name: str, *, shuffled: bool) -> str:
        return f"{self._name}_{'y' if shuffled else 'x'}_{name}"

    def _take(self, planned: PlannedStatement, side: Side) -> None:
        refuse_redirecting_hints(planned.sql, planned.name)
        catalog = tuple(self._isolated(table) for table in planned.catalog)
        self.catalog.update({table.physical: table for table in catalog if table.physical})
        named = [table.physical for table in catalog if table.physical]
        self._refuse_foreign_names(planned, named)
        self.statements.append(
            IsolatedStatement(
                side=side,
                planned=replace(planned, catalog=catalog),
                reads=tuple(one for one in named if one not in planned.outputs),
                writes=planned.outputs,
            )
        )

    def _isolated(self, table: CatalogTable) -> CatalogTable:
        refuse_redirecting_hints(table.sql, table.physical)
        return replace(table, sql=with_own_topic(table.sql, table.physical)) if table.physical else table

    def _refuse_foreign_names(self, planned: PlannedStatement, named: Collection[str]) -> None:
        """Nothing that a statement names may be anything but the test's."""
        for one in parse_file(planned.sql, planned.where.path):
            strange = [name for name in (*one.inputs, *one.outputs) if unqualified(name) not in named]
            if strange:
                raise ConfigurationError(
                    f"{planned.name} names {strange[0]}, for which the test has no table of its own",
                    where=planned.where,
                    remedy="Declare it under external_tables, or leave the table out of the test",
                )

    def _feed(self, project: Project, table: Table, names: Mapping[str, str], *, shuffled: bool) -> None:
        """What its statements read that nobody fills: external tables, and tables without a statement."""
        read = {name for one in table.statements for name in one.statement.inputs}
        renaming = self._writer(project, names, shuffled=shuffled).renaming
        for name in sorted(read):
            owner = renaming.owner(name)
            if owner is None:
                self._note(unqualified(name), renaming.of(name), shuffled=shuffled)
            elif _is_bare(project.tables[owner]):
                self._note(owner, names[owner], shuffled=shuffled)

    def _note(self, source: str, physical: str, *, shuffled: bool) -> None:
        self._fed.setdefault(source, ({}, {}))[shuffled][physical] = None


def _is_bare(table: Table) -> bool:
    """Whether a table is created and nothing of the project fills it."""
    created = table.ddl is not None and table.ddl.statement.kind is StatementKind.CREATE_TABLE
    return created and not table.dml and not table.shared
