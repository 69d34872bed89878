"""Where the columns of a test's tables come from, and what its statements hold them against."""

from collections.abc import Mapping, Sequence

from airflow_bluegreen.core.model import Column, ColumnKind, Project, Statement, Table
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.sql import Constant, Equality, Predicates, Ranking, predicates
from airflow_bluegreen.core.synthetic.traits import Place, Usage

Places = frozenset[Place]


def usage_of(project: Project, order: Sequence[str], environment: str, front_end: FrontEnd) -> Usage:
    """What the statements of these tables compare, traced back to the sources.

    :param order: logical names, parents first.
    """
    tracer = _Tracer(project, environment, front_end)
    for table in order:
        tracer.follow(table)
    return Usage(found=tuple(tracer.found), origin=tracer.origin)


def written_keys(project: Project, usage: Usage, source: str) -> tuple[tuple[str, ...], ...]:
    """Columns of a source that come to be the whole primary key of a table, for each such table."""
    keys = {name: () if _appends(table) else _key(table) for name, table in project.tables.items()}
    return _behind(keys, usage, source)


def unique_columns(project: Project, usage: Usage, source: str) -> tuple[tuple[str, ...], ...]:
    """Columns of a source that identify a row of a table which only appends."""
    keys = {
        name: project.comparison.of(name).unique or _key(table)
        for name, table in project.tables.items()
        if _appends(table) or not _key(table)
    }
    return _behind(keys, usage, source)


def _key(table: Table) -> tuple[str, ...]:
    return table.definition.primary_key if table.definition else ()


def _appends(table: Table) -> bool:
    return table.definition is not None and table.definition.options.get("changelog.mode") == "append"


def _behind(keys: Mapping[str, tuple[str, ...]], usage: Usage, source: str) -> tuple[tuple[str, ...], ...]:
    """The source's columns that these columns, by table, are made of; of tables whose are all from there."""
    found = []
    for name, key in keys.items():
        places = [usage.place([(name, column)]) for column in key if (name, column) in usage.origin]
        if key and len(places) == len(key):
            named = [place[1] for place in places if place is not None and place[0] == source]
            if len(named) == len(key):
                found.append(tuple(named))
    return tuple(found)


class _Tracer:
    def __init__(self, project: Project, environment: str, front_end: FrontEnd) -> None:
        self._project = project
        self._names = Renaming(project)
        self._front_end = front_end
        self._external = {
            name: declared.definition.columns
            for name, declared in project.external.get(environment, {}).items()
            if declared.definition is not None
        }
        self.found: list[Predicates] = []
        self.origin: dict[Place, Places] = {}

    def follow(self, table: str) -> None:
        """One table; those that it reads were followed before."""
        found = self._project.tables[table]
        statements = [
            one.statement for one in (*found.dml, found.ddl) if one is not None and one.statement.inputs
        ]
        for statement in statements:
            columns = self._columns(statement)
            self.found.append(self._named(predicates(statement, columns)))
            lineage = self._front_end.column_lineage(statement, columns)
            for column, places in lineage.outputs.items():
                self.origin[table, column] = self.origin.get((table, column), frozenset()) | self._traced(
                    places
                )

    def _columns(self, statement: Statement) -> Mapping[str, tuple[Column, ...]]:
        return {name: self._columns_of(name) for name in (*statement.inputs, *statement.outputs)}

    def _columns_of(self, name: str) -> tuple[Column, ...]:
        owner = self._names.owner(name)
        if owner is None:
            return self._external.get(self._names.of(name), ())
        definition = self._project.tables[owner].definition
        if definition is not None:
            return definition.columns
        known = [column for table, column in self.origin if table == owner]
        return tuple(Column(name=column, type="", kind=ColumnKind.PHYSICAL) for column in known)

    def _traced(self, places: Places) -> Places:
        """The sources' columns behind columns as a statement names them."""
        named = [(self._names.owner(table) or self._names.of(table), column) for table, column in places]
        return frozenset(one for place in named for one in self.origin.get(place, frozenset({place})))

    def _named(self, found: Predicates) -> Predicates:
        return Predicates(
            equalities=tuple(
                Equality(left=self._traced(one.left), right=self._traced(one.right))
                for one in found.equalities
            ),
            constants=tuple(
                Constant(
                    columns=self._traced(one.columns),
                    operator=one.operator,
                    text=one.text,
                    is_text=one.is_text,
                )
                for one in found.constants
            ),
            rankings=tuple(
                Ranking(
                    partition=tuple(map(self._traced, one.partition)),
                    order=tuple(map(self._traced, one.order)),
                )
                for one in found.rankings
            ),
        )
