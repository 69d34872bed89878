"""Bringing back what stopped or was changed by hand: the part of drift that a machine can mend."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airflow_bluegreen.actions.catalog import session_tables
from airflow_bluegreen.actions.connectors import HELD, STOPPED, sink_group, starting_offsets, wanted_config
from airflow_bluegreen.actions.drift import newest_plan_of, read_drift
from airflow_bluegreen.actions.jobs import Launch
from airflow_bluegreen.actions.planned import job_name
from airflow_bluegreen.actions.running import start
from airflow_bluegreen.core.connectors import topics_read
from airflow_bluegreen.core.drift import Drift, DriftKind
from airflow_bluegreen.core.model import (
    ConnectorState,
    JobIdentity,
    Offsets,
    Phase,
    Plan,
    PlannedStatement,
    PlannedTable,
    Profile,
    ReleaseRecord,
)
from airflow_bluegreen.ports import Narrator, Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class StartJob:
    """Start a job that is missing, from its last state where one is known."""

    launch: Launch

    def __str__(self) -> str:
        origin = self.launch.restore_path
        return (
            f"start {self.launch.job_name} from {origin or 'its inputs: no savepoint or checkpoint is known'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PutConnector:
    """Give a connector the configuration of the live release; its offsets stay."""

    name: str
    config: Mapping[str, str]

    def __str__(self) -> str:
        return f"configure connector {self.name} as the release says"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConnector:
    """Bring a connector back that is gone, to go on where it was."""

    name: str
    config: Mapping[str, str]
    offsets: Offsets
    source: str

    def __str__(self) -> str:
        return f"create connector {self.name} as the release says, {self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeConnector:
    """Let a connector run that was stopped or paused."""

    name: str

    def __str__(self) -> str:
        return f"resume connector {self.name}"


Repair = StartJob | PutConnector | CreateConnector | ResumeConnector


def plan_repairs(platform: Platform, profile: Profile, say: Narrator) -> tuple[Repair, ...]:
    """What can be mended of what differs, parents first; the rest is told with what a person can do. Reads
    only.
    """
    reality = read_drift(platform, profile)
    if reality.live is None or reality.plan is None:
        say("nothing is live by the ledger: nothing to repair")
        return ()
    repairs, left = [], list(reality.drift)
    for repair, drift in _repairs(platform, profile, reality.plan, reality.live, reality.drift):
        repairs.append(repair)
        left.remove(drift)
    for drift in left:
        say(f"not to be mended by itself: {drift.what}. {drift.remedy}")
    if reality.unknown:
        say(reality.unknown)
    elif not reality.drift:
        say("everything is as the ledger says")
    return tuple(repairs)


def perform_repairs(platform: Platform, repairs: Sequence[Repair], say: Narrator) -> None:
    """Do them, in order. Each looks first, so that they may be done again.

    Raises StatementError when a job or connector does not come to run.
    """
    for repair in repairs:
        match repair:
            case StartJob(launch=launch):
                start(platform, launch, say)
            case PutConnector(name=name, config=config):
                platform.connectors.put_config(name, config)
                platform.connectors.resume_connector(name)
                say(f"connector {name} is configured as the release says")
            case CreateConnector(name=name, config=config, offsets=offsets):
                _create(platform, name, config, offsets)
                say(f"connector {name} is back")
            case ResumeConnector(name=name):
                platform.connectors.resume_connector(name)
                say(f"connector {name} is resumed")


def _create(platform: Platform, name: str, config: Mapping[str, str], offsets: Offsets) -> None:
    """One that is there has begun, and is not set back: it may have delivered since."""
    state = platform.connectors.connector(name)
    if state is None or (state.state == STOPPED and not state.offsets):
        platform.connectors.put_config(name, config, stopped=True)
        platform.connectors.set_offsets(name, offsets)
    platform.connectors.resume_connector(name)


def _repairs(
    platform: Platform, profile: Profile, plan: Plan, live: ReleaseRecord, drift: Sequence[Drift]
) -> Iterator[tuple[Repair, Drift]]:
    records = platform.releases.records()
    missing = {one.subject: one for one in drift if one.kind is DriftKind.JOB_MISSING}
    gone = {one.subject for one in drift if one.kind is DriftKind.TOPIC_MISSING}
    for planned in plan.tables:
        # Over a topic that is gone a job would start with state that its readers do not have.
        for statement in planned.dml if planned.green and planned.green not in gone else ():
            name = job_name(statement.name, planned.table, planned.green or "")
            if name in missing:
                launch = _launch(platform, profile, live, records, planned, statement)
                yield StartJob(launch=launch), missing[name]
    yield from _connector_repairs(platform, profile, plan, drift)


def _launch(
    platform: Platform,
    profile: Profile,
    live: ReleaseRecord,
    records: Sequence[ReleaseRecord],
    planned: PlannedTable,
    statement: PlannedStatement,
) -> Launch:
    """As the release that brought it up started it; git at the live release where none of the ledger did."""
    physical = planned.green or ""
    origin = newest_plan_of(physical, records)
    release = origin[0].release if origin else live.release
    deployed = next((one for one in origin[1].dml if one.name == statement.name), None) if origin else None
    statement = deployed or statement
    identity = JobIdentity(
        environment=live.environment,
        release=release,
        statement=statement.name,
        table=physical,
        fingerprint=statement.fingerprint,
    )
    return Launch(
        identity=identity,
        job_name=job_name(statement.name, planned.table, physical),
        catalog=session_tables(statement, profile, platform.endpoints),
        sql=statement.sql,
        where=statement.where,
        restore_path=platform.jobs.restore_path(identity),
    )


def _connector_repairs(
    platform: Platform, profile: Profile, plan: Plan, drift: Sequence[Drift]
) -> Iterator[tuple[Repair, Drift]]:
    planned = {one.name: one for one in plan.connectors}
    for one in drift:
        if one.kind is DriftKind.CONNECTOR_MISSING:
            config = wanted_config(planned[one.subject], profile, platform.endpoints)
            yield _creation(platform, one.subject, config), one
        elif one.kind is DriftKind.CONNECTOR_DIFFERS:
            config = wanted_config(planned[one.subject], profile, platform.endpoints)
            yield PutConnector(name=one.subject, config=config), one
        elif one.kind is DriftKind.CONNECTOR_TROUBLED:
            state = platform.connectors.connector(one.subject)
            if state is not None and state.state in HELD:
                yield ResumeConnector(name=one.subject), one


def _creation(platform: Platform, name: str, config: Mapping[str, str]) -> CreateConnector:
    """Kafka keeps what a deleted connector had committed, for some days. After that the ledger knows where it
    was told to begin: from there rows come twice, and none is lost.
    """
    committed = platform.topics.group_offsets(sink_group(name, config))
    stored = _stored_offsets(platform.releases.records(), name)
    topics, offsets, sources = topics_read(config), dict(stored), "where the ledger last put it"
    offsets.update(committed)
    offsets = {at: offset for at, offset in offsets.items() if at[0] in topics}
    if committed:
        sources = "where it had stopped"
    elif not offsets:
        sources = "from the beginning of its topics: nobody knows where it was"
    known = ConnectorState(name=name, config=config, offsets=offsets)
    return CreateConnector(
        name=name,
        config=config,
        offsets=starting_offsets(platform.topics, config, known),
        source=sources,
    )


def _stored_offsets(records: Sequence[ReleaseRecord], name: str) -> Offsets:
    """Where the newest releases that moved or stored a connector have it, newest counts."""
    found: dict[tuple[str, int], int] = {}
    for record in records:
        if record.phase is Phase.ROLLED_BACK:
            continue
        for before in record.connectors_before:
            if before.name == name:
                found.update(before.offsets)
        for moved in record.connector_moves:
            if moved.name == name:
                found.update(moved.offsets or {})
    return found
