"""Everything outside together, and what an action needs besides: time, and somebody to tell."""

from dataclasses import dataclass, field
from typing import Protocol

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.ports.expectations import Validator
from airflow_bluegreen.ports.flink import Jobs, SqlGateway
from airflow_bluegreen.ports.folds import FoldStore
from airflow_bluegreen.ports.git import Remote, Repository
from airflow_bluegreen.ports.kafka import Topics
from airflow_bluegreen.ports.kafka_connect import Connectors
from airflow_bluegreen.ports.lake import Lake
from airflow_bluegreen.ports.ledger import ReleaseStore
from airflow_bluegreen.ports.schema_registry import Schemas


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
    """Everything outside that a release in one environment touches, joined by the composition roots.

    ``validator`` is None where Great Expectations is not installed. ``actor`` is who or what acts, for the
    ledger's history. ``folds`` is None where nothing of a comparison is put on disk.
    """

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
    lake: Lake | None = None
    validator: Validator | None = None
    front_end: FrontEnd = field(default_factory=FrontEnd)
    actor: str = ""
    folds: FoldStore | None = None
