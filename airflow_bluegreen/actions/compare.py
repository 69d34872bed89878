"""Comparing green with blue at the same progress: fold both, look again at what differs, decode what must be
looked at.
"""

import secrets
from dataclasses import replace
from typing import Any

from airflow_bluegreen.actions.cluster_comparison import ClusterComparison, Findings
from airflow_bluegreen.actions.comparison_engine import Sides, sides_on_cluster
from airflow_bluegreen.actions.expecting import find_suite, with_expectations
from airflow_bluegreen.actions.inspecting.looking import Look, look_closer, question_of
from airflow_bluegreen.actions.opened_sides import opened_sides
from airflow_bluegreen.actions.planned import is_view, planned_table
from airflow_bluegreen.actions.reading_watch import ReadingWatch
from airflow_bluegreen.actions.registered import breaches, is_compatible
from airflow_bluegreen.actions.residual import Residual, read_residual
from airflow_bluegreen.actions.settling import IN_FLIGHT_S, LOOK_AGAIN_FOR_S, LOOK_AGAIN_S, Settled, settled
from airflow_bluegreen.actions.subject import Subject, subject_of
from airflow_bluegreen.actions.topic_reading import TopicFold, registered_columns
from airflow_bluegreen.core.comparison.classify import Classified
from airflow_bluegreen.core.comparison.evidence import Evidence, Facts
from airflow_bluegreen.core.comparison.masking import Masking
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.comparison.verdict import run_checks
from airflow_bluegreen.core.model import (
    CheckResult,
    ConvergencePoint,
    DifferenceSample,
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

__all__ = ["Subject", "compare", "compare_topics"]


def compare(
    platform: Platform,
    plan: Plan,
    table: str,
    profile: Profile,
    say: Narrator,
    watch: ReadingWatch | None = None,
) -> TableComparison:
    """Compare the green table with its blue one, or check a new table by itself; reads only.

    :param watch: is told of the reading, and may stop it; without one the ``say`` is told.

    Raises UnknownTableError for a table that is not in the plan, RefusedError for one that the release
    removes, ConflictError when one of the topics does not exist.
    """
    planned = planned_table(plan, table)
    if planned.green is None:
        raise RefusedError(f"release {plan.release.ref} removes {table}, there is nothing to compare")
    if is_view(planned):
        say(f"{planned.green} is a view: it holds nothing of its own")
        return _of_view(planned, planned.green)
    subject = subject_of(planned, planned.green, profile)
    suite = find_suite(platform, plan, planned, planned.green)
    comparison = compare_topics(platform, subject, profile, say, watch)
    return with_expectations(platform, planned, profile, suite, comparison, say)


def compare_topics(
    platform: Platform,
    subject: Subject,
    profile: Profile,
    say: Narrator,
    watch: ReadingWatch | None = None,
) -> TableComparison:
    """Compare two topics, or check one; reads only. Raises ConflictError when one of them does not exist,
    StoppedError when the ``watch`` was asked to stop.
    """
    for topic in filter(None, (subject.blue, subject.green)):
        if platform.topics.topic(topic) is None:
            raise ConflictError(f"topic {topic} does not exist", remedy="Deploy the table first")
    reader = RowReader(platform.schemas.written)
    sides = sides_on_cluster(platform, subject, profile, say)
    if sides is not None:
        comparison = _on_cluster(platform, subject, sides, profile, say)
    else:
        watch = watch or ReadingWatch(clock=platform.clock, say=say, settings=profile.comparing)
        with opened_sides(platform, subject, reader, watch) as (blue, green):
            if blue is None:
                comparison = _of_new(platform, subject, reader, green)
            else:
                comparison = _of_pair(platform, subject, (blue, green), reader, say)
    say(f"{subject.table}: {comparison.told}")
    for check in comparison.checks:
        say(f"  {check.check}: {check.verdict}, {check.detail}")
    return comparison


def _on_cluster(
    platform: Platform, subject: Subject, sides: Sides, profile: Profile, say: Narrator
) -> TableComparison:
    say(f"{subject.green}: compared on the cluster")
    cluster = ClusterComparison(platform, subject, sides, profile, say, in_flight_s=IN_FLIGHT_S)
    found = cluster.settled(again_s=LOOK_AGAIN_S, for_s=LOOK_AGAIN_FOR_S)
    comparison = _of_findings(platform, subject, found)
    if comparison.verdict is not Verdict.FAIL or subject.blue is None:
        return comparison
    say(f"{subject.green}: not as expected, looking again in {IN_FLIGHT_S:g} s")
    platform.clock.sleep(IN_FLIGHT_S)
    found = cluster.settled(again_s=LOOK_AGAIN_S, for_s=LOOK_AGAIN_FOR_S)
    return _of_findings(platform, subject, found)


def _of_findings(platform: Platform, subject: Subject, found: Findings) -> TableComparison:
    evidence = _evidence_of(
        subject,
        blue=found.blue,
        green=found.green,
        keys=found.keys,
        differences=found.residual.differences,
    )
    if subject.blue is None:
        evidence = replace(evidence, registered=registered_columns(platform.schemas, subject.green))
    else:
        evidence = replace(evidence, **_of_schemas(platform, subject.blue, subject.green))
    samples = found.residual.samples if found.look.samples is None else found.look.samples
    return _judged(subject, _with_look(evidence, found.look), samples, found.points)


def _of_new(platform: Platform, subject: Subject, reader: RowReader, green: TopicFold) -> TableComparison:
    green.read_to(platform.topics.end_offsets(subject.green))
    evidence = _evidence_of(
        subject,
        blue=None,
        green=green.facts(),
        registered=registered_columns(platform.schemas, subject.green),
    )
    look = look_closer(None, green, None, None, reader, question_of(subject))
    return _judged(subject, replace(evidence, inspection=look.inspection))


def _of_pair(
    platform: Platform,
    subject: Subject,
    sides: tuple[TopicFold, TopicFold],
    reader: RowReader,
    say: Narrator,
) -> TableComparison:
    blue, green = sides
    first = look = settled(platform, blue, green, say)
    lasting, points = first.lasting, first.points
    residual = read_residual(blue, green, lasting, reader, subject.must_match)
    evidence = _evidence(platform, subject, (blue, green), look, lasting, residual)
    if worst_of(check.verdict for check in run_checks(evidence)) is Verdict.FAIL:
        # One side may only be slow: what nothing explains counts when the same records differ later, too.
        say(f"{subject.green}: not as expected, looking again in {IN_FLIGHT_S:g} s")
        platform.clock.sleep(IN_FLIGHT_S)
        look = settled(platform, blue, green, say)
        lasting, points = look.lasting.standing_since(first.lasting), (*points, *look.points)
        residual = read_residual(blue, green, lasting, reader, subject.must_match)
        evidence = _evidence(platform, subject, (blue, green), look, lasting, residual)
    closer = look_closer(blue, green, look.classified, lasting, reader, question_of(subject))
    samples = residual.samples if closer.samples is None else closer.samples
    return _judged(subject, _with_look(evidence, closer), samples, points)


def _evidence_of(subject: Subject, *, blue: Facts | None, green: Facts, **found: Any) -> Evidence:
    """What is asked of the subject, with what was found so far."""
    time = question_of(subject).time
    given = Evidence(
        blue=blue,
        green=green,
        primary_key=subject.primary_key,
        columns=subject.columns,
        blue_columns=subject.blue_columns if blue else (),
        expected=subject.expected,
        keys=KeyCounts(),
        row_tolerance=subject.row_tolerance,
        settings=subject.settings,
        unique=subject.unique,
        left_out=subject.left_out,
        event_time=time.column if time else "",
        definition=subject.definition,
        blue_definition=subject.blue_definition,
    )
    return replace(given, **found)


def _evidence(
    platform: Platform,
    subject: Subject,
    sides: tuple[TopicFold, TopicFold],
    look: Settled,
    lasting: Classified,
    residual: Residual,
) -> Evidence:
    blue, green = sides
    return _evidence_of(
        subject,
        blue=blue.facts(),
        green=green.facts(),
        keys=look.classified.counts(lasting),
        differences=residual.differences,
        **_of_schemas(platform, blue.topic, subject.green),
    )


def _of_schemas(platform: Platform, blue: str, green: str) -> dict[str, Any]:
    return {
        "compatible": is_compatible(platform.schemas, blue, green),
        "breaches": breaches(platform.schemas, blue, green),
    }


def _with_look(evidence: Evidence, look: Look) -> Evidence:
    """The evidence with what the decoded rows say; rows within the tolerance are equal."""
    keys, equal = evidence.keys, min(look.equal, evidence.keys.diff)
    if equal:
        keys = replace(keys, match=keys.match + equal, diff=keys.diff - equal)
    return replace(
        evidence,
        inspection=look.inspection,
        keys=keys,
        differences=evidence.differences if look.differences is None else look.differences,
    )


def _judged(
    subject: Subject,
    evidence: Evidence,
    samples: tuple[DifferenceSample, ...] = (),
    points: tuple[ConvergencePoint, ...] = (),
) -> TableComparison:
    masking = Masking(subject.settings, secrets.token_bytes(16))
    if evidence.inspection is not None:
        evidence = replace(evidence, inspection=masking.inspection(evidence.inspection))
    checks, found = run_checks(evidence), evidence.inspection
    return TableComparison(
        table=subject.table,
        blue=subject.blue,
        green=subject.green,
        verdict=worst_of(check.verdict for check in checks),
        keys=evidence.keys,
        checks=checks,
        changed_columns=tuple(sorted(evidence.differences.by_column)),
        samples=masking.samples(samples),
        columns=found.columns if found else (),
        aggregates=found.aggregates if found else (),
        event_times=found.event_times if found else None,
        convergence=points,
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
