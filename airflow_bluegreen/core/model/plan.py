"""What a release will do, table by table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.core.model.checking import CheckSettings
from airflow_bluegreen.core.model.project import Commit
from airflow_bluegreen.core.model.sql import Column, StatementKind, TableDefinition
from airflow_bluegreen.core.model.starting import StartWish
from airflow_bluegreen.exceptions import Where


class Trigger(StrEnum):
    """Why a table is in the plan."""

    MODIFIED = "modified"
    SIDE_EFFECT = "side-effect"
    NEW = "new"
    SCHEMA_CHANGE = "schema-change"
    REQUESTED = "requested"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstableColumn:
    """A column that comes out another way each time it is computed, and the function that is to blame."""

    column: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDifference:
    """What the change means for the data of a table, inferred from the semantic diff and the lineage.

    ``unstable`` are columns that cannot be compared at all.
    """

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rows_may_change: bool = False
    reasons: tuple[str, ...] = ()
    unstable: tuple[UnstableColumn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTable:
    """A table that a statement's session must know: physical name and ``CREATE TABLE`` text at that name."""

    physical: str
    kind: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStatement:
    """A statement to deploy.

    ``sql`` is the rewritten text as committed, ``fingerprint`` that of its meaning. For a DML, ``catalog``
    holds every table it reads and writes, in an order in which they can be created: a gateway session starts
    with an empty catalog. ``outputs`` are the physical names of all tables that it fills.
    """

    name: str
    kind: StatementKind
    where: Where
    sql: str
    fingerprint: str
    catalog: tuple[CatalogTable, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedStatement:
    """A statement set of another table of the plan that fills this one too: logical table and statement."""

    table: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSchema:
    """A registry subject that describes records from outside.

    :param version: the latest when the table was planned.
    :param before: the latest when the live table was planned; None where nobody knows, or there is none.
    """

    subject: str
    version: int
    before: int | None = None

    @property
    def is_newer(self) -> bool:
        """Whether the schema moved on since the live table was planned."""
        return self.before is not None and self.version > self.before

    def __str__(self) -> str:
        return f"{self.subject} {self.before} → {self.version}" if self.is_newer else self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """One table of a release: ``blue`` is None for a new one, ``green`` is None for a removed one.

    ``source_schemas`` are the registry subjects that describe what it reads from outside the project.
    ``dml`` are the statements that are deployed with this table, ``shared`` those that fill it and are
    deployed with another one. ``start`` is what the project asks for its history, ``checks`` how it is
    compared. ``definition`` and ``blue_definition`` are what the two DDLs say but for the columns.
    """

    table: str
    kind: str
    blue: str | None
    green: str | None
    trigger: Trigger
    path: tuple[str, ...]
    parents: tuple[str, ...]
    inputs: tuple[str, ...]
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...]
    blue_columns: tuple[Column, ...]
    ddl: PlannedStatement | None
    dml: tuple[PlannedStatement, ...]
    expected: ExpectedDifference
    source_schemas: tuple[SourceSchema, ...] = ()
    shared: tuple[SharedStatement, ...] = ()
    start: StartWish = field(default_factory=StartWish)
    checks: CheckSettings = field(default_factory=CheckSettings)
    definition: TableDefinition | None = None
    blue_definition: TableDefinition | None = None

    @property
    def filled(self) -> bool:
        """Whether a job fills the table, be it deployed with this table or with another one."""
        return bool(self.dml or self.shared)

    @property
    def statements(self) -> tuple[PlannedStatement, ...]:
        """DDL first, as they are deployed."""
        return ((self.ddl,) if self.ddl else ()) + self.dml


class ConnectorAction(StrEnum):
    CREATE = "create"
    MOVE = "move"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedConnector:
    """A sink connector of the release; ``config`` is what it runs with afterwards (placeholders unresolved).

    ``blue_topics`` is the requirement: a connector that reads anything else by then is a conflict.
    ``shared_target``: the project says that green may write where blue wrote.
    """

    name: str
    action: ConnectorAction
    blue_topics: tuple[str, ...]
    green_topics: tuple[str, ...]
    config: Mapping[str, str]
    shared_target: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedTable:
    """A table that keeps running as it is although tables that it reads get a green version.

    ``reads`` maps those to the blue names that it goes on reading; ``because`` says why the change cannot
    reach it.
    """

    table: str
    physical: str
    reads: Mapping[str, str]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a release will do, in an order in which it can be done (parents before children).

    ``physical`` maps every logical table of the release to the name it has afterwards; ``untouched`` are the
    logical names that keep running; ``rewritten`` are the files whose text the rewrite changes, by path.
    ``pinned`` are untouched tables that read blue ones, in this release or since an earlier one, and ``kept``
    the physical names of blue tables whose jobs go on running for them;
    ``freed`` those that did so far and that nobody reads after this release.
    """

    project: str
    environment: str
    release: Commit
    base: Commit | None
    base_release: str | None
    tables: tuple[PlannedTable, ...]
    connectors: tuple[PlannedConnector, ...]
    untouched: tuple[str, ...]
    physical: Mapping[str, str]
    rewritten: Mapping[str, str] = field(default_factory=dict)
    pinned: tuple[PinnedTable, ...] = ()
    kept: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()

    def table(self, name: str) -> PlannedTable | None:
        """The planned table of that logical name, or None when the release leaves it alone."""
        return next((planned for planned in self.tables if planned.table == name), None)
