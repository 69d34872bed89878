"""Holding the rows of a green table against what is expected of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from airflow_bluegreen.actions.topic_reading import offsets_spanned
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.expectations import (
    as_row,
    derived_expectations,
    expectations_file,
    joined,
    judged,
    read_suite,
)
from airflow_bluegreen.core.model import (
    CheckResult,
    Plan,
    PlannedTable,
    TableComparison,
    Verdict,
    worst_of,
)
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import Narrator, Platform, TopicReader

MOST_RECORDS = 2_000_000
"""Rows are validated in memory; a topic that holds more is not read."""


def with_expectations(
    platform: Platform, plan: Plan, planned: PlannedTable, comparison: TableComparison, say: Narrator
) -> TableComparison:
    """The comparison with one check more, where the project has a suite for the table; reads only.

    Raises ConfigurationError for a suite that cannot be read, or where nothing can validate it.
    """
    path = expectations_file(planned.table)
    text = platform.repository.read_files(plan.release, (path,)).get(path)
    if text is None:
        return comparison
    suite = joined(read_suite(text, path), derived_expectations(planned.columns, planned.primary_key))
    if platform.validator is None:
        raise ConfigurationError(
            f"{path} asks for Great Expectations, which is not installed",
            remedy="Install airflow-bluegreen[gx]",
        )
    records = offsets_spanned(platform.topics, comparison.green)
    if records > MOST_RECORDS:
        check = _not_made(f"the topic spans {records:,} records, more than {MOST_RECORDS:,}")
    else:
        rows = rows_of(platform, comparison.green, planned.primary_key)
        say(f"{comparison.green}: {len(suite)} expectations of {len(rows):,} rows")
        check = judged(platform.validator.validate(planned.table, rows, suite), len(rows))
    say(f"  {check.check}: {check.verdict}, {check.detail}")
    return replace(
        comparison,
        checks=(*comparison.checks, check),
        verdict=worst_of((comparison.verdict, check.verdict)),
    )


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
