"""Comparing green with blue at the same progress: fold both, look again at what differs, read only what
stays.
"""

from dataclasses import dataclass, field

import numpy as np

from airflow_bluegreen.actions.cluster_comparison import ClusterComparison, Findings
from airflow_bluegreen.actions.comparison_engine import Sides, runs_on_cluster
from airflow_bluegreen.actions.planned import is_view, planned_table
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.residual import Residual, read_residual
from airflow_bluegreen.actions.topic_reading import (
    TopicFold,
    comparable_columns,
    comparable_digest,
    registered_columns,
)
from airflow_bluegreen.core.comparison.classify import Classified, classify_keys, classify_rows
from airflow_bluegreen.core.comparison.evidence import Evidence
from airflow_bluegreen.core.comparison.fold import bytes_digest
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.comparison.verdict import run_checks
from airflow_bluegreen.core.model import (
    CheckResult,
    Column,
    ExpectedDifference,
    KeyCounts,
    Plan,
    PlannedTable,
    Profile,
    TableComparison,
    Verdict,
    worst_of,
)
from airflow_bluegreen.exceptions import ConflictError, RefusedError
from airflow_bluegreen.ports import Narrator, Platform

IN_FLIGHT_S = 10.0
"""A difference that is younger than this may be blue's or green's record still under way."""
LOOK_AGAIN_S = 3.0
LOOK_AGAIN_FOR_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Two topics to compare, or one (``blue`` is None: a new table), and what may differ between them.

    An empty ``primary_key`` means a table without key: rows are compared as a multiset. ``kind`` is that of
    the table in the project.
    """

    table: str
    blue: str | None
    green: str
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    blue_columns: tuple[Column, ...] = ()
    expected: ExpectedDifference = field(default_factory=ExpectedDifference)
    row_tolerance: float = 0.0
    kind: str = ""


def compare(platform: Platform, plan: Plan, table: str, profile: Profile, say: Narrator) -> TableComparison:
    """Compare the green table with its blue one, or check a new table by itself; reads only.

    Raises UnknownTableError for a table that is not in the plan, RefusedError for one that the release
    removes, ConflictError when one of the topics does not exist.
    """
    planned = planned_table(plan, table)
    if planned.green is None:
        raise RefusedError(f"release {plan.release.ref} removes {table}, there is nothing to compare")
    if is_view(planned):
        say(f"{planned.green} is a view: it holds nothing of its own")
        return _of_view(planned, planned.green)
    subject = Subject(
        table=table,
        blue=planned.blue,
        green=planned.green,
        primary_key=planned.primary_key,
        columns=planned.columns,
        blue_columns=planned.blue_columns,
        expected=planned.expected,
        row_tolerance=profile.row_count_tolerance,
        kind=planned.kind,
    )
    return compare_topics(platform, subject, profile, say)


def compare_topics(platform: Platform, subject: Subject, profile: Profile, say: Narrator) -> TableComparison:
    """Compare two topics, or check one; reads only. Raises ConflictError when one of them does not exist."""
    for topic in filter(None, (subject.blue, subject.green)):
        if platform.topics.topic(topic) is None:
            raise ConflictError(f"topic {topic} does not exist", remedy="Deploy the table first")
    reader = RowReader(platform.schemas.by_id)
    sides = _sides(platform, subject)
    if runs_on_cluster(platform, sides, profile, say):
        comparison = _on_cluster(platform, subject, sides, profile, say)
    elif subject.blue is None:
        comparison = _of_new(platform, subject)
    else:
        comparison = _of_pair(platform, subject, subject.blue, reader, say)
    say(f"{subject.table}: {comparison.told}")
    for check in comparison.checks:
        say(f"  {check.check}: {check.verdict}, {check.detail}")
    return comparison


def _sides(platform: Platform, subject: Subject) -> Sides:
    shared = frozenset[str]()
    if subject.blue is not None:
        shared = comparable_columns(
            platform.schemas, subject.blue_columns, subject.columns, subject.blue, subject.green
        )
    return Sides(
        blue=subject.blue,
        green=subject.green,
        keyed=bool(subject.primary_key),
        columns=subject.columns,
        blue_columns=subject.blue_columns,
        shared=shared,
        must_match=_must_match(subject),
        kind=subject.kind,
    )


def _on_cluster(
    platform: Platform, subject: Subject, sides: Sides, profile: Profile, say: Narrator
) -> TableComparison:
    say(f"{subject.green}: compared on the cluster")
    cluster = ClusterComparison(platform, sides, profile, say, in_flight_s=IN_FLIGHT_S)
    found = cluster.settled(again_s=LOOK_AGAIN_S, for_s=LOOK_AGAIN_FOR_S)
    comparison = _of_findings(platform, subject, found)
    if comparison.verdict is not Verdict.FAIL or subject.blue is None:
        return comparison
    say(f"{subject.green}: not as expected, looking again in {IN_FLIGHT_S:g} s")
    platform.clock.sleep(IN_FLIGHT_S)
    found = cluster.settled(again_s=LOOK_AGAIN_S, for_s=LOOK_AGAIN_FOR_S)
    return _of_findings(platform, subject, found)


def _of_findings(platform: Platform, subject: Subject, found: Findings) -> TableComparison:
    new = subject.blue is None
    evidence = Evidence(
        blue=found.blue,
        green=found.green,
        primary_key=subject.primary_key,
        columns=subject.columns,
        blue_columns=subject.blue_columns,
        expected=subject.expected,
        keys=found.keys,
        differences=found.residual.differences,
        row_tolerance=subject.row_tolerance,
        compatible=None if subject.blue is None else _compatible(platform, subject.blue, subject.green),
        registered=registered_columns(platform.schemas, subject.green) if new else None,
    )
    return _judged(subject, evidence, found.residual)


def _of_new(platform: Platform, subject: Subject) -> TableComparison:
    green = TopicFold(platform.topics, subject.green, bytes_digest, keyed=bool(subject.primary_key))
    green.read_to(platform.topics.end_offsets(subject.green))
    evidence = Evidence(
        blue=None,
        green=green.facts(),
        primary_key=subject.primary_key,
        columns=subject.columns,
        blue_columns=(),
        expected=subject.expected,
        keys=KeyCounts(),
        registered=registered_columns(platform.schemas, subject.green),
    )
    return _judged(subject, evidence, Residual())


def _of_pair(
    platform: Platform, subject: Subject, blue_topic: str, reader: RowReader, say: Narrator
) -> TableComparison:
    digest = comparable_digest(
        platform.schemas, subject.blue_columns, subject.columns, blue_topic, subject.green, reader
    )
    keyed = bool(subject.primary_key)
    blue = TopicFold(platform.topics, blue_topic, digest, keyed=keyed)
    green = TopicFold(platform.topics, subject.green, digest, keyed=keyed)
    first = _settled(platform, blue, green, say)
    comparison = _of_look(platform, subject, (blue, green), reader, first, first.lasting)
    if comparison.verdict is not Verdict.FAIL:
        return comparison
    # One side may only be slow: what nothing explains counts when the very same records differ later, too.
    say(f"{subject.green}: not as expected, looking again in {IN_FLIGHT_S:g} s")
    platform.clock.sleep(IN_FLIGHT_S)
    second = _settled(platform, blue, green, say)
    lasting = second.lasting.standing_since(first.lasting)
    return _of_look(platform, subject, (blue, green), reader, second, lasting)


def _of_look(
    platform: Platform,
    subject: Subject,
    sides: tuple[TopicFold, TopicFold],
    reader: RowReader,
    look: "_Look",
    lasting: Classified,
) -> TableComparison:
    blue, green = sides
    residual = read_residual(blue, green, lasting, reader, _must_match(subject))
    evidence = Evidence(
        blue=blue.facts(),
        green=green.facts(),
        primary_key=subject.primary_key,
        columns=subject.columns,
        blue_columns=subject.blue_columns,
        expected=subject.expected,
        keys=look.classified.counts(lasting),
        differences=residual.differences,
        row_tolerance=subject.row_tolerance,
        compatible=_compatible(platform, blue.topic, subject.green),
    )
    return _judged(subject, evidence, residual)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Look:
    """``lasting`` are the differences that were there when the looking began and are old enough to count."""

    classified: Classified
    lasting: Classified
    conclusive: bool


def _settled(platform: Platform, blue: TopicFold, green: TopicFold, say: Narrator) -> _Look:
    """Fold both topics up to the same moment, again and again by their tails, until what differs lasts.

    Only differences between records that were there at the first look are followed, for they can only become
    fewer; what came later is in flight.
    """
    began_ms = int(platform.clock.now() * 1000)
    seen: list[Classified] = []

    def look() -> _Look:
        aged_ms = int((platform.clock.now() - IN_FLIGHT_S) * 1000)
        # Both ends before either is read: what comes later belongs to the next look.
        ends = platform.topics.end_offsets(blue.topic), platform.topics.end_offsets(green.topic)
        blue.read_to(ends[0])
        green.read_to(ends[1])
        classify = classify_keys if blue.keyed else classify_rows
        classified = classify(blue.folded(), green.folded())
        if classified.differing:
            say(f"{green.topic}: {classified.match:,} rows as in {blue.topic}, {classified.differing:,} not")
        followed = classified.settled(in_flight_since=began_ms + 1)
        lasting = followed.settled(in_flight_since=aged_ms)
        rests = lasting.differing == followed.differing and bool(seen) and _same(seen[-1], followed)
        seen[:] = [followed]
        return _Look(classified=classified, lasting=lasting, conclusive=not followed.differing or rests)

    return poll(
        look,
        until=lambda seen_now: seen_now.conclusive,
        clock=platform.clock,
        timeout_s=LOOK_AGAIN_FOR_S,
        every_s=LOOK_AGAIN_S,
    )


def _same(before: Classified, after: Classified) -> bool:
    return np.array_equal(before.keys, after.keys) and np.array_equal(before.stamps, after.stamps)


def _must_match(subject: Subject) -> tuple[str, ...] | None:
    """Columns on both sides that the change does not touch; None (all) where the columns are not known."""
    if not subject.columns or not subject.blue_columns:
        return None
    before = {column.name for column in subject.blue_columns}
    touched = set(subject.expected.changed)
    return tuple(column.name for column in subject.columns if column.name in before - touched)


def _compatible(platform: Platform, blue: str, green: str) -> bool | None:
    schema = platform.schemas.latest(f"{green}-value")
    if schema is None or platform.schemas.latest(f"{blue}-value") is None:
        return None
    return platform.schemas.is_compatible(f"{blue}-value", schema.schema, schema.type)


def _judged(subject: Subject, evidence: Evidence, residual: Residual) -> TableComparison:
    checks = run_checks(evidence)
    return TableComparison(
        table=subject.table,
        blue=subject.blue,
        green=subject.green,
        verdict=worst_of(check.verdict for check in checks),
        keys=evidence.keys,
        checks=checks,
        changed_columns=tuple(sorted(residual.differences.by_column)),
        samples=residual.samples,
    )


def _of_view(planned: PlannedTable, green: str) -> TableComparison:
    check = CheckResult(
        check="view",
        verdict=Verdict.PASS,
        blue=planned.blue or "",
        green=green,
        detail="a view holds no rows of its own",
        rule="of a view, the tables that it reads are compared",
    )
    return TableComparison(
        table=planned.table,
        blue=planned.blue,
        green=green,
        verdict=check.verdict,
        keys=KeyCounts(),
        checks=(check,),
    )
