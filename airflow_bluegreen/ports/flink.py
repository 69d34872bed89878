"""What runs on the Flink cluster, and how statements come to run there."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from airflow_bluegreen.core.model import (
    Capacity,
    Job,
    JobHealth,
    JobIdentity,
    JobProgress,
    JobWeight,
    OperatorLoad,
    Submission,
)


class JobReader(Protocol):
    """What runs on the Flink cluster."""

    def jobs(self) -> tuple[Job, ...]:
        """All jobs that have not ended, each with its identity where it carries one."""
        ...

    def known(self) -> frozenset[str]:
        """The ids of all jobs that the server knows, those that have ended too."""
        ...

    def job(self, job_id: str) -> Job | None:
        """That job, also when it has ended; None when the cluster does not know it."""
        ...

    def progress(self, job_id: str) -> JobProgress:
        """Positions, checkpoints, watermark, restarts of a job.

        Metrics that are not there yet are left out.
        """
        ...

    def health(self, job_id: str) -> JobHealth:
        """Whether a job stays up: a part of its progress that no worker has to be asked for.

        Raises StatementError if there is no such job.
        """
        ...

    def loads(self, job_id: str) -> tuple[OperatorLoad, ...]:
        """How the job's operators spend their time, in the order of the flow.

        None where the server does not tell: the bottleneck is not named then.
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
        """Stop so that the job can go on later, and return from what: ``restore_path`` of a submission.

        A path where savepoints are files; elsewhere the server's own name for the stopped statement. Raises
        StatementError if the savepoint fails.
        """
        ...

    def dispose_savepoint(self, path: str) -> None:
        """Delete a savepoint's files and wait until they are gone; one that is gone already is fine."""
        ...

    def cancel(self, job_id: str) -> None:
        """Cancel and wait until the job has ended; a job that has ended already is fine."""
        ...


class Jobs(JobReader, JobWriter, Protocol): ...


class SqlGateway(Protocol):
    """The SQL gateway: checks statements, starts jobs and answers queries."""

    def explain(self, catalog: Sequence[str], sql: str, *, details: Sequence[str] = ()) -> str:
        """Flink's plan of a DML, after running ``catalog`` (CREATE TABLE texts) in a fresh session.

        ``details`` are Flink's words for what else to tell, such as ``CHANGELOG_MODE``. Raises StatementError
        with the root cause as one line.
        """
        ...

    def query(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        settings: Mapping[str, str] | None = None,
    ) -> tuple[tuple[Any, ...], ...]:
        """Run a bounded query in Flink's batch mode and return its rows, their cells as JSON has them.

        Its tables and its job are gone afterwards, also when it fails. A caller that is killed leaves a job
        that the server ends some minutes later; it is known by ``job_name``.

        :param settings: Flink's settings for this query alone.

        Raises StatementError with the root cause as one line.
        """
        ...

    def job_key(self, identity: JobIdentity, number: int = 0) -> str:
        """The id that a submission gives its job: the same for the same identity and number, in any process.

        Flink's job id, or the name of a statement. Nothing is asked of a server.
        """
        ...

    def submit(
        self,
        catalog: Sequence[str],
        sql: str,
        *,
        job_name: str,
        identity: JobIdentity,
        number: int = 0,
        properties: Mapping[str, str] | None = None,
        restore_path: str | None = None,
    ) -> Submission:
        """Start the DML as a job that carries its identity, with the id that :meth:`job_key` tells.

        The same identity and number are one job, however often and from wherever they are submitted: where
        there is or was one already, it is told and nothing is started. Look at its state; one that has ended
        is followed by the next number.

        :param properties: settings of this statement alone.
        :param restore_path: what stopping a job returned, to go on from there.

        Raises OutcomeUnknownError when the answer did not come: look for the job, then submit it again.
        """
        ...
