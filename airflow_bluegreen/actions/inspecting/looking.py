"""The closer look: draw records of both sides, decode them, ask everything that is asked of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from airflow_bluegreen.actions.inspecting.counting import (
    account_for,
    aggregate_columns,
    compare_groups,
    find_duplicates,
)
from airflow_bluegreen.actions.inspecting.drawing import Draw, DrawnRecord
from airflow_bluegreen.actions.inspecting.frames import BLUE, GREEN, Side, load, workbench
from airflow_bluegreen.actions.inspecting.matching import Matching, match_columns, null_shares
from airflow_bluegreen.actions.inspecting.timing import TimeColumn, event_times, time_column
from airflow_bluegreen.actions.subject import Subject
from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.classify import Classified
from airflow_bluegreen.core.comparison.classify import Side as Where
from airflow_bluegreen.core.comparison.evidence import ColumnDifferences, Inspection
from airflow_bluegreen.core.comparison.hashed import EVERYTHING
from airflow_bluegreen.core.comparison.rows import SOLE, Row, RowReader, sample
from airflow_bluegreen.core.model import CheckSettings, Column, DifferenceSample

if TYPE_CHECKING:
    import duckdb

DRAWN_KEYS = 50_000
"""Keys that differ and are decoded, besides those of the sample."""
SHOWN_DIFFERENCES = 10
SHOWN_SINGLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the rows of a table.

    :param expected: columns that the change explains.
    :param left_out: columns that are not compared, with the reason.
    """

    primary_key: tuple[str, ...]
    columns: tuple[Column, ...]
    blue_columns: tuple[Column, ...]
    settings: CheckSettings
    expected: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    time: TimeColumn | None = None

    def shared(self, blue: Side, green: Side) -> tuple[str, ...]:
        """The columns to compare: of those in the records of both sides, the ones that both DDLs declare."""
        before, after = ({one.name for one in columns} for columns in (self.blue_columns, self.columns))
        declared = before & after if before and after else blue.cells.keys()
        return tuple(name for name in green.cells if name in blue.cells and name in declared)


