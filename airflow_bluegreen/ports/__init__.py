"""What the actions need of the outside, as protocols: readers apart from writers.

Planner, explainer and preflight get readers only, so that a dry run cannot change anything. The real
implementations are in :mod:`airflow_bluegreen.clients`; both they and the fakes of the tests pass the same
contract suites.

Errors, for all of them: :class:`TransientError` when the server cannot be reached or asks to wait,
:class:`OutcomeUnknownError` when a writing request may have been carried out, :class:`StatementError`,
:class:`ConflictError` or :class:`ConfigurationError` when the server refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from airflow_bluegreen.core.model import (
    ConnectorState,
    Endpoints,
    Job,
    JobIdentity,
    JobProgress,
    KafkaRecord,
    Offsets,
    RegisteredSchema,
    ReleaseRecord,
    Topic,
)
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.ports.git import Remote, Repository, RepositoryReader, RepositoryWriter

__all__ = [
    "Clock",
    "ConnectorReader",
    "ConnectorWriter",
    "Connectors",
    "JobReader",
    "JobWriter",
    "Jobs",
    "Narrator",
    "Platform",
    "ReleaseReader",
    "ReleaseStore",
    "ReleaseWriter",
    "Remote",
    "Repository",
    "RepositoryReader",
    "RepositoryWriter",
    "SchemaReader",
    "SchemaWriter",
    "Schemas",
    "SqlGateway",
    "TopicReader",
    "TopicWriter",
    "Topics",
]


class JobReader(Protocol):
    """What runs on the Flink cluster."""

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that have not ended, each with its identity where it carries one."""
        ...

    def job(self, job_id: str) -> Job | None:
        """That job, also when it has ended; None when the cluster does not know it."""
        ...

    def progress(self, job_id: str) -> JobProgress:
        """Positions, checkpoint, watermark, restarts of a job.

        Metrics that are not there yet are left out.
        """
        ...

    def free_slots(self) -> int:
        """Task slots that are not in use."""
        ...


class JobWriter(Protocol):
    """Stopping jobs. Starting is the gateway's."""

    def stop_with_savepoint(self, job_id: str) -> str:
        """Stop with a savepoint and return its path. Raises StatementError if the savepoint fails."""
        ...

    def cancel(self, job_id: str) -> None:
        """Cancel and wait until the job has ended; a job that has ended already is fine."""
        ...


class SqlGateway(Protocol):
    """The SQL gateway: checks statements and starts jobs."""

    def explain(self, catalog: Sequence[str], sql: str) -> str:
        """Flink's plan of a DML, after running ``catalog`` (CREATE TABLE texts) in a fresh session.

        Raises StatementError with the root cause as one line.
        """
        ...

    def submit(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        identity: JobIdentity,
        restore_path: str | None = None,
    ) -> str:
        """Start the DML as a job that carries its identity; returns the job id.

        Raises OutcomeUnknownError when the answer did not come: look among the jobs before repeating.
        """
        ...


class TopicReader(Protocol):
    """Topics, offsets, records."""

    def topic(self, name: str) -> Topic | None: ...

    def begin_offsets(self, topic: str) -> Offsets: ...

    def end_offsets(self, topic: str) -> Offsets: ...

    def group_offsets(self, group: str) -> Offsets:
        """Committed offsets of a consumer group, empty where it has none."""
        ...

    def read(self, topic: str, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        """Every record with start <= offset < end; joins no consumer group and commits nothing."""
        ...


class TopicWriter(Protocol):
    def create_topic(self, topic: Topic) -> None:
        """Create it; ConflictError if it exists (compare first)."""
        ...

    def delete_topic(self, name: str) -> None:
        """Delete it and wait until it is gone; an absent topic is fine."""
        ...


class ConnectorReader(Protocol):
    def connector(self, name: str) -> ConnectorState | None:
        """Its config, committed offsets and state (``RUNNING``, ``STOPPED``, ``FAILED`` …), None where

        absent.
        """
        ...

    def connectors(self) -> tuple[str, ...]: ...

    def validate_config(self, config: Mapping[str, str]) -> tuple[str, ...]:
        """Connect's own complaints about a config, one line each; empty when it is valid."""
        ...


class ConnectorWriter(Protocol):
    def put_config(self, name: str, config: Mapping[str, str], *, stopped: bool = False) -> None:
        """Create or replace; a connector that is created with ``stopped`` does not start."""
        ...

    def stop_connector(self, name: str) -> None:
        """Stop and wait until it is STOPPED with no task left."""
        ...

    def set_offsets(self, name: str, offsets: Offsets) -> None:
        """Set the offsets of a stopped connector; partitions that are not named are reset."""
        ...

    def resume_connector(self, name: str) -> None:
        """Resume and wait until connector and tasks are RUNNING;

        StatementError with the task's trace if one fails.
        """
        ...

    def delete_connector(self, name: str) -> None:
        """Delete it and its consumer group; an absent one is fine."""
        ...


class SchemaReader(Protocol):
    def latest(self, subject: str) -> RegisteredSchema | None: ...

    def versions(self, subject: str) -> tuple[RegisteredSchema, ...]:
        """Every version that was not deleted, oldest first; none where the subject does not exist."""
        ...

    def by_id(self, schema_id: int) -> str:
        """The schema text of a global id (cached)."""
        ...

    def is_compatible(self, subject: str, schema: str, schema_type: str = "AVRO") -> bool:
        """Whether a schema may follow the subject's latest version; True where the subject does not exist."""
        ...


class SchemaWriter(Protocol):
    def delete_subject(self, subject: str) -> None:
        """Delete all versions for good; an absent subject is fine."""
        ...


class ReleaseReader(Protocol):
    def records(self) -> tuple[ReleaseRecord, ...]:
        """The releases of this environment, oldest change first."""
        ...


class ReleaseWriter(Protocol):
    def save(self, record: ReleaseRecord, *, expected: ReleaseRecord | None) -> None:
        """Write a record durably, provided that the ledger still holds ``expected`` for that release.

        Raises ConflictError when it holds something else, or when another writer took over.
        """
        ...


class Jobs(JobReader, JobWriter, Protocol): ...


class Topics(TopicReader, TopicWriter, Protocol): ...


class Connectors(ConnectorReader, ConnectorWriter, Protocol): ...


class Schemas(SchemaReader, SchemaWriter, Protocol): ...


class ReleaseStore(ReleaseReader, ReleaseWriter, Protocol): ...


class Clock(Protocol):
    """Time, so that actions can be tested without waiting."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None: ...


class Narrator(Protocol):
    """Where an action says what it decided and why: the task log, or the terminal."""

    def __call__(self, line: str, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Everything outside that a release in one environment touches, joined by the composition roots."""

    endpoints: Endpoints
    repository: Repository
    gateway: SqlGateway
    jobs: Jobs
    topics: Topics
    connectors: Connectors
    schemas: Schemas
    releases: ReleaseStore
    clock: Clock
    remote: Remote | None = None
    front_end: FrontEnd = field(default_factory=FrontEnd)
