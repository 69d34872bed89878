"""What the checks of a table judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import Column, ExpectedDifference, KeyCounts


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
    differ in a column that is not expected to (of all that differ, not only of those read).
    """

    compared: int = 0
    by_column: Mapping[str, int] = field(default_factory=dict)
    unexpected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything about one table; ``blue`` is None for a new one.

    ``row_tolerance`` is the share by which the number of rows may change where rows may change, 0 = any.
    ``compatible`` says whether green's registered schema may follow blue's, None where that was not asked.
    ``registered`` are the columns that green's records have, None where they are not known.
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
    registered: tuple[str, ...] | None = None
