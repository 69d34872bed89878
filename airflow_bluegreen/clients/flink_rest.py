"""A Flink cluster through its JobManager's REST API: what runs, how far it is, and how to stop it."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx

from airflow_bluegreen.clients import flink_metrics, flink_savepoints
from airflow_bluegreen.clients.flink_answers import (
    errors_of,
    job_of,
    placed_state,
    state_of,
    tasks,
    unknown_job,
    unplaced,
)
from airflow_bluegreen.clients.flink_identities import CACHE_SECONDS, INITIALIZING, JobIdentities
from airflow_bluegreen.clients.flink_progress import Failure, JobDetails
from airflow_bluegreen.clients.http import HttpServer, wait_until
from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.core.model import (
    Capacity,
    Job,
    JobHealth,
    JobIdentity,
    JobProgress,
    JobState,
    JobWeight,
    MemoryUse,
    OperatorLoad,
    ServerAccess,
)
from airflow_bluegreen.exceptions import OutcomeUnknownError, StatementError, TransientError

CANCEL_SECONDS = 120.0
_CONNECTIONS = 8


class FlinkCluster:
    """Implements ``ports.Jobs``.

    :param url: of the JobManager's REST API.
    :param topics: names of the Kafka topics that exist. Flink's metrics write a dot in a topic's name as an
        underscore; without this, positions have the names that the metrics use.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: ServerAccess | None = None,
        topics: Callable[[], Iterable[str]] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._server = HttpServer("Flink", url, auth=auth, transport=transport)
        self._details = JobDetails(self._get, self._find, topics)
        self._identities = JobIdentities(self._find)

    def close(self) -> None:
        self._server.close()

    # --- reading ---

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that have not ended, oldest first, each with its identity where it carries one."""
        rows = [row for row in self._overview() if state_of(row["state"]) is not JobState.ENDED]
        with ThreadPoolExecutor(_CONNECTIONS) as threads:
            identities = list(threads.map(self._identities.of, rows))
        # A job that the cluster forgot between the two requests has ended.
        found = [job_of(row, identity[0]) for row, identity in zip(rows, identities, strict=True) if identity]
        return tuple(sorted(found, key=lambda job: (job.started_at, job.job_id)))

    def known(self) -> frozenset[str]:
        """The ids of all jobs that the cluster knows, those that have ended too."""
        return frozenset(row["jid"] for row in self._overview())

    def job(self, job_id: str) -> Job | None:
        """That job, also when it has ended; None when the cluster does not know it."""
        status = self._find(f"/jobs/{job_id}/status")
        if status is None:
            return None
        if status["status"] == INITIALIZING:
            row = next((row for row in self._overview() if row["jid"] == job_id), None)
        else:
            row = self._details_of(job_id, status)
        identity = self._identities.of(row) if row else None
        return job_of(row, identity[0]) if row and identity else None

    def progress(self, job_id: str) -> JobProgress:
        """Positions, checkpoint, watermark and restarts of a job.

        Metrics that are not there yet are left out: Flink collects them when it is first asked and then every
        ``metrics.fetcher.update-interval`` (10 s by default). Raises StatementError if there is no such job.
        """
        row = self._find_job(job_id)
        if row is None:
            raise unknown_job(job_id)
        counts = tasks(row)
        state = placed_state(row["state"], counts)
        restarts = self._details.restarts(job_id)
        checkpoints, latest = self._details.checkpoints(job_id)
        completed, restored = latest.get("completed") or {}, latest.get("restored") or {}
        troubled = restarts > 0 or state is not JobState.RUNNING
        failure = self._details.failure(job_id) if troubled else Failure()
        return JobProgress(
            job_id=job_id,
            state=state,
            positions=self._details.positions(job_id, row),
            checkpoint_at=completed.get("trigger_timestamp"),
            state_bytes=completed.get("state_size"),
            watermark=self._details.watermark(job_id, row),
            restarts=restarts,
            failure=failure.cause,
            failed_reading=failure.reading,
            lacks_slots=failure.lacks_slots,
            unplaced=unplaced(counts) if state is JobState.STARTING else 0,
            checkpoints=checkpoints,
            restored_from=restored.get("external_path"),
        )

    def health(self, job_id: str) -> JobHealth:
        """Restarts, last failure, and whether it takes checkpoints. Raises StatementError for no such job."""
        status = self._find(f"/jobs/{job_id}/status")
        if status is None:
            raise unknown_job(job_id)
        restarts = self._details.restarts(job_id)
        troubled = restarts > 0 or state_of(status["status"]) is not JobState.RUNNING
        return JobHealth(
            job_id=job_id,
            restarts=restarts,
            failure=self._details.failure(job_id).cause if troubled else None,
            checkpointed=self._details.checkpointed(job_id),
        )

    def loads(self, job_id: str) -> tuple[OperatorLoad, ...]:
        """How the job's operators spend their time, in the order of the flow.

        An operator that has not reported yet is left out; none for a job that nobody knows.
        """
        row = self._find_job(job_id)
        return self._details.loads(job_id, row) if row else ()

    def weight(self, job_id: str) -> JobWeight:
        """What a job takes. Raises StatementError if there is no such job."""
        return self._details.weight(job_id, self._known(job_id))

    def read_capacity(self, job_id: str) -> float | None:
        """Input records a second that the job could read: its rate, over the share of time that its busiest
        part works. None where it reads too little to tell.
        """
        return self._details.read_capacity(job_id, self._known(job_id))

    def _known(self, job_id: str) -> Mapping[str, Any]:
        row = self._find(f"/jobs/{job_id}")
        if row is None:
            raise unknown_job(job_id)
        return row

    def restore_path(self, identity: JobIdentity) -> str | None:
        """The savepoint or kept checkpoint of the newest ended job of that identity, whatever its release."""
        rows = [row for row in self._overview() if state_of(row["state"]) is JobState.ENDED]
        for row in sorted(rows, key=lambda row: -int(row["end-time"])):
            known = self._identities.of(row)
            if known and known[0] and replace(known[0], release=identity.release) == identity:
                return self._kept_state(row["jid"], row["state"])
        return None

    def free_slots(self) -> int:
        """Task slots that are not in use."""
        return int(self._get("/overview")["slots-available"])

    def capacity(self) -> Capacity:
        """Task slots, and the memory of the task managers as far as they have reported it."""
        workers = self._get("/taskmanagers")["taskmanagers"]
        config = {one["key"]: one["value"] for one in self._get("/jobmanager/config")}
        with ThreadPoolExecutor(_CONNECTIONS) as threads:
            memory = list(threads.map(self._memory, [worker["id"] for worker in workers]))
        return Capacity(
            unit="task slots",
            total=sum(int(worker["slotsNumber"]) for worker in workers),
            free=sum(int(worker["freeSlots"]) for worker in workers),
            parallelism=int(config.get("parallelism.default", 1)),
            memory=tuple(use for uses in memory for use in uses),
            state_on_heap=config.get("state.backend.type", "hashmap") == "hashmap",
        )

    # --- stopping ---

    def stop_with_savepoint(self, job_id: str) -> str:
        """Stop with a savepoint in the cluster's savepoint directory, and return its path.

        For a job that was stopped so before, that savepoint's path. Raises StatementError if the job has
        ended otherwise or the savepoint fails, OutcomeUnknownError if it takes longer than ten minutes.
        """
        found = self.job(job_id)
        if found is None or found.state is JobState.ENDED:
            return self._earlier_savepoint(job_id, found)
        path = self._savepoint(found, "stop", {"drain": False})
        self._await_end(job_id)
        return path

    def take_savepoint(self, job_id: str) -> str:
        """Take a savepoint while the job goes on running, and return its path.

        Raises StatementError if it does not run or the savepoint fails, OutcomeUnknownError if it takes
        longer than ten minutes.
        """
        found = self.job(job_id)
        if found is None or found.state is JobState.ENDED:
            status = found.status if found else "unknown to the cluster"
            raise StatementError(f"job {job_id} is {status}, no savepoint can be taken")
        return self._savepoint(found, "savepoints", {"cancel-job": False})

    def dispose_savepoint(self, path: str) -> None:
        """Delete a savepoint; one that is gone already is fine."""
        flink_savepoints.dispose(self._server, self._get, path)

    def cancel(self, job_id: str) -> None:
        """Cancel and wait until the job has ended; one that has ended or that nobody knows is fine."""
        response = self._server.write("PATCH", f"/jobs/{job_id}", params={"mode": "cancel"})
        if response.status_code not in (404, 409):  # unknown, or in a terminal state
            self._accepted(response, job_id)
        self._await_end(job_id)

    # --- pieces ---

    def _savepoint(self, job: Job, act: str, body: Mapping[str, object]) -> str:
        named = f"{job.name} ({job.job_id})"
        return flink_savepoints.trigger(self._server, self._get, f"/jobs/{job.job_id}/{act}", body, job=named)

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        response = self._server.read(path, params=params)
        if response.is_success:
            return response.json()
        reason = root_cause(errors_of(response))
        if response.is_server_error:
            raise TransientError(f"Flink answered {response.status_code} to {path}: {reason}")
        raise StatementError(f"Flink refuses {path}: {reason}")

    def _find(self, path: str) -> dict[str, Any] | None:
        response = self._server.read(path)
        # A job's status of an unknown job is a server error instead.
        if response.status_code == 404 or "FlinkJobNotFoundException" in response.text:
            return None
        return dict(response.json()) if response.is_success else self._get(path)

    def _overview(self) -> list[dict[str, Any]]:
        return list(self._get("/jobs/overview")["jobs"])

    def _find_job(self, job_id: str) -> dict[str, Any] | None:
        """The job's details, with its state as of now: the rest comes from a cache of three seconds."""
        status = self._find(f"/jobs/{job_id}/status")
        return self._details_of(job_id, status) if status else None

    def _details_of(self, job_id: str, status: Mapping[str, str]) -> dict[str, Any] | None:
        row = self._find(f"/jobs/{job_id}")
        return {**row, "state": status["status"]} if row else None

    def _accepted(self, response: httpx.Response, job_id: str) -> None:
        if not response.is_success:
            raise StatementError(f"Flink refuses to stop job {job_id}: {root_cause(errors_of(response))}")

    def _memory(self, worker: str) -> list[MemoryUse]:
        """Nothing of a worker that left meanwhile."""
        wanted = {"get": ",".join(flink_metrics.MEMORY)}
        response = self._server.read(f"/taskmanagers/{worker}/metrics", params=wanted)
        return flink_metrics.memory(worker, response.json()) if response.is_success else []

    def _kept_state(self, job_id: str, status: str) -> str | None:
        """A job that was stopped has its savepoint; of another one the newest that was kept, if any."""
        if status == "FINISHED":
            try:
                return self._earlier_savepoint(job_id, self.job(job_id))
            except StatementError:  # it came to its end by itself
                return None
        latest = self._get(f"/jobs/{job_id}/checkpoints")["latest"]
        kept = self._get(f"/jobs/{job_id}/checkpoints/config")["externalization"]
        if not kept["enabled"] or (status == "CANCELED" and kept["delete_on_cancellation"]):
            latest = {**latest, "completed": None}
        known = [one for one in (latest.get("savepoint"), latest.get("completed")) if one]
        return str(max(known, key=lambda one: int(one["id"]))["external_path"]) if known else None

    def _earlier_savepoint(self, job_id: str, found: Job | None) -> str:
        """The savepoint that a job ended with. A repetition of a stop whose answer was lost comes here."""

        def look() -> str | None:
            savepoint = self._get(f"/jobs/{job_id}/checkpoints")["latest"].get("savepoint")
            return str(savepoint["external_path"]) if savepoint else None

        status = found.status if found else "unknown to the cluster"
        none = StatementError(f"job {job_id} is {status}, no savepoint can be taken")
        if status != "FINISHED":
            raise none
        try:
            return wait_until(look, seconds=CACHE_SECONDS, what=f"savepoint of job {job_id}")
        except OutcomeUnknownError as error:
            raise none from error

    def _await_end(self, job_id: str) -> None:
        def look() -> bool | None:
            answer = self._find(f"/jobs/{job_id}/status")
            return True if answer is None or state_of(answer["status"]) is JobState.ENDED else None

        wait_until(look, seconds=CANCEL_SECONDS, what=f"end of job {job_id}")
