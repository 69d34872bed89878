"""What is meant to be there against what is: the one comparison of a release, a rollback and the status."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from airflow_bluegreen.core.connectors import same_config, topics_read
from airflow_bluegreen.core.model import ConnectorState, Job, JobState, Offsets, Topic

RUNNING = "RUNNING"


class DriftKind(StrEnum):
    """What is the matter with a job, topic, subject or connector."""

    JOB_MISSING = "job-missing"
    JOB_TROUBLED = "job-troubled"
    JOB_DIFFERS = "job-differs"
    JOB_TWICE = "job-twice"
    JOB_UNKNOWN = "job-unknown"
    TOPIC_MISSING = "topic-missing"
    TOPIC_DIFFERS = "topic-differs"
    TOPIC_LEFT = "topic-left"
    SUBJECT_MISSING = "subject-missing"
    SUBJECT_LEFT = "subject-left"
    CONNECTOR_MISSING = "connector-missing"
    CONNECTOR_TROUBLED = "connector-troubled"
    CONNECTOR_DIFFERS = "connector-differs"
    CONNECTOR_LEFT = "connector-left"
    NAME_DIFFERS = "name-differs"


_REPAIR = "`bluegreen repair` starts it again from its last savepoint or checkpoint, else from its inputs"
_CONFIG = "`bluegreen repair` puts it back as the release left it"
_REMEDIES: Mapping[DriftKind, str] = {
    DriftKind.JOB_MISSING: _REPAIR,
    DriftKind.JOB_TROUBLED: "See the job's exceptions in Flink",
    DriftKind.JOB_DIFFERS: "Release what it runs, or cancel it and run `bluegreen repair`",
    DriftKind.JOB_TWICE: "Cancel the younger one",
    DriftKind.JOB_UNKNOWN: "Cancel it, or release the table that it fills",
    DriftKind.TOPIC_MISSING: "Its records are gone: release the table again (--table)",
    DriftKind.TOPIC_DIFFERS: "Change the topic back, or its DDL in git",
    DriftKind.TOPIC_LEFT: "Delete it if nothing uses it",
    DriftKind.SUBJECT_MISSING: "Register it again, or restart the job that writes it",
    DriftKind.SUBJECT_LEFT: "Delete it if nothing uses it",
    DriftKind.CONNECTOR_MISSING: _CONFIG,
    DriftKind.CONNECTOR_TROUBLED: "See its tasks' traces; `bluegreen repair` resumes one that was stopped",
    DriftKind.CONNECTOR_DIFFERS: _CONFIG,
    DriftKind.CONNECTOR_LEFT: "Delete it if nothing uses it",
    DriftKind.NAME_DIFFERS: (
        "Run `bluegreen cut-over` of the release again, which only watches and lets the names follow; point"
        " the name of an older release's table by hand"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that is not as it is meant to be; ``what`` and ``remedy`` are one line each."""

    kind: DriftKind
    subject: str
    what: str

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return _REMEDIES[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedJob:
    """A job that is to fill the physical ``table``.

    :param name: what it is called; empty: any job that fills the table will do.
    :param role: a word for messages, such as ``untouched``.
    :param statement: its logical statement, where the job is to say so itself.
    :param fingerprint: that of its SQL, where it is known.
    :param running: whether it has to be RUNNING.
    """

    table: str
    name: str = ""
    role: str = ""
    statement: str | None = None
    fingerprint: str | None = None
    running: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTopic:
    """A topic; ``partitions`` None and settings that are not named may be anything."""

    name: str
    partitions: int | None = None
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedConnector:
    """A connector; what is None may be anything. ``offsets`` are the least that it has to have read."""

    name: str
    topics: frozenset[str] | None = None
    config: Mapping[str, str] | None = None
    offsets: Offsets = field(default_factory=dict)
    state: str = RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is meant to be there, and by name what is meant to be gone.

    ``names`` maps each stable name of the lake, by logical table, to the physical table that it stands for.
    ``free`` are physical tables that any job may fill: those of a release in progress.
    """

    jobs: tuple[WantedJob, ...] = ()
    topics: tuple[WantedTopic, ...] = ()
    subjects: tuple[str, ...] = ()
    connectors: tuple[WantedConnector, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    free: frozenset[str] = frozenset()
    gone_topics: tuple[str, ...] = ()
    gone_subjects: tuple[str, ...] = ()
    gone_connectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is there: jobs with the physical table that each fills, the rest by name (None: absent)."""

    jobs: tuple[tuple[str, Job], ...] = ()
    topics: Mapping[str, Topic] = field(default_factory=dict)
    subjects: frozenset[str] = frozenset()
    connectors: Mapping[str, ConnectorState | None] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def compare(expected: Expected, found: Found) -> tuple[Drift, ...]:
    """Everything that is not as expected: jobs first, then topics, subjects, connectors and names."""
    return (
        *_jobs(expected, found),
        *_topics(expected, found),
        *_subjects(expected, found),
        *_connectors(expected, found),
        *_names(expected, found),
    )


def _jobs(expected: Expected, found: Found) -> Iterator[Drift]:
    known: set[str] = set()
    by_table: dict[str, list[WantedJob]] = {}
    for wanted in expected.jobs:
        by_table.setdefault(wanted.table, []).append(wanted)
    for table, all_wanted in by_table.items():
        there = [job for filled, job in found.jobs if filled == table]
        for wanted in all_wanted:
            matching = _matching(wanted, there, alone=len(all_wanted) == 1)
            known |= {job.job_id for job in matching}
            yield from _job(wanted, matching)
    for table, job in found.jobs:
        if job.job_id not in known and table not in expected.free:
            what = f"job {job.name} ({job.job_id}) fills {table}, which is not meant to be filled by it"
            yield _drift(DriftKind.JOB_UNKNOWN, job.name, what)


def _matching(wanted: WantedJob, there: Iterable[Job], *, alone: bool) -> list[Job]:
    """The jobs that are the wanted one: by their own word, else by name, else the only one there can be."""
    jobs = list(there)
    if not wanted.name:
        return jobs
    said = [job for job in jobs if job.identity and job.identity.statement == wanted.statement]
    if said or (wanted.statement and wanted.role == "planned"):
        return said
    silent = [job for job in jobs if job.identity is None or wanted.statement is None]
    return [job for job in silent if job.name == wanted.name] or (silent if alone else [])


def _job(wanted: WantedJob, there: list[Job]) -> Iterator[Drift]:
    called = wanted.name or f"{wanted.role} {wanted.table}".strip()
    if not there:
        what = f"{called} runs 0 times" if wanted.name else f"{called} has no job any more"
        yield _drift(DriftKind.JOB_MISSING, wanted.name or wanted.table, what)
    elif wanted.name and len(there) > 1:
        ids = ", ".join(job.job_id for job in there)
        yield _drift(DriftKind.JOB_TWICE, called, f"{called} runs {len(there)} times ({ids})")
    for job in there:
        if wanted.fingerprint and job.identity and job.identity.fingerprint != wanted.fingerprint:
            what = f"{job.name} ({job.job_id}) runs other SQL than planned"
            yield _drift(DriftKind.JOB_DIFFERS, job.name, what)
        elif wanted.running and job.state is not JobState.RUNNING:
            yield _drift(DriftKind.JOB_TROUBLED, job.name, f"{job.name} ({job.job_id}) is {job.status}")


def _topics(expected: Expected, found: Found) -> Iterator[Drift]:
    for wanted in expected.topics:
        there = found.topics.get(wanted.name)
        if there is None:
            yield _drift(DriftKind.TOPIC_MISSING, wanted.name, f"topic {wanted.name} is missing")
            continue
        differing = [
            f"{name} is {there.config.get(name, 'unset')}, not {value}"
            for name, value in sorted(wanted.config.items())
            if there.config.get(name) != value
        ]
        if wanted.partitions not in (None, there.partitions):
            differing.insert(0, f"it has {there.partitions} partitions, not {wanted.partitions}")
        if differing:
            what = f"topic {wanted.name}: {'; '.join(differing)}"
            yield _drift(DriftKind.TOPIC_DIFFERS, wanted.name, what)
    for name in expected.gone_topics:
        if name in found.topics:
            yield _drift(DriftKind.TOPIC_LEFT, name, f"topic {name} is still there")


def _subjects(expected: Expected, found: Found) -> Iterator[Drift]:
    for name in expected.subjects:
        if name not in found.subjects:
            yield _drift(DriftKind.SUBJECT_MISSING, name, f"subject {name} is missing")
    for name in expected.gone_subjects:
        if name in found.subjects:
            yield _drift(DriftKind.SUBJECT_LEFT, name, f"subject {name} is still there")


def _connectors(expected: Expected, found: Found) -> Iterator[Drift]:
    for wanted in expected.connectors:
        there = found.connectors.get(wanted.name)
        if there is None or there.config is None:
            what = f"connector {wanted.name} is absent"
            yield _drift(DriftKind.CONNECTOR_MISSING, wanted.name, what)
            continue
        differing = _connector_differs(wanted, there)
        if differing:
            what = f"connector {wanted.name} {differing}"
            yield _drift(DriftKind.CONNECTOR_DIFFERS, wanted.name, what)
        elif there.state != wanted.state:
            what = f"connector {wanted.name} is {there.state}"
            yield _drift(DriftKind.CONNECTOR_TROUBLED, wanted.name, what)
    for name in expected.gone_connectors:
        if found.connectors.get(name) is not None:
            yield _drift(DriftKind.CONNECTOR_LEFT, name, f"connector {name} is still there")


def _names(expected: Expected, found: Found) -> Iterator[Drift]:
    for name, wanted in expected.names.items():
        there = found.names.get(name)
        if there != wanted:
            what = f"{name} stands for {there or 'nothing'} in the lake, not for {wanted}"
            yield _drift(DriftKind.NAME_DIFFERS, name, what)


def _connector_differs(wanted: WantedConnector, there: ConnectorState) -> str:
    config = there.config or {}
    reads = topics_read(config)
    if wanted.topics is not None and reads != wanted.topics:
        return f"reads {', '.join(sorted(reads)) or 'nothing'}"
    if wanted.config is not None and not same_config(config, wanted.config):
        names = {*config, *wanted.config} - {"name"}
        return f"has another {', '.join(sorted(n for n in names if config.get(n) != wanted.config.get(n)))}"
    lost = sorted(f"{at[0]}-{at[1]}" for at, least in wanted.offsets.items() if _short(there, at, least))
    return f"lost its offsets of {', '.join(lost)}" if lost else ""


def _short(there: ConnectorState, at: tuple[str, int], least: int) -> bool:
    return there.offsets.get(at, 0) < least


def _drift(kind: DriftKind, subject: str, what: str) -> Drift:
    return Drift(kind=kind, subject=subject, what=what)
