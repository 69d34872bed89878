"""What the checks of a table judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import (
    AggregatePair,
    CheckSettings,
    Column,
    ColumnMatch,
    EventTimes,
    ExpectedDifference,
    Grouping,
    KeyCounts,
    TableDefinition,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One side: records in the topic, rows that are there once it is folded, deletions, records without a
    key.
    """

    topic: str
    records: int
    rows: int
    tombstones: int = 0
    null_keys: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDifferences:
    """The rows that are on both sides and differ, column by column.

    ``compared`` of them were read; ``by_column`` counts those that differ in it; ``unexpected`` is how many
    differ in a column that is not expected to (of all that differ, not only of those read). ``judged`` is how
    many of all that differ could be held against the columns that must match: the others were not found
    again, or nobody looked.
    """

    compared: int = 0
    by_column: Mapping[str, int] = field(default_factory=dict)
    unexpected: int = 0
    judged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SideDuplicates:
    """Rows without a value in a unique column, rows beyond the first of those that share all of them, and
    examples of what these share.
    """

    null_keys: int = 0
    extra: int = 0
    examples: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Rows by their ``unique`` columns; ``blue`` is None for a new table."""

    unique: tuple[str, ...]
    green: SideDuplicates
    blue: SideDuplicates | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDifference:
    """An aggregate that the project names: how many groups there are, and in how many the sides differ.

    ``missing`` are its columns that a side does not have. An example is the group and (blue's rows, green's
    rows, blue's sum, green's sum …).
    """

    grouping: Grouping
    groups: int = 0
    differing: int = 0
    missing: tuple[str, ...] = ()
    examples: tuple[tuple[tuple[str, ...], tuple[float | None, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """Ids of source records: how many blue has written, and how many of these green has not."""

    column: str
    ids: int
    missing: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What the decoded rows say; ``complete`` if all records were decoded, else it is a sample by key.

    ``nulls`` maps green's columns to the share of its rows in which they are null. What does not apply, or
    could not be asked, is None or empty.
    """

    complete: bool = True
    columns: tuple[ColumnMatch, ...] = ()
    nulls: Mapping[str, float | None] = field(default_factory=dict)
    duplicates: Duplicates | None = None
    aggregates: tuple[AggregatePair, ...] = ()
    groups: tuple[GroupDifference, ...] = ()
    accounted: Accounted | None = None
    event_times: EventTimes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything about one table; ``blue`` is None for a new one.

    ``row_tolerance`` is the share of rows that may be new, gone or in another window where rows may change,
    0 = any.
    ``compatible`` says whether green's registered schema may follow blue's, None where that was not asked.
    ``registered`` are the columns that green's records have, None where they are not known. ``breaches``
    say who could not read what, where the registered schemas are no match. ``unique`` are the columns that
    identify a row where the key of the records does not; ``left_out`` those that are not compared, with why;
    ``event_time`` is the column of the event time that was asked for, "" for none. ``inspection`` is None
    where the rows were not looked at.
    """

    blue: Facts | None
    green: Facts
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...]
    blue_columns: tuple[Column, ...]
    expected: ExpectedDifference
    keys: KeyCounts
    differences: ColumnDifferences = field(default_factory=ColumnDifferences)
    row_tolerance: float = 0.0
    compatible: bool | None = None
    breaches: tuple[str, ...] = ()
    registered: tuple[str, ...] | None = None
    settings: CheckSettings = field(default_factory=CheckSettings)
    unique: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    event_time: str = ""
    definition: TableDefinition | None = None
    blue_definition: TableDefinition | None = None
    inspection: Inspection | None = None

    def exceeds(self, share: float) -> bool:
        """Whether a share of rows is more than a change of the row set may move."""
        return bool(self.row_tolerance) and share > self.row_tolerance
