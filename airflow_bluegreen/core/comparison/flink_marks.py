"""Marks: texts of a fixed width that say where a record lies, when it was written, and what it holds.

Of several records the greatest mark counts, so its parts stand in the order in which they decide. Within a
partition that is the offset; of the last records in each partition it is the timestamp, then the partition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from airflow_bluegreen.core.comparison.flink_tables import OFFSET, PARTITION, TIME
from airflow_bluegreen.core.model import Offsets

ABSENT = "-" * 32
"""Stands in the place of the hash of a record without a value."""

_TIME_FORMAT = "yyyyMMddHHmmssSSS"
_TIME_WIDTH, _PARTITION_WIDTH, _OFFSET_WIDTH, _HASH_WIDTH = 17, 6, 19, 32
_PARTITION_AT = _TIME_WIDTH + 1
_OFFSET_AT = _PARTITION_AT + _PARTITION_WIDTH
_HASH_AT = _OFFSET_AT + _OFFSET_WIDTH

PART_SQL = f"LPAD(CAST(`{PARTITION}` AS STRING), {_PARTITION_WIDTH}, '0')"
"""The partition of a record."""
TIME_SQL = f"DATE_FORMAT(CAST(`{TIME}` AS TIMESTAMP(3)), '{_TIME_FORMAT}')"
"""The timestamp of a record."""
_OFFSET_SQL = f"LPAD(CAST(`{OFFSET}` AS STRING), {_OFFSET_WIDTH}, '0')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record lies."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


def place_of(mark: str) -> Place:
    """Where the record of a mark lies."""
    partition, offset = mark[_PARTITION_AT - 1 : _OFFSET_AT - 1], mark[_OFFSET_AT - 1 : _HASH_AT - 1]
    return Place(partition=int(partition), offset=int(offset))


def mark_sql(digest: str) -> str:
    """The mark of a record whose compared bytes or cells have that hash."""
    return f"CONCAT({TIME_SQL}, {PART_SQL}, {_OFFSET_SQL}, {digest})"


def within_partition_sql(digest: str) -> str:
    """The same for the records of one partition, whose order is that of their offsets."""
    return f"CONCAT({_OFFSET_SQL}, {TIME_SQL}, {digest})"


def across_partitions_sql(partition: str, mark: str) -> str:
    """The mark of the last record in a partition, from its mark there."""
    time = f"SUBSTR({mark}, {_OFFSET_WIDTH + 1}, {_TIME_WIDTH})"
    digest = f"SUBSTR({mark}, {_OFFSET_WIDTH + _TIME_WIDTH + 1}, {_HASH_WIDTH})"
    return f"CONCAT({time}, {partition}, SUBSTR({mark}, 1, {_OFFSET_WIDTH}), {digest})"


def hash_in(mark: str) -> str:
    """The hash of what a record holds."""
    return f"SUBSTR({mark}, {_HASH_AT}, {_HASH_WIDTH})"


def time_in(mark: str) -> str:
    """When a record was written, as :func:`moment` says it."""
    return f"SUBSTR({mark}, 1, {_TIME_WIDTH})"


def stood_before(mark: str, ends: Offsets) -> str:
    """Whether a record lies below these end offsets, or there is none."""
    cases = " ".join(f"WHEN '{part:06d}' THEN '{end:019d}'" for (_, part), end in sorted(ends.items()))
    end = f"CASE SUBSTR({mark}, {_PARTITION_AT}, {_PARTITION_WIDTH}) {cases} ELSE '' END"
    return f"({mark} IS NULL OR SUBSTR({mark}, {_OFFSET_AT}, {_OFFSET_WIDTH}) < {end})"


def standing(ends: Mapping[str, Offsets]) -> str:
    """:func:`stood_before` for the marks of every side, to be added to a condition."""
    return "".join(f" AND {stood_before(side, of_side)}" for side, of_side in ends.items())


def moment(at_ms: int) -> str:
    """A time in ms since the epoch as marks have it."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y%m%d%H%M%S}{at_ms % 1000:03d}"


def milliseconds(text: str) -> int:
    """What :func:`moment` was given."""
    at = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return int(at.timestamp()) * 1000 + int(text[14:])
