"""Statements, their columns and how two versions of one differ."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload

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


class References(Sequence[TableReference]):
    """Table references that are made when somebody asks for them: of most statements only names matter.

    Equal to a tuple of the same references.

    :param names: the names, each once.
    :param packed: by reference: the name's index, start and end, one after the other.
    """

    __slots__ = ("_made", "_packed", "names")

    def __init__(self, names: tuple[str, ...], packed: Sequence[int]) -> None:
        self.names = names
        self._packed = packed
        self._made: tuple[TableReference, ...] | None = None

    @classmethod
    def of(cls, references: Iterable[TableReference]) -> "References":
        """These references."""
        names: dict[str, int] = {}
        packed: list[int] = []
        for one in references:
            packed += [names.setdefault(one.name, len(names)), one.start, one.end]
        return cls(tuple(names), packed)

    @property
    def packed(self) -> Sequence[int]:
        """As it was given."""
        return self._packed

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Name, start and end of each."""
        names, numbers = self.names, iter(self._packed)
        return ((names[name], start, end) for name, start, end in zip(numbers, numbers, numbers, strict=True))

    def _all(self) -> tuple[TableReference, ...]:
        if self._made is None:
            self._made = tuple(
                TableReference(name=name, start=start, end=end) for name, start, end in self.places()
            )
        return self._made

    def __len__(self) -> int:
        return len(self._packed) // 3

    def __iter__(self) -> Iterator[TableReference]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> TableReference: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TableReference]: ...
    def __getitem__(self, index: int | slice) -> TableReference | Sequence[TableReference]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, References | tuple) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


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
    references: Sequence[TableReference]
    definition: TableDefinition | None = None

    @property
    def names(self) -> Collection[str]:
        """The names in ``references``, each once."""
        references = self.references
        if isinstance(references, References):
            return references.names
        return {reference.name for reference in references}


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
