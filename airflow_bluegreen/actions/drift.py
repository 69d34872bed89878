"""The ledger and git held against what really runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from airflow_bluegreen.actions.catalog import definition_of, input_topics
from airflow_bluegreen.actions.connectors import wanted_config
from airflow_bluegreen.actions.planned import is_view, job_name
from airflow_bluegreen.actions.read_release import deployed_plan
from airflow_bluegreen.actions.stable_names import names_pointed, names_shown
from airflow_bluegreen.actions.surroundings import look_for, tables_of
from airflow_bluegreen.core.drift import (
    Drift,
    Expected,
    WantedConnector,
    WantedJob,
    WantedTopic,
    compare,
)
from airflow_bluegreen.core.lifecycle import in_progress, live_release
from airflow_bluegreen.core.model import (
    Phase,
    Plan,
    PlannedTable,
    Profile,
    ReleaseRecord,
)
from airflow_bluegreen.core.sql import topic_settings
from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.ports import Platform

_BLUE_IS_UNTOUCHED = frozenset({Phase.PLANNED, Phase.DEPLOYING, Phase.COMPARED})
_BLUE_STOPS = frozenset({Phase.RETIRING, Phase.ROLLING_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reality:
    """What is live by the ledger, as git has it (None before the first release), and what differs from it.

    ``unknown`` is a line about what could not be compared, empty where all was.
    """

    live: ReleaseRecord | None
    plan: Plan | None
    drift: tuple[Drift, ...] = ()
    unknown: str = ""


def read_drift(platform: Platform, profile: Profile) -> Reality:
    """Compare what is live with what runs; reads only. What a release in progress is changing is left out.

    A lake that cannot be reached leaves its names unknown; jobs, topics and connectors are compared without.
    """
    records = platform.releases.records()
    live = live_release(records)
    if live is None:
        return Reality(live=None, plan=None)
    plan = deployed_plan(
        platform.repository, live.rewrite_sha or live.commit, live.environment, platform.front_end
    )
    pointed = names_pointed(platform, plan, records, profile)
    meant = replace(
        expected_now(platform, live, plan, records, profile), names={one.table: one.green for one in pointed}
    )
    expected = _without(meant, in_progress(records))
    found = look_for(platform, expected, live.environment, tables_of(plan))
    named = (one for one in pointed if one.table in expected.names)
    unknown = ""
    try:
        found = replace(found, names=names_shown(platform, named, profile, lambda _: None))
    except TransientError as error:
        expected = replace(expected, names={})
        unknown = f"names in the lake are not known: {error}"
    return Reality(live=live, plan=plan, drift=compare(expected, found), unknown=unknown)


def expected_now(
    platform: Platform, live: ReleaseRecord, plan: Plan, records: Iterable[ReleaseRecord], profile: Profile
) -> Expected:
    """What has to be there while a release is live and no other is in progress.

    :param plan: every table of the live release, as deployed.
    """
    pinned = {one.physical for one in live.plan.pinned}
    # The text of a pinned table names what is live; its job goes on reading what it read.
    jobs = (replace(job, fingerprint=None) if job.table in pinned else job for job in wanted_jobs(plan))
    names = frozenset(plan.physical.values())
    known = (subject for record in records for subject in record.subjects)
    return Expected(
        jobs=(*jobs, *(WantedJob(table=name, role="kept") for name in live.plan.kept)),
        topics=_wanted_topics(plan) if profile.dialect == "open-source" else (),
        subjects=tuple(dict.fromkeys(subject for subject in known if subject.rpartition("-")[0] in names)),
        connectors=tuple(
            replace(wanted, config=wanted_config(planned, profile, platform.endpoints))
            for planned, wanted in zip(plan.connectors, wanted_connectors(plan), strict=True)
        ),
    )


def wanted_jobs(plan: Plan) -> tuple[WantedJob, ...]:
    """The jobs that fill the green tables of a plan."""
    return tuple(
        WantedJob(
            table=planned.green,
            name=job_name(statement.name, planned.table, planned.green),
            statement=statement.name,
            fingerprint=statement.fingerprint,
        )
        for planned in plan.tables
        if planned.green
        for statement in planned.dml
    )


def wanted_connectors(plan: Plan) -> tuple[WantedConnector, ...]:
    """The connectors of a plan over nothing, by what they read."""
    return tuple(
        WantedConnector(name=one.name, topics=frozenset(one.green_topics)) for one in plan.connectors
    )


def _wanted_topics(plan: Plan) -> tuple[WantedTopic, ...]:
    own = {one.name: one for one in (_wanted_topic(planned) for planned in plan.tables) if one}
    read = (topic for planned in plan.tables for topic in input_topics(plan, planned))
    return (*own.values(), *(WantedTopic(name=name) for name in dict.fromkeys(read) if name not in own))


def _wanted_topic(planned: PlannedTable) -> WantedTopic | None:
    if planned.green is None or planned.ddl is None or is_view(planned):
        return None
    definition = definition_of(planned)
    settings = topic_settings(definition)
    # Without buckets in the DDL a table got as many partitions as the version before it had.
    partitions = settings.partitions if definition.buckets is not None else None
    return WantedTopic(name=planned.green, partitions=partitions, config=settings.config)


def _without(expected: Expected, running: ReleaseRecord | None) -> Expected:
    """What is expected but for what the release in progress is changing just now."""
    if running is None:
        return expected
    plan = running.plan
    green = {planned.green for planned in plan.tables if planned.green}
    blue = {planned.blue for planned in plan.tables if planned.blue} | set(plan.freed)
    free = green | (blue if running.phase in _BLUE_STOPS else set())
    moving = running.phase not in _BLUE_IS_UNTOUCHED
    moved = {one.name for one in plan.connectors} if moving else set()
    renamed = {planned.table for planned in plan.tables} if moving else set()
    return replace(
        expected,
        free=frozenset(free),
        jobs=tuple(job for job in expected.jobs if job.table not in free),
        connectors=tuple(one for one in expected.connectors if one.name not in moved),
        names={table: name for table, name in expected.names.items() if table not in renamed},
    )


def newest_plan_of(
    physical: str, records: Sequence[ReleaseRecord]
) -> tuple[ReleaseRecord, PlannedTable] | None:
    """The release that brought a physical table up, and how; None where none of the ledger did."""
    for record in reversed(records):
        if record.phase is Phase.ROLLED_BACK:
            continue
        for planned in record.plan.tables:
            if planned.green == physical:
                return record, planned
    return None
