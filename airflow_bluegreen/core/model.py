"""The records that every room shares: tables, statements, plans, releases, and what is seen outside.

All are frozen, so that a plan made by one task is the plan that every later task performs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from airflow_bluegreen.exceptions import Where


def _partition_keys(value: object) -> object:
    """JSON has no tuple keys: pydantic writes ``("orders", 0)`` as ``"orders,0"``; this reads it back."""
    if not isinstance(value, Mapping):
        return value
    return {tuple(key.rsplit(",", 1)) if isinstance(key, str) else key: offset for key, offset in value.items()}


Offsets = Annotated[Mapping[tuple[str, int], int], BeforeValidator(_partition_keys)]
"""(topic, partition) → offset."""

# --- SQL -----------------------------------------------------------------------------------------


class StatementKind(StrEnum):
    """What a statement does, named after its keyword."""

    CREATE_TABLE = "create_table"
    CREATE_VIEW = "create_view"
    INSERT = "insert"
    SELECT = "select"
    SET = "set"


class ColumnKind(StrEnum):
    PHYSICAL = "physical"
    COMPUTED = "computed"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a ``CREATE TABLE``; ``type`` is the SQL text, upper case, single spaces, without NOT NULL."""

    name: str
    type: str
    nullable: bool = True
    kind: ColumnKind = ColumnKind.PHYSICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDefinition:
    """What a ``CREATE TABLE`` says: columns in order, key, options as written."""

    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    distributed_by: tuple[str, ...] = ()
    buckets: int | None = None
    watermark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReference:
    """One table identifier in a text: ``name`` as written without quotes, parts joined by dots.

    ``start`` and ``end`` are character offsets of the *last* part (the table), backticks included, end exclusive:
    the slice that a rename replaces.
    """

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One parsed statement of a file.

    ``sql`` is its text without the closing semicolon; ``offset`` where it begins in the file's text; offsets in
    ``references`` count from the beginning of ``sql``. ``references`` holds every identifier that names a table,
    qualifiers such as ``int_3.id`` included; ``inputs`` and ``outputs`` are names without duplicates, in order.
    """

    kind: StatementKind
    sql: str
    where: Where
    offset: int
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    references: tuple[TableReference, ...]
    definition: TableDefinition | None = None


class ChangeKind(StrEnum):
    """How far two versions of a statement are apart."""

    NONE = "none"
    COSMETIC = "cosmetic"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementChange:
    """What changed between two versions of a statement; columns are output columns of the table."""

    change: ChangeKind
    reasons: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rows_may_change: bool = False


# --- project -------------------------------------------------------------------------------------


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
    """A statement with its logical name (``ddl.int_3``, ``dml.int_3``), which never changes between versions."""

    name: str
    table: str
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A sink connector kept in git: ``connector.<name>.json``. ``topics`` are physical names, as written."""

    name: str
    where: Where
    config: Mapping[str, str]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A logical table: its name without version suffix, and the statements that create and fill it."""

    name: str
    physical: str
    kind: str
    product: str
    ddl: ProjectStatement | None
    dml: tuple[ProjectStatement, ...]
    definition: TableDefinition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one environment reads the project's SQL.

    ``dialect`` is ``confluent`` (text goes as it is) or ``open-source`` (Confluent's options are mapped to the Kafka
    connectors of Apache Flink). ``table_options`` are added to every table, ``table_options_by_kind`` to tables of
    one kind; values may hold ``{kafka.bootstrap.servers}`` and ``{schema.registry.url}``. ``external_tables`` is the
    glob of the files that declare tables which the project reads and does not create. ``connector_config`` is laid
    under every sink connector's configuration, with the same placeholders.
    """

    name: str
    dialect: str = "open-source"
    table_options: Mapping[str, str] = field(default_factory=dict)
    table_options_by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    external_tables: str = ""
    connector_config: Mapping[str, str] = field(default_factory=dict)
    connections: Mapping[str, str] = field(default_factory=dict)
    row_count_tolerance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project as one commit (or a folder) holds it.

    ``tables`` by logical name; ``external`` the declarations of external tables by environment and name;
    ``files`` the text of every SQL and connector file by path.
    """

    name: str
    commit: Commit | None
    tables: Mapping[str, Table]
    connectors: tuple[Connector, ...]
    profiles: Mapping[str, Profile]
    external: Mapping[str, Mapping[str, Statement]]
    files: Mapping[str, str]
    release_tags: str = "v*"


# --- plan ----------------------------------------------------------------------------------------


class Trigger(StrEnum):
    """Why a table is in the plan."""

    MODIFIED = "modified"
    SIDE_EFFECT = "side-effect"
    NEW = "new"
    SCHEMA_CHANGE = "schema-change"
    REQUESTED = "requested"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDifference:
    """What the change means for the data of a table, inferred from the semantic diff and the lineage."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rows_may_change: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTable:
    """A table that a statement's session must know: physical name and ``CREATE TABLE`` text at that name."""

    physical: str
    kind: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStatement:
    """A statement to deploy.

    ``sql`` is the rewritten text as committed, ``fingerprint`` that of its meaning. For a DML, ``catalog`` holds
    every table it reads and writes, in an order in which they can be created: a gateway session starts with an
    empty catalog.
    """

    name: str
    kind: StatementKind
    where: Where
    sql: str
    fingerprint: str
    catalog: tuple[CatalogTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """One table of a release: ``blue`` is None for a new one, ``green`` is None for a removed one."""

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
    """

    name: str
    action: ConnectorAction
    blue_topics: tuple[str, ...]
    green_topics: tuple[str, ...]
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a release will do, in an order in which it can be done (parents before children).

    ``physical`` maps every logical table of the release to the name it has afterwards; ``untouched`` are the logical
    names that keep running; ``rewritten`` are the files whose text the rewrite changes, by path.
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

    def table(self, name: str) -> PlannedTable | None:
        """The planned table of that logical name, or None when the release leaves it alone."""
        return next((planned for planned in self.tables if planned.table == name), None)


# --- releases ------------------------------------------------------------------------------------


class Phase(StrEnum):
    """Where a release stands; the legal moves are in :mod:`airflow_bluegreen.core.lifecycle`."""

    PLANNED = "planned"
    DEPLOYING = "deploying"
    COMPARED = "compared"
    CUTTING_OVER = "cutting_over"
    CUT_OVER = "cut_over"
    RETIRING = "retiring"
    LIVE = "live"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Written to the ledger before an act that cannot be undone by forgetting it; ``at`` is UTC, ISO 8601."""

    act: str
    subject: str
    at: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """A connector as it is: ``offsets`` maps (topic, partition) to the next offset it reads; None config = absent."""

    name: str
    config: Mapping[str, str] | None
    offsets: Offsets = field(default_factory=dict)
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """A release in one environment, as the ledger keeps it.

    ``physical`` are the live names once the release is live; ``rewrite_sha`` the commit of the rewritten SQL;
    ``connectors_before`` and ``savepoints`` (job name → path) are what a rollback brings back.
    """

    project: str
    environment: str
    release: str
    commit: str
    base_release: str | None
    phase: Phase
    plan: Plan
    updated_at: str
    rewrite_sha: str | None = None
    markers: tuple[Marker, ...] = ()
    connectors_before: tuple[ConnectorState, ...] = ()
    savepoints: Mapping[str, str] = field(default_factory=dict)


# --- the world outside ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the servers of one environment are. ``kafka`` is a librdkafka configuration.

    ``registry_url`` is the Confluent-compatible base path. ``*_auth`` are (user, password) for basic authentication.
    """

    gateway_url: str
    flink_url: str
    kafka: Mapping[str, str]
    connect_url: str
    registry_url: str
    gateway_auth: tuple[str, str] | None = field(default=None, repr=False)
    connect_auth: tuple[str, str] | None = field(default=None, repr=False)
    registry_auth: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobIdentity:
    """What a job says of itself in its job parameters (keys ``bluegreen.environment`` and so on)."""

    environment: str
    release: str
    statement: str
    table: str
    fingerprint: str


class JobState(StrEnum):
    """A Flink job's state in four words; a state we do not know is UNKNOWN and polled on."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A Flink job. ``status`` is Flink's own word; ``started_at`` in milliseconds since the epoch."""

    job_id: str
    name: str
    state: JobState
    status: str
    started_at: int
    identity: JobIdentity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job has come.

    ``positions`` maps (topic, partition) to the next offset to read; ``checkpoint_at`` is the trigger time of the
    last completed checkpoint (ms since the epoch); ``watermark`` in ms, None where there is none; ``restarts`` since
    the job was submitted; ``failure`` the root exception of the last failure, one line.
    """

    job_id: str
    state: JobState
    positions: Offsets = field(default_factory=dict)
    checkpoint_at: int | None = None
    state_bytes: int | None = None
    watermark: int | None = None
    restarts: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A Kafka topic and the configuration values that were set on it (not the defaults)."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaRecord:
    """A record as it lies in the topic; ``timestamp`` in ms since the epoch; ``value`` None = tombstone."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSchema:
    """A version of a registry subject; ``type`` is AVRO, JSON or PROTOBUF."""

    subject: str
    version: int
    schema_id: int
    type: str
    schema: str


# --- comparison ----------------------------------------------------------------------------------


class Verdict(StrEnum):
    """``match``: nothing differs. ``expected``: only what the change intends. ``mismatch``: anything else."""

    MATCH = "match"
    EXPECTED = "expected"
    MISMATCH = "mismatch"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCounts:
    """Keys by what the two sides hold for them once the changelogs are folded."""

    match: int = 0
    blue_only: int = 0
    green_only: int = 0
    diff: int = 0
    in_flight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of a table: what blue and green have, and the sentence that explains the verdict."""

    check: str
    verdict: Verdict
    blue: str
    green: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSample:
    """A key whose rows differ: the differing columns with (blue, green) as text."""

    key: Mapping[str, str]
    columns: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableComparison:
    """The comparison of one green table with its blue one."""

    table: str
    blue: str | None
    green: str
    verdict: Verdict
    keys: KeyCounts
    checks: tuple[CheckResult, ...]
    changed_columns: tuple[str, ...] = ()
    samples: tuple[DifferenceSample, ...] = ()
