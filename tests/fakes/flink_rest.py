"""A Flink cluster in memory: its jobs, and the records that they move."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from airflow_bluegreen.core.model import (
    Capacity,
    Checkpoints,
    Job,
    JobHealth,
    JobIdentity,
    JobProgress,
    JobState,
    JobWeight,
    KafkaRecord,
    MemoryUse,
    OperatorLoad,
)
from airflow_bluegreen.exceptions import StatementError
from tests.fakes.clock import FakeClock
from tests.fakes.kafka import FakeTopics
from tests.fakes.wire import Wire

Transform = Callable[[str, KafkaRecord], Iterable[tuple[bytes | None, bytes | None]]]
"""(input topic, record) → the (key, value) pairs that the job writes for it."""


def copy_records(topic: str, record: KafkaRecord) -> Iterable[tuple[bytes | None, bytes | None]]:
    """The transform of a job that was given none."""
    return [(record.key, record.value)]


@dataclass
class FakeJob:
    """A job and everything about it that the cluster would tell; tests may set any of it."""

    job_id: str
    name: str
    identity: JobIdentity | None
    inputs: tuple[str, ...]
    output: str | None
    transform: Transform
    started_at: int
    sql: str = ""
    restore_path: str | None = None
    state: JobState = JobState.RUNNING
    status: str = "RUNNING"
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    checkpoint_at: int | None = None
    state_bytes: int | None = None
    watermark: int | None = None
    restarts: int = 0
    failure: str | None = None
    failed_reading: tuple[str, ...] = ()
    lacks_slots: bool = False
    unplaced: int = 0
    unchanged_ms: int | None = None
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    loads: tuple[OperatorLoad, ...] = (OperatorLoad(name="job", busy=0.1, back_pressured=0.0),)
    held: bool = False
    checkpoints_held: bool = False
    savepoint: str | None = None
    slots: int = 1
    capacity: float | None = None
    bounds: Mapping[tuple[str, int], int] | None = None
    group: str = ""
    others: Mapping[str, Transform] = field(default_factory=dict)
    """The further topics that a statement set writes, and what it does for each."""

    def reads(self, at: tuple[str, int], offset: int) -> bool:
        """Whether a record is one that it has still to read."""
        end = offset + 1 if self.bounds is None else self.bounds.get(at, 0)
        return self.positions.get(at, 0) <= offset < end

    def seen(self) -> Job:
        return Job(
            job_id=self.job_id,
            name=self.name,
            state=self.state,
            status=self.status,
            started_at=self.started_at,
            identity=self.identity,
            unplaced=self.unplaced,
            unchanged_ms=self.unchanged_ms,
        )


class FakeJobs:
    """Implements ``ports.Jobs``. ``run`` lets every running job process what is in its input topics."""

    def __init__(
        self, topics: FakeTopics | None = None, clock: FakeClock | None = None, slots: int = 32
    ) -> None:
        self.clock = clock or (topics.clock if topics else FakeClock())
        self.topics = topics or FakeTopics(self.clock)
        self.slots = slots
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self.all: dict[str, FakeJob] = {}
        self.forgotten: set[str] = set()
        self.memory: list[MemoryUse] = [
            MemoryUse(worker="tm", kind=kind, used=10 << 20, limit=1 << 30)
            for kind in ("heap", "metaspace", "managed", "network")
        ]
        self.savepoints: dict[str, Mapping[tuple[str, int], int]] = {}

    # --- the port ---

    def jobs(self) -> tuple[Job, ...]:
        with self.wire.call("jobs"):
            # Statements are started from several threads.
            return tuple(job.seen() for job in list(self.all.values()) if job.state is not JobState.ENDED)

    def known(self) -> frozenset[str]:
        with self.wire.call("known"):
            return frozenset(self.all)

    def job(self, job_id: str) -> Job | None:
        with self.wire.call("job", job_id):
            found = self.all.get(job_id)
            return found.seen() if found else None

    def progress(self, job_id: str) -> JobProgress:
        with self.wire.call("progress", job_id):
            job = self._known(job_id)
            return JobProgress(
                job_id=job_id,
                state=job.state,
                positions=dict(job.positions),
                checkpoint_at=job.checkpoint_at,
                state_bytes=job.state_bytes,
                watermark=job.watermark,
                restarts=job.restarts,
                failure=job.failure,
                failed_reading=job.failed_reading,
                lacks_slots=job.lacks_slots,
                unplaced=job.unplaced,
                checkpoints=job.checkpoints,
                restored_from=job.restore_path,
            )

    def health(self, job_id: str) -> JobHealth:
        with self.wire.call("health", job_id):
            job = self._known(job_id)
            return JobHealth(
                job_id=job_id,
                restarts=job.restarts,
                failure=job.failure,
                checkpointed=job.checkpoints.enabled,
            )

    def loads(self, job_id: str) -> tuple[OperatorLoad, ...]:
        with self.wire.call("loads", job_id):
            return self.all[job_id].loads if job_id in self.all else ()

    def weight(self, job_id: str) -> JobWeight:
        with self.wire.call("weight", job_id):
            job = self._known(job_id)
            return JobWeight(slots=job.slots, state_bytes=job.state_bytes)

    def read_capacity(self, job_id: str) -> float | None:
        with self.wire.call("read_capacity", job_id):
            return self._known(job_id).capacity

    def restore_path(self, identity: JobIdentity) -> str | None:
        with self.wire.call("restore_path", identity):
            for job in reversed(self.all.values()):
                same = job.identity and replace(job.identity, release=identity.release) == identity
                if same and job.state is JobState.ENDED:
                    return self._kept_state(job)
            return None

    def free_slots(self) -> int:
        with self.wire.call("free_slots"):
            return self.slots - sum(job.state is not JobState.ENDED for job in self.all.values())

    def capacity(self) -> Capacity:
        with self.wire.call("capacity"):
            busy = sum(job.state is not JobState.ENDED for job in self.all.values())
            return Capacity(
                unit="task slots",
                total=self.slots,
                free=self.slots - busy,
                memory=tuple(self.memory),
                state_on_heap=True,
            )

    def stop_with_savepoint(self, job_id: str) -> str:
        with self.wire.call("stop_with_savepoint", job_id):
            job = self._known(job_id)
            if job.savepoint is not None:
                return job.savepoint
            if job.state is not JobState.RUNNING:
                raise StatementError(f"job {job.name} ({job_id}) is {job.status}, no savepoint can be taken")
            job.savepoint = path = self._save(job)
            job.state, job.status = JobState.ENDED, "FINISHED"
            return path

    def take_savepoint(self, job_id: str) -> str:
        with self.wire.call("take_savepoint", job_id):
            job = self._known(job_id)
            if job.state is not JobState.RUNNING:
                raise StatementError(f"job {job.name} ({job_id}) is {job.status}, no savepoint can be taken")
            return self._save(job)

    def dispose_savepoint(self, path: str) -> None:
        with self.wire.call("dispose_savepoint", path):
            self.savepoints.pop(path, None)

    def cancel(self, job_id: str) -> None:
        with self.wire.call("cancel", job_id):
            job = self.all.get(job_id)
            if job is not None and job.state is not JobState.ENDED:
                job.state, job.status = JobState.ENDED, "CANCELED"

    # --- what the gateway and tests do to the cluster ---

    def start(
        self,
        name: str,
        *,
        job_id: str | None = None,
        inputs: Iterable[str] = (),
        output: str | None = None,
        identity: JobIdentity | None = None,
        transform: Transform = copy_records,
        sql: str = "",
        restore_path: str | None = None,
        others: Mapping[str, Transform] | None = None,
        starts: Mapping[tuple[str, int], int] | None = None,
        bounds: Mapping[tuple[str, int], int] | None = None,
        group: str = "",
    ) -> FakeJob:
        """A new job, always: nothing looks whether one of that name runs already.

        Raises StatementError for a savepoint that does not exist.
        """
        if restore_path is not None and restore_path not in self.savepoints:
            raise StatementError(f"Cannot find checkpoint or savepoint file/directory '{restore_path}'")
        job = FakeJob(
            job_id=job_id or f"{len(self.all) + 1:032x}",
            name=name,
            identity=identity,
            inputs=tuple(inputs),
            output=output,
            transform=transform,
            started_at=self.clock.now_ms(),
            sql=sql,
            restore_path=restore_path,
            positions=dict(self.savepoints[restore_path]) if restore_path else dict(starts or {}),
            bounds=bounds,
            group=group,
            others=others or {},
        )
        self.all[job.job_id] = job
        return job

    def named(self, name: str) -> list[FakeJob]:
        """The jobs of that name that have not ended."""
        return [job for job in self.all.values() if job.name == name and job.state is not JobState.ENDED]

    def run(self) -> None:
        """Every running job, in the order of submission, processes its inputs and completes a checkpoint."""
        for job in list(self.all.values()):
            if job.state is JobState.STARTING and not job.unplaced:
                job.state, job.status = JobState.RUNNING, "RUNNING"
            if job.state is JobState.RUNNING:
                if not job.held:
                    self._process(job)
                if not job.checkpoints_held:
                    job.checkpoint_at = self.clock.now_ms()
                    done = (job.checkpoints.completed or 0) + 1
                    job.checkpoints = replace(
                        job.checkpoints, completed=done, failed=job.checkpoints.failed or 0
                    )
                    job.state_bytes = 1024 * (1 + sum(job.positions.values()))
                    if job.group:
                        self.topics.commit(job.group, job.positions)
                if job.bounds is not None and not job.held:
                    job.state, job.status = JobState.ENDED, "FINISHED"

    def forget(self, job_id: str) -> None:
        """The job has ended so long ago that nobody is told of it; its id is not taken again."""
        del self.all[job_id]
        self.forgotten.add(job_id)

    def fail(self, job_id: str, failure: str) -> None:
        """The job ends as FAILED."""
        job = self._known(job_id)
        job.state, job.status, job.failure = JobState.ENDED, "FAILED", failure

    def restart(self, job_id: str, failure: str, times: int = 1) -> None:
        """The job goes through restarts and is restarting still; :meth:`recover` brings it back."""
        job = self._known(job_id)
        job.state, job.status, job.failure = JobState.RESTARTING, "RESTARTING", failure
        job.restarts += times

    def recover(self, job_id: str) -> None:
        job = self._known(job_id)
        job.state, job.status = JobState.RUNNING, "RUNNING"

    def hold(self, job_id: str, *, held: bool = True) -> None:
        """A held job runs and does not move: it reads nothing."""
        self._known(job_id).held = held

    def _kept_state(self, job: FakeJob) -> str | None:
        """The savepoint; of a job that failed, its last checkpoint."""
        if job.savepoint is None and job.status == "FAILED" and job.checkpoint_at is not None:
            path = f"file:///checkpoints/{job.job_id}"
            self.savepoints.setdefault(path, dict(job.positions))
            return path
        return job.savepoint

    def _process(self, job: FakeJob) -> None:
        for topic in job.inputs:
            if topic not in self.topics.names():
                continue
            for record in self.topics.records(topic):
                at = (topic, record.partition)
                if not job.reads(at, record.offset):
                    continue
                for output, transform in {job.output or "": job.transform, **job.others}.items():
                    for key, value in transform(topic, record):
                        if output in self.topics.names():
                            self.topics.produce(output, key, value)
                job.positions[at] = record.offset + 1

    def _save(self, job: FakeJob) -> str:
        path = f"file:///savepoints/savepoint-{job.job_id[:6]}-{len(self.savepoints):012x}"
        self.savepoints[path] = dict(job.positions)
        return path

    def _known(self, job_id: str) -> FakeJob:
        if job_id not in self.all:
            raise StatementError(f"the cluster does not know job {job_id}")
        return self.all[job_id]
