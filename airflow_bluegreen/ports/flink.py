"""What runs on the Flink cluster, and how statements come to run there."""

from collections.abc import Sequence
from typing import Protocol

from airflow_bluegreen.core.model import Capacity, Job, JobIdentity, JobProgress, JobWeight


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

    def weight(self, job_id: str) -> JobWeight:
        """What a job takes. Raises StatementError if there is no such job."""
        ...

    def read_capacity(self, job_id: str) -> float | None:
        """Input records a second that the job could read if they were there, by how busy it is now.

        None where it reads too little to tell.
        """
        ...

    def restore_path(self, identity: JobIdentity) -> str | None:
        """Where the newest ended job of that identity, whatever its release, can be restored from.

        Its savepoint or the checkpoint that the cluster kept; None where there is none, or where the cluster
        has forgotten the job.
        """
        ...

    def free_slots(self) -> int:
        """Task slots that are not in use."""
        ...

    def capacity(self) -> Capacity:
        """What there is to start statements on, and what is free of it."""
        ...


class JobWriter(Protocol):
    """Stopping jobs and keeping their state. Starting is the gateway's."""

    def take_savepoint(self, job_id: str) -> str:
        """Take a savepoint while the job goes on running, and return its path.

        Raises StatementError if it does not run or the savepoint fails.
        """
        ...

    def stop_with_savepoint(self, job_id: str) -> str:
        """Stop with a savepoint and return its path. Raises StatementError if the savepoint fails."""
        ...

    def dispose_savepoint(self, path: str) -> None:
        """Delete a savepoint's files and wait until they are gone; one that is gone already is fine."""
        ...

    def cancel(self, job_id: str) -> None:
        """Cancel and wait until the job has ended; a job that has ended already is fine."""
        ...


class Jobs(JobReader, JobWriter, Protocol): ...


class SqlGateway(Protocol):
    """The SQL gateway: checks statements and starts jobs."""

    def explain(self, catalog: Sequence[str], sql: str, *, details: Sequence[str] = ()) -> str:
        """Flink's plan of a DML, after running ``catalog`` (CREATE TABLE texts) in a fresh session.

        ``details`` are Flink's words for what else to tell, such as ``CHANGELOG_MODE``. Raises StatementError
        with the root cause as one line.
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
