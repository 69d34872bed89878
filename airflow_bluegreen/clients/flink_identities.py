"""Who the jobs of a Flink cluster say that they are.

A JobManager answers from a job's details as they were up to three seconds ago (``web.refresh-interval``).
While a job is initialising it has no parameters yet; an answer from then hides its identity when it runs
already.
"""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_bluegreen.clients.flink_answers import identity_of, state_of
from airflow_bluegreen.clients.http import wait_until
from airflow_bluegreen.core.model import JobIdentity, JobState
from airflow_bluegreen.exceptions import OutcomeUnknownError

INITIALIZING = "INITIALIZING"
CACHE_SECONDS = 5.0
"""How old a job's details may be: web.refresh-interval, and some."""


class JobIdentities:
    """Identities never change: each is asked for until it is known, and then remembered.

    :param find: a path's answer as JSON; None for a job that is unknown.
    """

    def __init__(self, find: Callable[[str], Mapping[str, Any] | None]) -> None:
        self._find = find
        self._known: dict[str, JobIdentity] = {}
        self._without: set[str] = set()

    def of(self, row: Mapping[str, Any]) -> tuple[JobIdentity | None] | None:
        """What the job of a row of the overview says of itself, in a tuple; None if the job is unknown.

        None in the tuple may only mean that the job is initialising.
        """
        job_id = str(row["jid"])
        if job_id in self._known:
            return (self._known[job_id],)
        if row["state"] == INITIALIZING:  # whoever asks now is told the same for seconds
            return (None,)
        config = self._config(job_id, runs=state_of(row["state"]) is JobState.RUNNING)
        if config is None:
            return None
        identity = identity_of((config.get("execution-config") or {}).get("user-config", {}))
        if identity is not None:
            self._known[job_id] = identity
        return (identity,)

    def _config(self, job_id: str, *, runs: bool) -> Mapping[str, Any] | None:
        """A job's configuration; that of one which runs has parameters at the latest soon, and is waited for
        once.
        """
        patient = runs and job_id not in self._without

        def look() -> tuple[Mapping[str, Any] | None] | None:
            found = self._find(f"/jobs/{job_id}/config")
            return (found,) if not patient or found is None or found.get("execution-config") else None

        try:
            return wait_until(look, seconds=CACHE_SECONDS, what=f"parameters of job {job_id}")[0]
        except OutcomeUnknownError:
            self._without.add(job_id)
            return {}
