"""The last look, of a release and of a rollback: everything that was promised is there."""

from dataclasses import replace

from airflow_bluegreen.actions.connectors import HELD, RUNNING, wanted_config
from airflow_bluegreen.actions.jobs import filled_table
from airflow_bluegreen.actions.ledger import advance_to, current
from airflow_bluegreen.actions.planned import identity, is_view, job_name, subjects
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.stable_names import names_before, names_meant, names_seen
from airflow_bluegreen.actions.surroundings import look_for, tables_of
from airflow_bluegreen.core.drift import Expected, WantedConnector, WantedJob, WantedTopic, compare
from airflow_bluegreen.core.model import (
    ConnectorAction,
    ConnectorState,
    Job,
    JobState,
    Phase,
    Plan,
    Profile,
    ReleaseRecord,
    Surroundings,
)
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import Narrator, Platform, SchemaReader


def confirm(platform: Platform, plan: Plan, profile: Profile, say: Narrator) -> None:
    """Check every planned table, every untouched job, every connector and every stable name; then the release
    is LIVE.

    Raises RefusedError listing what is not as planned; the phase stays then.
    """
    release = plan.release.ref
    record = current(platform, release)
    _refuse_other(
        platform,
        record,
        profile,
        after_release(platform, record, profile),
        say,
        what=f"release {release} is not as planned",
        remedy="Mend it and confirm again, or roll the release back",
    )
    advance_to(platform, release, Phase.LIVE, subjects=_registered(platform.schemas, plan))
    became = "is" if record.phase is Phase.LIVE else "is now"
    kept = f"{len(plan.untouched)} untouched tables as before"
    say(f"release {release} {became} live: {len(plan.tables)} tables, {kept}")


def confirm_rolled_back(platform: Platform, record: ReleaseRecord, profile: Profile, say: Narrator) -> None:
    """Check that exactly what ran before a release runs again.

    Raises RefusedError listing what differs; the phase stays then.
    """
    _refuse_other(
        platform,
        record,
        profile,
        before_release(record, profile),
        say,
        what=f"after the rollback of {record.release} not all is as before",
        remedy="Mend it and roll back again",
    )


def after_release(platform: Platform, record: ReleaseRecord, profile: Profile) -> Expected:
    """What is there when a release has done all that its plan says.

    Jobs that filled other tables before are none of its business.
    """
    plan, before = record.plan, record.before or Surroundings()
    blue = {planned.blue for planned in plan.tables if planned.blue}
    others = {filled_table(job, record.environment) for job in before.jobs} - blue - set(plan.freed)
    green = tuple(
        WantedJob(
            table=planned.green or "",
            name=job_name(statement.name, planned.table, planned.green or ""),
            role="planned",
            statement=statement.name,
            fingerprint=identity(plan, planned, statement).fingerprint,
        )
        for planned in plan.tables
        for statement in (planned.dml if planned.green else ())
    )
    stays = [one for one in plan.connectors if one.action is not ConnectorAction.REMOVE]
    return Expected(
        jobs=(*green, *_kept(plan), *_untouched(platform, plan)),
        topics=tuple(
            WantedTopic(name=planned.green)
            for planned in plan.tables
            if planned.green and planned.ddl and not is_view(planned)
        ),
        connectors=tuple(
            WantedConnector(
                name=one.name,
                topics=frozenset(one.green_topics),
                config=wanted_config(one, profile, platform.endpoints),
            )
            for one in stays
        ),
        names=names_meant(plan, profile),
        free=frozenset(table for table in others if table),
        gone_connectors=tuple(one.name for one in plan.connectors if one.action is ConnectorAction.REMOVE),
    )


def before_release(record: ReleaseRecord, profile: Profile) -> Expected:
    """What was there when a release began; of an older record, what its plan says of blue."""
    plan, before = record.plan, record.before
    green = tuple(planned.green for planned in plan.tables if planned.green)
    gone_subjects = tuple(subject for topic in green for subject in subjects(topic))
    if before is None:
        jobs = tuple(
            WantedJob(table=planned.blue, role="blue")
            for planned in plan.tables
            if planned.blue and planned.dml
        )
        connectors = record.connectors_before
        topics = tuple(WantedTopic(name=planned.blue) for planned in plan.tables if planned.blue)
    else:
        jobs = tuple(_as_it_ran(record, job) for job in before.jobs)
        stored = {one.name: one for one in record.connectors_before}
        connectors = tuple(stored.get(one.name, one) for one in before.connectors)
        topics = tuple(WantedTopic(name=name) for name in before.topics)
    return Expected(
        jobs=jobs,
        topics=topics,
        subjects=before.subjects if before else (),
        connectors=tuple(_as_it_was(one) for one in connectors if one.config is not None),
        free=frozenset() if before else frozenset(plan.physical.values()) - set(green),
        gone_topics=green,
        gone_subjects=gone_subjects,
        gone_connectors=tuple(one.name for one in connectors if one.config is None),
        names=names_before(record, profile),
    )


def _refuse_other(
    platform: Platform,
    record: ReleaseRecord,
    profile: Profile,
    expected: Expected,
    say: Narrator,
    *,
    what: str,
    remedy: str,
) -> None:
    """Raises RefusedError when what is there is not what is expected."""
    found = look_for(platform, expected, record.environment, tables_of(record.plan))
    names = names_seen(platform, record, profile, expected.names, say)
    drift = compare(expected, replace(found, names=names))
    for one in drift:
        say(f"not as expected: {one.what}")
    if drift:
        raise RefusedError(f"{what} ({len(drift)}): {'; '.join(one.what for one in drift)}", remedy=remedy)


def _kept(plan: Plan) -> tuple[WantedJob, ...]:
    filled = {planned.blue for planned in plan.tables if planned.dml or planned.shared}
    known = {planned.blue for planned in plan.tables}
    return tuple(
        WantedJob(table=name, role="kept") for name in plan.kept if name in filled or name not in known
    )


def _untouched(platform: Platform, plan: Plan) -> tuple[WantedJob, ...]:
    project = load_project(platform.repository, plan.release.sha, platform.front_end)
    return tuple(
        WantedJob(table=plan.physical.get(name, name), role="untouched")
        for name in plan.untouched
        if (table := project.tables.get(name)) is not None and table.dml
    )


def _as_it_ran(record: ReleaseRecord, job: Job) -> WantedJob:
    return WantedJob(
        table=filled_table(job, record.environment) or "",
        name=job.name,
        role="blue",
        statement=job.identity.statement if job.identity else None,
        fingerprint=job.identity.fingerprint if job.identity else None,
        running=job.state is JobState.RUNNING,
    )


def _as_it_was(before: ConnectorState) -> WantedConnector:
    state = before.state if before.state in HELD else RUNNING
    return WantedConnector(name=before.name, config=before.config, offsets=before.offsets, state=state)


def _registered(schemas: SchemaReader, plan: Plan) -> tuple[str, ...]:
    """The subjects that the release's tables have by now."""
    asked = (subject for planned in plan.tables if planned.green for subject in subjects(planned.green))
    return tuple(subject for subject in asked if schemas.latest(subject) is not None)