def question_of(subject: Subject) -> Question:
    """What is asked of the rows of a subject."""
    watermark = subject.definition.watermark if subject.definition else None
    return Question(
        primary_key=subject.primary_key,
        columns=subject.columns,
        blue_columns=subject.blue_columns,
        settings=subject.settings,
        expected=frozenset(subject.expected.changed),
        left_out=subject.left_out,
        unique=subject.unique,
        time=time_column(watermark, subject.settings.event_time),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """``differences`` and ``samples`` are None where not every key that differs could be decoded; ``equal``
    is how many of these keys are the same within the tolerance.
    """

    inspection: Inspection
    differences: ColumnDifferences | None = None
    samples: tuple[DifferenceSample, ...] | None = None
    equal: int = 0


def look_closer(
    blue: TopicFold | None,
    green: TopicFold,
    classified: Classified | None,
    lasting: Classified | None,
    reader: RowReader,
    question: Question,
) -> Look:
    """Decode and ask. Both sides are read again, as far as they were folded.

    :param classified: every key that differs, with those in flight; ``lasting`` without them.
    """
    settings = question.settings
    wanted, flying = _wanted(lasting), _flying(classified, lasting)
    folds = {BLUE: blue, GREEN: green} if blue else {GREEN: green}
    draws = {name: Draw(fold, settings.decode_records, wanted) for name, fold in folds.items() if fold}
    limit = min(draw.limit for draw in draws.values())
    with workbench(settings.memory) as connection:
        sides = {}
        for name, draw in draws.items():
            drawn = draw.below(limit)
            sides[name] = load(
                connection,
                name,
                drawn,
                _rows(drawn, reader, question.primary_key),
                declared=question.columns if name == GREEN else question.blue_columns,
                keyed=green.keyed,
                flying=flying,
            )
        alone = _of_each(connection, sides.get(BLUE), sides[GREEN], question, complete=limit == EVERYTHING)
        if BLUE not in sides or lasting is None:
            return Look(inspection=alone)
        return _of_both(connection, sides[BLUE], sides[GREEN], lasting, alone, question, reader)


def _of_each(
    connection: "duckdb.DuckDBPyConnection",
    blue: Side | None,
    green: Side,
    question: Question,
    *,
    complete: bool,
) -> Inspection:
    times = None
    if question.time is not None:
        times = event_times(connection, blue, green, question.time, question.settings.window)
    return Inspection(
        complete=complete,
        nulls=null_shares(connection, green, list(green.cells)),
        duplicates=find_duplicates(connection, blue, green, question.unique),
        event_times=times,
    )


def _of_both(
    connection: "duckdb.DuckDBPyConnection",
    blue: Side,
    green: Side,
    lasting: Classified,
    alone: Inspection,
    question: Question,
    reader: RowReader,
) -> Look:
    shared = question.shared(blue, green)
    compared = _counted(connection, blue, green, alone, question)
    if not question.primary_key:
        return Look(inspection=compared)
    asked = lasting.of(Where.DIFF).keys.tolist()
    if _is_blind(blue, green, shared, question):
        return Look(
            inspection=compared, differences=ColumnDifferences(unexpected=len(asked), judged=len(asked))
        )
    matching = match_columns(
        connection,
        blue,
        green,
        question.settings,
        shared=shared,
        expected=question.expected,
        left_out=question.left_out,
        asked=asked,
        green_nulls=alone.nulls,
    )
    compared = replace(compared, columns=matching.columns)
    if len(asked) > DRAWN_KEYS and not alone.complete:
        return Look(inspection=compared)
    return Look(
        inspection=compared,
        differences=ColumnDifferences(
            compared=len(matching.unexpected) + len(matching.explained),
            by_column=matching.differing,
            unexpected=len(matching.unexpected),
            judged=len({*matching.unexpected, *matching.explained}.intersection(asked)),
        ),
        samples=tuple(_samples(blue, green, matching, lasting, question, reader)),
        equal=matching.equal,
    )


def _counted(
    connection: "duckdb.DuckDBPyConnection", blue: Side, green: Side, alone: Inspection, question: Question
) -> Inspection:
    """What is counted on each side and held against the other."""
    settings, keyed = question.settings, bool(question.primary_key)
    return replace(
        alone,
        aggregates=aggregate_columns(connection, blue, green, question.shared(blue, green), keyed=keyed),
        groups=compare_groups(connection, blue, green, settings.groups),
        accounted=account_for(connection, blue, green, settings.row_id),
    )


def _is_blind(blue: Side, green: Side, shared: Collection[str], question: Question) -> bool:
    """Whether records are one value that is no column of the DDL, and nothing else tells them apart: then
    those that differ by their bytes are not called equal.
    """
    telling = set(shared) - {*question.primary_key, *question.left_out}
    return not telling and SOLE not in shared and SOLE in blue.cells.keys() | green.cells.keys()


def _wanted(lasting: Classified | None) -> frozenset[int]:
    if lasting is None:
        return frozenset()
    wanted = set(lasting.of(Where.DIFF).keys[:DRAWN_KEYS].tolist())
    for side in (Where.BLUE_ONLY, Where.GREEN_ONLY):
        wanted.update(lasting.of(side).keys[:SHOWN_SINGLES].tolist())
    return frozenset(wanted)


def _flying(classified: Classified | None, lasting: Classified | None) -> frozenset[int]:
    if classified is None or lasting is None:
        return frozenset()
    # NumPy 2.0 overflows over hashes unless it is told to sort.
    gone = np.isin(classified.keys, lasting.keys, invert=True, kind="sort")
    flying: list[int] = classified.keys[gone].tolist()
    return frozenset(flying)


def _rows(
    drawn: Sequence[DrawnRecord], reader: RowReader, primary_key: Sequence[str]
) -> Iterator[Row | None]:
    """Each record as a row; columns of the key that its value does not have come from its key."""
    for one in drawn:
        if one.record.value is None:
            yield None
            continue
        row = reader.row(one.record.value)
        if one.record.key is not None and any(name not in row for name in primary_key):
            key = reader.row(one.record.key)
            row = {**{name: key[name] for name in primary_key if name in key}, **row}
        yield row


def _samples(
    blue: Side,
    green: Side,
    matching: Matching,
    lasting: Classified,
    question: Question,
    reader: RowReader,
) -> Iterator[DifferenceSample]:
    """Rows that differ, those that nothing explains first, and some that are on one side only."""
    shown = [*matching.unexpected[:SHOWN_DIFFERENCES], *matching.explained][:SHOWN_DIFFERENCES]
    for side in (Where.BLUE_ONLY, Where.GREEN_ONLY):
        shown += lasting.of(side).keys[:SHOWN_SINGLES].tolist()
    for hashed in shown:
        left, right = blue.rows.get(hashed), green.rows.get(hashed)
        if left is None and right is None:
            continue
        raw = (blue if left is not None else green).keys[hashed]
        key = {} if raw is None else reader.row(raw)
        hidden = question.left_out.keys()
        found = sample(key, _without(left, hidden), _without(right, hidden))
        if found.columns:
            yield found


def _without(row: Row | None, names: Collection[str]) -> Row | None:
    return None if row is None else {name: value for name, value in row.items() if name not in names}
