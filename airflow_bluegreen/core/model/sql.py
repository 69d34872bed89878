"""Statements, their columns and how two versions of one differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.exceptions import Where


class StatementKind(StrEnum):
    """What a statement does, named after its keywords.

    ``CREATE TABLE … AS SELECT`` is CREATE_TABLE with inputs; INSPECT is ``SHOW``, ``DESCRIBE`` and
    ``EXPLAIN``.
    """

    CREATE_TABLE = "create_table"
    CREATE_VIEW = "create_view"
    CREATE_MATERIALIZED_TABLE = "create_materialized_table"
    CREATE_FUNCTION = "create_function"
    CREATE_MODEL = "create_model"
    CREATE_CATALOG = "create_catalog"
    CREATE_DATABASE = "create_database"
    CREATE_CONNECTION = "create_connection"
    CREATE_AGENT = "create_agent"
    CREATE_TOOL = "create_tool"
    INSERT = "insert"
    STATEMENT_SET = "statement_set"
    UPDATE = "update"
    DELETE = "delete"
    TRUNCATE = "truncate"
    SELECT = "select"
    ALTER = "alter"
    DROP = "drop"
    ANALYZE = "analyze"
    CALL = "call"
    SET = "set"
    RESET = "reset"
    USE = "use"
    JAR = "jar"
    MODULE = "module"
    STOP_JOB = "stop_job"
    INSPECT = "inspect"


class ColumnKind(StrEnum):
    PHYSICAL = "physical"
    COMPUTED = "computed"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a ``CREATE TABLE``;

    ``type`` is the SQL text, upper case, single spaces, without NOT NULL.
    """

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

    ``start`` and ``end`` are character offsets of the *last* part (the table), backticks included, end
    exclusive: the slice that a rename replaces.
    """

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One parsed statement of a file.

    ``sql`` is its text without the closing semicolon; ``offset`` where it begins in the file's text; offsets
    in ``references`` count from the beginning of ``sql``. ``references`` holds every identifier that names a
    table, qualifiers such as ``int_3.id`` included; ``inputs`` and ``outputs`` are names without duplicates,
    in order.
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
