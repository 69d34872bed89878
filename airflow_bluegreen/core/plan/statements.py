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
)
from airflow_bluegreen.core.naming import statement_under
from airflow_bluegreen.core.project import settings_before, table_of
from airflow_bluegreen.core.sql import fingerprint
from airflow_bluegreen.core.versioning import unqualified
from airflow_bluegreen.exceptions import ConfigurationError, ProjectError

EXTERNAL = "external"
"""Kind of a catalog table that the project reads and does not create."""

SETTING = "set"
"""Kind of a catalog entry that is no table: a ``SET`` statement which stands above the DML in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the statements of one release for one environment.

    ``names`` maps every logical table to the physical name it has afterwards. Raises ConfigurationError when
    the project has environments and this is none of them.
    """

    project: Project
    names: Mapping[str, str]
    environment: str
    _tables: dict[str, CatalogTable] = field(default_factory=dict, init=False)
    _fingerprints: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        profiles = self.project.profiles
        if profiles and self.environment not in profiles:
            raise ConfigurationError(
                f"no environment {self.environment} in bluegreen.yaml", remedy=f"Known: {', '.join(profiles)}"
            )

    def planned(self, statement: ProjectStatement, outputs: Iterable[str] = ()) -> PlannedStatement:
        """The statement with its catalog: what it reads, views seen through, and the tables it writes.

        :param outputs: names of the tables that have to exist for it, none for a DDL, which creates its own.

        The fingerprint covers the SQL *and* the catalog: a job whose input is declared differently is another
        job.
        """
        source = statement.statement
        sql = statement_under(self.project, self.names, source)
        catalog = self._catalog(source, (*source.inputs, *outputs))
        parts = [self._fingerprint(sql), *(self._fingerprint(table.sql) for table in catalog)]
        return PlannedStatement(
            name=statement.name,
            kind=source.kind,
            where=source.where,
            sql=sql,
            fingerprint=parts[0] if not catalog else hashlib.sha256("\n".join(parts).encode()).hexdigest(),
            catalog=catalog,
        )

    def _fingerprint(self, sql: str) -> str:
        """That of a text, remembered: many statements read the same table."""
        if sql not in self._fingerprints:
            self._fingerprints[sql] = fingerprint(sql)
        return self._fingerprints[sql]

    def _catalog(self, source: Statement, names: Iterable[str]) -> tuple[CatalogTable, ...]:
        found: dict[str, CatalogTable] = {}
        for name in names:
            self._add(found, source, name)
        settings = (
            CatalogTable(physical="", kind=SETTING, sql=setting.sql)
            for setting in settings_before(self.project, source)
        )
        return (*settings, *found.values())

    def _add(self, found: dict[str, CatalogTable], reader: Statement, name: str) -> None:
        table = table_of(self.project, name)
        if table is None:
            external = self._external(reader, name)
            if external:
                found.setdefault(external.physical, external)
            return
        create = self.project.tables[table].ddl
        if create is None or self.names[table] in found:
            return
        for read in create.statement.inputs:  # a view, CTAS or LIKE needs its own inputs first
            self._add(found, create.statement, read)
        found[self.names[table]] = self._declared(table, create)

    def _declared(self, table: str, create: ProjectStatement) -> CatalogTable:
        if table not in self._tables:
            self._tables[table] = CatalogTable(
                physical=self.names[table],
                kind=self.project.tables[table].kind,
                sql=statement_under(self.project, self.names, create.statement),
            )
        return self._tables[table]

    def _external(self, reader: Statement, name: str) -> CatalogTable | None:
        last = unqualified(name)
        declared = self.project.external.get(self.environment, {}).get(last)
        if declared:
            return CatalogTable(physical=last, kind=EXTERNAL, sql=declared.sql)
        profile: Profile | None = self.project.profiles.get(self.environment)
        if profile is None or profile.dialect != "open-source":
            return None
        raise ProjectError(
            f"reads {name}, which neither the project creates nor environment {self.environment} declares",
            where=reader.where,
            remedy=f"Add its CREATE TABLE to {profile.external_tables or 'the files of external_tables'}",
        )
