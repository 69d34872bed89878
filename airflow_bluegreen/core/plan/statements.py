"""The statements of a release as they are deployed: their SQL at the assigned names, and their sessions."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import (
    CatalogTable,
    PlannedStatement,
    Profile,
    Project,
    ProjectStatement,
    Statement,
    StatementKind,
    Table,
)
from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.project import session_before
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.sql import as_one_statement
from airflow_bluegreen.core.versioning import unqualified
from airflow_bluegreen.exceptions import ConfigurationError, ProjectError

EXTERNAL = "external"
"""Kind of a catalog table that the project reads and does not create."""

SETTING = "set"
"""Kind of a catalog entry that is no table: what stands above the DML in its file to set its session up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the statements of one release for one environment.

    ``names`` maps every logical table to the physical name it has afterwards, and ``renaming`` is the project
    under them. Raises ConfigurationError when the project has environments and this is none of them.
    """

    project: Project
    names: Mapping[str, str]
    renaming: Renaming
    environment: str
    front_end: FrontEnd
    _tables: dict[str, CatalogTable] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        profiles = self.project.profiles
        if profiles and self.environment not in profiles:
            raise ConfigurationError(
                f"no environment {self.environment} in bluegreen.yaml", remedy=f"Known: {', '.join(profiles)}"
            )

    def recall(self, tables: Iterable[Table], read: Iterable[Table]) -> None:
        """Ask for the fingerprints of these tables' statements, and of how the tables that they read are
        declared, all at once.
        """
        statements = [one for table in tables for one in (table.ddl, *table.dml) if one]
        statements += [table.ddl for table in read if table.ddl]
        self.front_end.recall_fingerprints(self.renaming.statement(one.statement) for one in statements)

    def planned(self, statement: ProjectStatement, outputs: Iterable[str] = ()) -> PlannedStatement:
        """The statement with its catalog: what it reads, views seen through, and the tables it writes.

        :param outputs: names of the tables that have to exist for it, none for a DDL, which creates its own.

        The fingerprint covers the SQL *and* the catalog: a job whose input is declared differently is another
        job.
        """
        source = statement.statement
        self._refuse_filling_itself(source)
        sql = self.renaming.statement(source)
        if source.kind is StatementKind.STATEMENT_SET:
            sql = as_one_statement(sql)
        catalog = self._catalog(source, (*source.inputs, *outputs))
        parts = [self.front_end.fingerprint(text) for text in (sql, *(table.sql for table in catalog))]
        return PlannedStatement(
            name=statement.name,
            kind=source.kind,
            where=source.where,
            sql=sql,
            fingerprint=parts[0] if not catalog else hashlib.sha256("\n".join(parts).encode()).hexdigest(),
            catalog=catalog,
            outputs=tuple(dict.fromkeys(self.renaming.of(name) for name in outputs)),
        )

    def _catalog(self, source: Statement, names: Iterable[str]) -> tuple[CatalogTable, ...]:
        found: dict[str, CatalogTable] = {}
        for name in names:
            self._add(found, source, name)
        settings = (
            CatalogTable(physical="", kind=SETTING, sql=setting.sql)
            for setting in session_before(self.project, source)
        )
        return (*settings, *found.values())

    def _add(self, found: dict[str, CatalogTable], reader: Statement, name: str) -> None:
        """A table and, before it, whatever its own CREATE reads: a view, or LIKE, needs its inputs first."""
        waiting = [(reader, name, False)]
        while waiting:
            asking, read, inputs_known = waiting.pop()
            table = self.renaming.owner(read)
            create = self.project.tables[table].ddl if table else None
            if table is None:
                external = self._external(asking, read)
                if external:
                    found.setdefault(external.physical, external)
            elif create is None or self.names[table] in found:
                continue
            elif inputs_known or not create.statement.inputs:
                found[self.names[table]] = self._declared(table, create)
            else:
                waiting.append((asking, read, True))
                waiting += [(create.statement, each, False) for each in reversed(create.statement.inputs)]

    def _declared(self, table: str, create: ProjectStatement) -> CatalogTable:
        if table not in self._tables:
            self._refuse_filling_itself(create.statement)
            self._tables[table] = CatalogTable(
                physical=self.names[table],
                kind=self.project.tables[table].kind,
                sql=self.renaming.statement(create.statement),
            )
        return self._tables[table]

    def _external(self, reader: Statement, name: str) -> CatalogTable | None:
        last = unqualified(name)
        declared = self.project.external.get(self.environment, {}).get(last)
        if declared:
            sql = self.renaming.statement(declared)
            return CatalogTable(physical=self.renaming.of(name), kind=EXTERNAL, sql=sql)
        profile: Profile | None = self.project.profiles.get(self.environment)
        if profile is None or profile.dialect != "open-source":
            return None
        raise ProjectError(
            f"reads {name}, which neither the project creates nor environment {self.environment} declares",
            where=reader.where,
            remedy=f"Add its CREATE TABLE to {profile.external_tables or 'the files of external_tables'}",
        )

    def _refuse_filling_itself(self, source: Statement) -> None:
        """In Apache Flink a session begins with an empty catalog: readers must be told the columns.

        Whoever declared such a table in a session would also start to fill it once more.
        """
        profile = self.project.profiles.get(self.environment)
        if profile is None or profile.dialect != "open-source":
            return
        if source.kind is StatementKind.CREATE_MATERIALIZED_TABLE:
            what = "a materialized table, which needs a catalog that keeps it"
        elif source.kind is StatementKind.CREATE_TABLE and self._has_query(source):
            what = "CREATE TABLE … AS SELECT, which does not say its columns to those who read it"
        else:
            return
        raise ProjectError(
            f"environment {self.environment} (dialect open-source) cannot deploy {what}",
            where=source.where,
            remedy="Write CREATE TABLE with its columns, and an INSERT INTO that fills it",
        )

    def _has_query(self, source: Statement) -> bool:
        """LIKE reads a table too, and has no query."""
        if not source.inputs:
            return False
        found = self.front_end.column_lineage(source, {})
        return bool(found.outputs) or not found.exact
