"""Judging what a test's statements wrote: each tested table by itself, against blue's version, and against
the same records in another order. Reads only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from airflow_bluegreen.actions.compare import compare_topics
from airflow_bluegreen.actions.expecting import rows_of
from airflow_bluegreen.actions.integration.feeding import Feed
from airflow_bluegreen.actions.integration.preparing import Trial
from airflow_bluegreen.actions.settling import IN_FLIGHT_S
from airflow_bluegreen.actions.subject import Subject, subject_of
from airflow_bluegreen.core.model import (
    CheckResult,
    ExpectedDifference,
    KeyCounts,
    Table,
    TableComparison,
    TableDefinition,
    Verdict,
)
from airflow_bluegreen.core.synthetic.history import Event
from airflow_bluegreen.core.synthetic.isolating import Side
from airflow_bluegreen.core.synthetic.judging import check_accounted, check_order, check_reach, judged
from airflow_bluegreen.ports import Clock, Narrator, Platform

_COUNTED = frozenset({"string", "int", "long", "uuid", "enum"})
"""Types of keys that read the same wherever they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """A clock that is past everything that was written: nothing of a run that is over is in flight."""

    clock: Clock

    def now(self) -> float:
        """Seconds since the epoch, after what is called in flight."""
        return self.clock.now() + 10 * IN_FLIGHT_S

    def sleep(self, seconds: float) -> None:
        """Nothing changes any more, so that waiting is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carried:
    """A column of a table that holds the key of a source."""

    column: str
    feed: Feed


def check(
    platform: Platform, trial: Trial, feeds: Sequence[Feed], say: Narrator
) -> tuple[TableComparison, ...]:
    """The verdict on every tested table, in the order of the lineage."""
    still = replace(platform, clock=Afterwards(clock=platform.clock))
    return tuple(_checked(still, trial, feeds, table, say) for table in trial.isolation.selected)


def _checked(
    platform: Platform, trial: Trial, feeds: Sequence[Feed], name: str, say: Narrator
) -> TableComparison:
    table = trial.isolation.release.tables[name]
    green = trial.isolation.green(name)
    if green not in trial.definitions:
        return _of_view(name, green)
    subject = _subject(trial, table)
    compared = compare_topics(platform, subject, trial.profile, say)
    rows = rows_of(platform, green, subject.primary_key)
    records = sum(platform.topics.end_offsets(green).values())
    further = [
        check_reach(len(rows), records),
        *_accounted(platform, trial, feeds, subject, rows),
        _order(platform, trial, subject),
    ]
    return judged(compared, further)


def _subject(trial: Trial, table: Table) -> Subject:
    """The two versions of a table under the test's names, compared as the release compares them."""
    green, blue = trial.isolation.green(table.name), trial.isolation.blue(table.name)
    planned = trial.plan.table(table.name)
    if planned is not None and planned.green is not None:
        return replace(subject_of(planned, green, trial.profile), blue=blue)
    definition = table.definition or TableDefinition(columns=())
    appends = definition.options.get("changelog.mode") == "append"
    return Subject(
        table=table.name,
        blue=blue,
        green=green,
        primary_key=() if appends else definition.primary_key,
        columns=definition.columns,
        blue_columns=definition.columns if blue else (),
        settings=trial.isolation.release.comparison.of(table.name),
        definition=definition,
        kind=table.kind,
    )


def _accounted(
    platform: Platform,
    trial: Trial,
    feeds: Sequence[Feed],
    subject: Subject,
    rows: Sequence[Mapping[str, Any]],
) -> list[CheckResult]:
    carried = _carried(trial, feeds, subject)
    if carried is None:
        return []
    blue = None if subject.blue is None else rows_of(platform, subject.blue, subject.primary_key)
    stated = any(one.rows for one in subject.settings.expected_in(trial.plan.release.ref))
    found = check_accounted(
        carried.feed.traits.source,
        carried.column,
        _alive(carried.feed),
        None if blue is None else _keys(blue, carried.column),
        _keys(rows, carried.column),
        stated=stated,
    )
    return [] if found is None else [found]


def _carried(trial: Trial, feeds: Sequence[Feed], subject: Subject) -> _Carried | None:
    """The first column that is the key of a source: of the table's own key, else of all columns."""
    names = subject.primary_key or tuple(column.name for column in subject.columns)
    for name in names:
        place = trial.usage.place([(subject.table, name)])
        for one in feeds:
            key = one.traits.key
            column = one.traits.schema.column(key[0]) if len(key) == 1 else None
            if column is not None and column.kind in _COUNTED and place == (one.traits.source, key[0]):
                return _Carried(column=name, feed=one)
    return None


def _alive(feed: Feed) -> set[str]:
    """The keys that are there when every record has been told."""
    last = {change.key: change.event for change in feed.changes}
    repeated = Event.DUPLICATE
    for change in feed.changes:
        if change.event is not repeated:
            last[change.key] = change.event
    return {str(key[0]) for key, event in last.items() if event is not Event.DELETE}


def _keys(rows: Sequence[Mapping[str, Any]], column: str) -> set[str]:
    return {str(row[column]) for row in rows if row.get(column) is not None}


def _order(platform: Platform, trial: Trial, subject: Subject) -> CheckResult:
    """Green against green: what is unstable stays out, and nothing else may differ."""
    shuffled = trial.isolation.names[Side.SHUFFLED][subject.table]
    expected = ExpectedDifference(unstable=subject.expected.unstable)
    same = replace(
        subject,
        blue=subject.green,
        green=shuffled,
        blue_columns=subject.columns,
        blue_definition=subject.definition,
        expected=expected,
        settings=replace(subject.settings, expected=()),
    )
    compared = compare_topics(platform, same, trial.profile, _silent)
    return check_order(compared, any_order=subject.table in trial.settings.any_order)


def _silent(_line: str, /) -> None:
    """The verdict says what there is to say."""


def _of_view(table: str, green: str) -> TableComparison:
    result = CheckResult(
        check="view",
        verdict=Verdict.PASS,
        blue="",
        green=green,
        detail="a view holds no rows of its own",
        rule="of a view, the tables that it reads are tested",
    )
    return TableComparison(
        table=table, blue=None, green=green, verdict=result.verdict, keys=KeyCounts(), checks=(result,)
    )
