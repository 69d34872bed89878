"""Holding the rows of a green table against what is expected of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.expectations import (
    as_row,
    count_expectation,
    derived_expectations,
    expectations_file,
    freshness_expectation,
    joined,
    judged,
    read_suite,
)
from airflow_bluegreen.core.model import (
    CheckResult,
    Expectation,
    Offsets,
    Plan,
    PlannedTable,
    Profile,
    TableComparison,
    Verdict,
    worst_of,
)
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader

MOST_RECORDS = 2_000_000
"""Rows are validated in memory; a topic that holds more is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From where to where a topic reached."""

    begins: Offsets
    ends: Offsets

    @property
    def records(self) -> int:
        """How many offsets that is; with compaction there are fewer records."""
        return sum(self.ends.values()) - sum(self.begins.values())

    def moved_since(self, before: "Span") -> int:
        """How many offsets came or went."""
        came = sum(self.ends.values()) - sum(before.ends.values())
        went = sum(self.begins.values()) - sum(before.begins.values())
        return max(0, came) + max(0, went)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What is expected of a table, and where its green topic reached before it was compared."""

    path: str
    written: tuple[Expectation, ...]
    span: Span


def find_suite(platform: Platform, plan: Plan, planned: PlannedTable, green: str) -> Suite | None:
    """The suite of the project for the table, None without one; to be asked before green is compared.

    Raises ConfigurationError for a suite that cannot be read, or where nothing can validate it.
    """
    path = expectations_file(planned.table)
    text = platform.repository.read_files(plan.release, (path,)).get(path)
    if text is None:
        return None
    written = read_suite(text, path)
    if platform.validator is None:
        raise ConfigurationError(
            f"{path} asks for Great Expectations, which is not installed",
            remedy="Install airflow-bluegreen[gx]",
        )
    span = _span(platform.topics, green) if platform.topics.topic(green) else Span(begins={}, ends={})
    return Suite(path=path, written=written, span=span)


def with_expectations(
    platform: Platform,
    planned: PlannedTable,
    profile: Profile,
    suite: Suite | None,
    comparison: TableComparison,
    say: Narrator,
) -> TableComparison:
    """The comparison with one check more, where the project has a suite for the table; reads only."""
    if suite is None or platform.validator is None:
        return comparison
    records = _span(platform.topics, comparison.green).records
    if records > MOST_RECORDS:
        check = _not_made(f"the topic spans {records:,} records, more than {MOST_RECORDS:,}")
    else:
        rows = rows_of(platform, comparison.green, planned.primary_key)
        # Only now: what is compacted or deleted while the rows are read is missed, too.
        moved = _span(platform.topics, comparison.green).moved_since(suite.span)
        derived = (
            *derived_expectations(planned.columns, planned.primary_key),
            *_derived(planned, profile, comparison, rows, moved=moved),
        )
        expected = joined(suite.written, derived)
        say(f"{comparison.green}: {len(expected)} expectations of {len(rows):,} rows")
        check = judged(platform.validator.validate(planned.table, rows, expected), len(rows))
    say(f"  {check.check}: {check.verdict}, {check.detail}")
    return replace(
        comparison,
        checks=(*comparison.checks, check),
        verdict=worst_of((comparison.verdict, check.verdict)),
    )


def _derived(
    planned: PlannedTable,
    profile: Profile,
    comparison: TableComparison,
    rows: Sequence[Mapping[str, Any]],
    *,
    moved: int,
) -> Iterator[Expectation]:
    """What the settings imply; without a tolerance a change of the row set may leave any number of rows."""
    tolerance, may_change = profile.row_count_tolerance, planned.expected.rows_may_change
    if comparison.new or not may_change or tolerance:
        yield from count_expectation(comparison, tolerance=tolerance if may_change else 0.0, moved=moved)
    if comparison.event_times is not None:
        column = comparison.event_times.column
        like = next((row[column] for row in rows if row.get(column) is not None), None)
        yield from freshness_expectation(comparison, like, slower_by=planned.checks.slower_by, moved=moved)


def _span(topics: TopicReader, topic: str) -> Span:
    return Span(begins=topics.begin_offsets(topic), ends=topics.end_offsets(topic))


def _not_made(reason: str) -> CheckResult:
    return CheckResult(
        check="expectations",
        verdict=Verdict.WARN,
        blue="",
        green="",
        detail=f"not validated: {reason}",
        rule="what could not be checked never passes",
    )


def rows_of(platform: Platform, topic: str, primary_key: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """What the topic says last of each key; every record of it where there is no key."""
    reader = RowReader(platform.schemas.written)
    return [
        as_row(_key(reader, key, primary_key), reader.row(value))
        for key, value in _last(platform.topics, topic, keyed=bool(primary_key))
    ]


def _last(topics: TopicReader, topic: str, *, keyed: bool) -> Iterator[tuple[bytes | None, bytes]]:
    ends = topics.end_offsets(topic)
    last: dict[bytes, bytes] = {}
    for record in topics.read(topic, topics.begin_offsets(topic), ends):
        if not keyed:
            if record.value is not None:
                yield None, record.value
        elif record.key is not None and record.value is None:
            last.pop(record.key, None)
        elif record.key is not None and record.value is not None:
            last[record.key] = record.value
    yield from last.items()


def _key(reader: RowReader, key: bytes | None, primary_key: tuple[str, ...]) -> Mapping[str, Any]:
    """The columns of a key; a key that is one bare value is that of the only key column."""
    if key is None:
        return {}
    row = reader.row(key)
    if set(row) <= set(primary_key):
        return row
    return {primary_key[0]: row["value"]} if set(row) == {"value"} and len(primary_key) == 1 else {}
