"""Who reads whom: the graph of a project's tables."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from heapq import heapify, heappop, heappush

import networkx as nx

from airflow_bluegreen.core.deployable import FILLS
from airflow_bluegreen.core.model import Project, Statement, Table, TableType
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.versioning import unqualified
from airflow_bluegreen.exceptions import LineageCycleError, UnknownTableError, Where


class Lineage:
    """The lineage of one project. An edge leads from a table to each table whose statements read it.

    Raises LineageCycleError, naming files and lines, when tables read each other in a circle.
    """

    def __init__(self, project: Project) -> None:
        self._tables = project.tables
        self._parents: dict[str, dict[str, Where]] = {name: {} for name in project.tables}
        self._children: dict[str, set[str]] = {name: set() for name in project.tables}
        self._external: dict[str, set[str]] = {name: set() for name in project.tables}
        self._companions: dict[str, set[str]] = {name: set() for name in project.tables}
        self._own: set[str] = set()
        names = Renaming(project)
        for table, statement in _statements(project):
            self._connect(names, table, statement)
        self._order = self._parents_first()
        if len(self._order) < len(self._tables):
            raise self._cycle()

    @property
    def tables(self) -> tuple[str, ...]:
        """Every logical table, by name."""
        return tuple(sorted(self._tables))

    def inputs(self, table: str) -> tuple[str, ...]:
        """The project's tables that its statements read, by name. Raises UnknownTableError."""
        return tuple(sorted(self._parents[self.require(table)]))

    def external_inputs(self, table: str) -> tuple[str, ...]:
        """The tables it reads that the project does not create, by name as written."""
        return tuple(sorted(self._external[self.require(table)]))

    def companions(self, table: str) -> tuple[str, ...]:
        """The other tables that one of its statements fills too (a statement set), by name."""
        return tuple(sorted(self._companions[self.require(table)]))

    def reads_itself(self, table: str) -> bool:
        """Whether one of its statements reads what it writes, or another table of the same statement set.

        Flink allows that, so it is no circle; but green then starts without what blue had read of itself.
        """
        return self.require(table) in self._own

    def children(self, table: str) -> tuple[str, ...]:
        """The tables that read it, by name."""
        return tuple(sorted(self._children[self.require(table)]))

    def descendants(self, table: str) -> tuple[str, ...]:
        """The tables that depend on it, directly or not, by name."""
        return tuple(sorted(nx.descendants(self._graph, self.require(table))))

    def descendant_counts(self) -> Mapping[str, int]:
        """How many tables depend on each table, directly or not."""
        bits = {table: 1 << position for position, table in enumerate(self._order)}
        below: dict[str, int] = {}
        for table in reversed(self._order):
            reached = 0
            for child in self._children[table]:
                reached |= below[child] | bits[child]
            below[table] = reached
        return {table: reached.bit_count() for table, reached in below.items()}

    def type_of(self, table: str) -> TableType:
        """SINK when no table reads it, else SOURCE when it reads no project table, else INTERMEDIATE."""
        if not self._children[self.require(table)]:
            return TableType.SINK
        return TableType.INTERMEDIATE if self._parents[table] else TableType.SOURCE

    def order(self) -> tuple[str, ...]:
        """Every table, parents before children, ties by name."""
        return self._order

    def path(self, start: str, end: str) -> tuple[str, ...]:
        """A shortest way from a table to one of its descendants, both included; empty where there is none."""
        self.require(start)
        self.require(end)
        if not nx.has_path(self._graph, start, end):
            return ()
        return tuple(nx.shortest_path(self._graph, start, end))

    def require(self, table: str) -> str:
        """The name itself. Raises UnknownTableError, near matches named, for one that is not there."""
        if table not in self._tables:
            near = get_close_matches(table, self._tables)
            raise UnknownTableError(
                f"no table {table} in the lineage",
                remedy=f"Did you mean {', '.join(near)}?" if near else "`bluegreen lineage` lists the tables",
            )
        return table

    def require_all(self, tables: Iterable[str]) -> tuple[str, ...]:
        """The names themselves. Raises UnknownTableError naming all that are not there."""
        asked = tuple(tables)
        missing = [table for table in asked if table not in self._tables]
        if len(missing) > 1:
            near = {table: get_close_matches(table, self._tables, n=1) for table in missing}
            guesses = ", ".join(f"{found[0]} for {table}" for table, found in near.items() if found)
            raise UnknownTableError(
                f"no tables {', '.join(missing)} in the lineage",
                remedy=f"Did you mean {guesses}?" if guesses else "`bluegreen lineage` lists the tables",
            )
        return tuple(map(self.require, asked))

    def _connect(self, names: Renaming, table: Table, statement: Statement) -> None:
        outputs = {table.name}
        if len(statement.outputs) > 1:
            outputs |= {name for name in map(names.owner, statement.outputs) if name is not None}
            for output in outputs:
                self._companions[output] |= outputs - {output}
        for name in statement.inputs:
            source = names.owner(name)
            if source in outputs and statement.kind in FILLS:
                # Within a statement set it is not known which of its tables reads which.
                self._own |= outputs
                continue
            for output in outputs:
                if source is None:
                    self._external[output].add(unqualified(name))
                else:
                    self._parents[output][source] = statement.where
                    self._children[source].add(output)

    def _parents_first(self) -> tuple[str, ...]:
        """Every table that is in no circle and below none, parents before children, ties by name."""
        unmet = {table: len(parents) for table, parents in self._parents.items()}
        free = [table for table, count in unmet.items() if not count]
        heapify(free)
        order: list[str] = []
        while free:
            table = heappop(free)
            order.append(table)
            for child in self._children[table]:
                unmet[child] -= 1
                if not unmet[child]:
                    heappush(free, child)
        return tuple(order)

    @cached_property
    def _graph(self) -> "nx.DiGraph[str]":
        """For whoever looks for ways; most plans are made without."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(sorted(self._tables))
        for table, parents in self._parents.items():
            graph.add_edges_from((parent, table) for parent in parents)
        return graph

    def _cycle(self) -> LineageCycleError:
        edges = [(start, end) for start, end, *_ in nx.find_cycle(self._graph)]
        places = [f"{start} → {end} ({self._parents[end][start]})" for start, end in edges]
        first, second = edges[0]
        return LineageCycleError(
            f"tables read each other in a circle: {', '.join(places)}",
            where=self._parents[second][first],
            remedy="Take one of these reads out",
        )


def _statements(project: Project) -> Iterator[tuple[Table, Statement]]:
    for table in project.tables.values():
        if table.ddl:
            yield table, table.ddl.statement
        for dml in table.dml:
            yield table, dml.statement
