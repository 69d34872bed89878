"""A project as one commit holds it: tables, connectors, profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.core.model.branches import GitSettings
from airflow_bluegreen.core.model.checking import ComparisonSettings
from airflow_bluegreen.core.model.comparison import EngineSettings
from airflow_bluegreen.core.model.integration import IntegrationSettings
from airflow_bluegreen.core.model.sql import Statement, TableDefinition
from airflow_bluegreen.core.model.starting import StartSettings
from airflow_bluegreen.core.model.windows import ReleaseWindow
from airflow_bluegreen.exceptions import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A resolved ref: what the user wrote and the commit it stands for."""

    ref: str
    sha: str


class TableType(StrEnum):
    """Place in the lineage: external tables are read and not created by the project."""

    SOURCE = "source"
    INTERMEDIATE = "intermediate"
    SINK = "sink"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatement:
    """A statement and its logical name (``ddl.int_3``, ``dml.int_3``), the same in every version."""

    name: str
    table: str
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A sink connector kept in git: ``connector.<name>.json``. ``topics`` are physical names, as written.

    ``shared_target``: every version of its table may be written to the same place.
    """

    name: str
    where: Where
    config: Mapping[str, str]
    topics: tuple[str, ...]
    shared_target: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A logical table: its name without version suffix, and the statements that create and fill it.

    A statement set fills several tables: it is in ``dml`` of the first of them by name, and in ``shared`` of
    the others.
    """

    name: str
    physical: str
    kind: str
    product: str
    ddl: ProjectStatement | None
    dml: tuple[ProjectStatement, ...]
    definition: TableDefinition | None
    shared: tuple[ProjectStatement, ...] = ()

    @property
    def statements(self) -> tuple[ProjectStatement, ...]:
        """Everything that creates or fills it, DDL first, statement sets of other tables last."""
        return ((self.ddl,) if self.ddl else ()) + self.dml + self.shared


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeTables:
    """Tables by logical name, and what they were made from: ``statements`` by path, and the ``layout`` that
    says what a path means.
    """

    layout: object
    statements: Mapping[str, tuple[Statement, ...]]
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeSettings:
    """SQL for the engine that reads the lake; ``{table}`` is the logical name, ``{topic}`` the physical one.

    ``prepare`` runs before the first row of a green table is written, ``point`` lets the name that readers
    use stand for a table, ``unpoint`` takes that name away, ``discard`` removes a green table that was
    rolled back. Without statements nothing is done. ``show`` answers with a text that names the physical
    table which the name of ``{table}`` stands for, such as a view's definition; empty: nobody asks.
    """

    prepare: tuple[str, ...] = ()
    point: tuple[str, ...] = ()
    unpoint: tuple[str, ...] = ()
    discard: tuple[str, ...] = ()
    show: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one environment reads the project's SQL.

    ``dialect`` is ``confluent`` (text goes as it is) or ``open-source`` (Confluent's options are mapped to
    the Kafka connectors of Apache Flink). ``table_options`` are added to every table,
    ``table_options_by_kind`` to tables of one kind; values may hold ``{kafka.bootstrap.servers}`` and
    ``{schema.registry.url}``. ``external_tables`` is the glob of the files that declare tables which the
    project reads and does not create. ``connector_config`` is laid under every sink connector's
    configuration, with the same placeholders. ``source_compatibility`` is the registry level at which a new
    schema of a raw topic is accepted, and that of green tables of kind ``source`` against blue's subjects;
    ``schema_compatibility`` is that of all other green tables. ``accepted_schema_changes`` are tables,
    logical or physical, whose incompatible change is intended. ``observation`` is how long green is watched
    before blue is retired, ``rollback_window`` how long retired blue is kept, both in seconds. ``when_busy``
    says what a release does while another one is in progress: ``refuse`` or ``wait``.
    ``lake`` is what readers of the lake see of a release, None where the release leaves the lake to the
    connectors. ``comparing`` says where blue and green are compared. ``window`` is when a cut-over may begin,
    None for always.
    """

    name: str
    dialect: str = "open-source"
    table_options: Mapping[str, str] = field(default_factory=dict)
    table_options_by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    external_tables: str = ""
    connector_config: Mapping[str, str] = field(default_factory=dict)
    connections: Mapping[str, str] = field(default_factory=dict)
    row_count_tolerance: float = 0.0
    source_compatibility: str = "FULL_TRANSITIVE"
    schema_compatibility: str = "BACKWARD"
    accepted_schema_changes: tuple[str, ...] = ()
    observation: float = 600.0
    rollback_window: float = 7 * 86_400.0
    when_busy: str = "refuse"
    lake: LakeSettings | None = None
    comparing: EngineSettings = field(default_factory=EngineSettings)
    window: ReleaseWindow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project as one commit (or a folder) holds it.

    ``tables`` by logical name; ``external`` the declarations of external tables by environment and name;
    ``files`` the text of every SQL and connector file by path; ``statements`` those of the SQL files;
    ``prune`` whether readers that a change cannot reach may stay with blue; ``start`` how green tables come
    by their history; ``comparison`` how they are compared with blue; ``integration`` how they are tested with
    synthetic records.
    """

    name: str
    commit: Commit | None
    tables: Mapping[str, Table]
    connectors: tuple[Connector, ...]
    profiles: Mapping[str, Profile]
    external: Mapping[str, Mapping[str, Statement]]
    files: Mapping[str, str]
    statements: Mapping[str, tuple[Statement, ...]]
    release_tags: str = "v*"
    git: GitSettings = field(default_factory=GitSettings)
    prune: bool = False
    start: StartSettings = field(default_factory=StartSettings)
    comparison: ComparisonSettings = field(default_factory=ComparisonSettings)
    integration: IntegrationSettings = field(default_factory=IntegrationSettings)
