"""What is seen of Flink, Kafka, Kafka Connect and the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


def _partition_keys(value: object) -> object:
    """JSON has no tuple keys: pydantic writes ``("orders", 0)`` as ``"orders,0"``; this reads it back."""
    if not isinstance(value, Mapping):
        return value
    return {
        tuple(key.rsplit(",", 1)) if isinstance(key, str) else key: offset for key, offset in value.items()
    }


class _PartitionKeys:
    """pydantic's ``BeforeValidator(_partition_keys)``; most commands need these records without pydantic."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_partition_keys, handler(source))


Offsets = Annotated[Mapping[tuple[str, int], int], _PartitionKeys()]
"""(topic, partition) → offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccess:
    """How a web server is entered: who we are, whom we trust, and the way there.

    Who we are is ``token`` (sent as a bearer token), else ``user`` and ``password`` (basic), else nobody.
    ``ca_file`` holds the certificates to trust instead of the usual ones, ``certificate_file`` and
    ``key_file`` are our own for servers that want one; all are PEM. ``proxy`` is a URL, credentials and all.
    ``timeout_s`` is how long to wait for an answer, in seconds; None for what the server's client does.
    """

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the servers of one environment are. ``kafka`` is a librdkafka configuration.

    ``registry_url`` is the Confluent-compatible base path. ``*_auth`` is how each web server is entered; None
    where everybody may. ``lake_url`` is SQLAlchemy's address of the engine that reads the lake, empty without
    one.
    """

    gateway_url: str
    flink_url: str
    kafka: Mapping[str, str] = field(repr=False)
    connect_url: str
    registry_url: str
    gateway_auth: ServerAccess | None = None
    flink_auth: ServerAccess | None = None
    connect_auth: ServerAccess | None = None
    registry_auth: ServerAccess | None = None
    lake_url: str = field(default="", repr=False)

    @property
    def brokers(self) -> str:
        """Kafka's bootstrap servers, separated by commas."""
        return self.kafka.get("bootstrap.servers", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobIdentity:
    """What a job says of itself in its job parameters (keys ``bluegreen.environment`` and so on)."""

    environment: str
    release: str
    statement: str
    table: str
    fingerprint: str


class JobState(StrEnum):
    """A Flink job's state in four words; a state we do not know is UNKNOWN and polled on."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A Flink job. ``status`` is the server's own word; ``started_at`` in milliseconds since the epoch.

    ``unplaced`` counts the tasks that wait for a slot: Flink calls such a job RUNNING, we call it STARTING.
    ``unchanged_ms`` is for how long it and its tasks have been in their states; None where that is not told.
    """

    job_id: str
    name: str
    state: JobState
    status: str
    started_at: int
    identity: JobIdentity | None = None
    unplaced: int = 0
    unchanged_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a server made of a statement. Not ``fresh``: it has or had a job of that id, and started none."""

    job_id: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """What a job's checkpoints have come to. ``enabled`` False: it never takes one.

    The times (ms between two, and until one is given up) and counts are None where the server does not tell
    them; ``failure`` is why the newest one failed, one line, None where a later one completed.
    """

    enabled: bool = True
    interval_ms: int | None = None
    timeout_ms: int | None = None
    completed: int | None = None
    failed: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLoad:
    """How an operator spends its time, the busiest of its subtasks; shares from 0 to 1.

    ``back_pressured``: it waits for the operators that it writes to.
    """

    name: str
    busy: float
    back_pressured: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job has come.

    ``positions`` maps (topic, partition) to the next offset to read; ``checkpoint_at`` is the trigger time of
    the last completed checkpoint (ms since the epoch); ``watermark`` in ms, None where there is none;
    ``restarts`` since the job was submitted; ``failure`` the root exception of the last failure, one line,
    and ``failed_reading`` the tables that the failed task reads, where that is known. ``unplaced`` counts the
    tasks that wait for a slot; ``lacks_slots``: it failed because there were too few. ``restored_from`` is
    the savepoint or checkpoint that it began with, after a restart the one it went back to.
    """

    job_id: str
    state: JobState
    positions: Offsets = field(default_factory=dict)
    checkpoint_at: int | None = None
    state_bytes: int | None = None
    watermark: int | None = None
    restarts: int = 0
    failure: str | None = None
    failed_reading: tuple[str, ...] = ()
    unplaced: int = 0
    lacks_slots: bool = False
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    restored_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHealth:
    """Whether a job stays up: ``restarts`` since it was submitted, ``failure`` the root exception of the last
    one, one line, and whether it takes checkpoints.
    """

    job_id: str
    restarts: int = 0
    failure: str | None = None
    checkpointed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWeight:
    """What a job takes: task slots, and the state in its last checkpoint (bytes; None before the first)."""

    slots: int
    state_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUse:
    """How much of one kind of memory a worker uses, in bytes: ``heap``, ``metaspace``, ``network`` …"""

    worker: str
    kind: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What statements can be started on.

    ``total`` and ``free`` count ``unit``: task slots of a Flink cluster, or CFUs of a compute pool.
    ``parallelism`` is what a statement gets that asks for nothing; ``memory`` is that of the workers, empty
    where a service looks after it or has not measured it yet. ``state_on_heap`` says that jobs keep all of
    their state there.
    """

    unit: str
    total: int
    free: int
    parallelism: int = 1
    memory: tuple[MemoryUse, ...] = ()
    state_on_heap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A Kafka topic and the configuration values that were set on it (not the defaults).

    ``replication`` is the number of copies of each partition; None leaves it to the brokers' default.
    """

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    replication: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaRecord:
    """A record as it lies in the topic; ``timestamp`` in ms since the epoch; ``value`` None = tombstone."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSchema:
    """A version of a registry subject; ``type`` is AVRO, JSON or PROTOBUF."""

    subject: str
    version: int
    schema_id: int
    type: str
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSchema:
    """A schema by its global id; ``type`` is AVRO, JSON or PROTOBUF.

    ``descriptors`` is a serialised ``FileDescriptorSet`` of a Protobuf schema and what it imports, the schema
    itself last; empty for the others.
    """

    type: str
    text: str
    descriptors: bytes = b""
