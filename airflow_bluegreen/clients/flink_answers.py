"""What the answers of a JobManager mean: states, jobs and who they say they are, errors."""

from collections.abc import Mapping
from typing import Any

import httpx

from airflow_bluegreen.core.model import Job, JobIdentity, JobState
from airflow_bluegreen.exceptions import StatementError

# FAILING, CANCELLING, SUSPENDED and words of later versions are UNKNOWN: on their way, so look again.
_STATES = {
    "INITIALIZING": JobState.STARTING,
    "CREATED": JobState.STARTING,
    "RECONCILING": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "RESTARTING": JobState.RESTARTING,
    "FINISHED": JobState.ENDED,
    "CANCELED": JobState.ENDED,
    "FAILED": JobState.ENDED,
}


def state_of(status: str) -> JobState:
    """A state of Flink in one of our words."""
    return _STATES.get(status, JobState.UNKNOWN)


def unknown_job(job_id: str) -> StatementError:
    """The error of everything that is asked of a job which Flink does not know."""
    return StatementError(
        f"Flink does not know job {job_id}", remedy="It was lost in a restart of the cluster"
    )


def job_of(row: Mapping[str, Any], identity: JobIdentity | None) -> Job:
    """A job of ``/jobs/overview`` or ``/jobs/<id>``."""
    return Job(
        job_id=row["jid"],
        name=row["name"],
        state=state_of(row["state"]),
        status=row["state"],
        started_at=row["start-time"],
        identity=identity,
    )


def identity_of(parameters: Mapping[str, str]) -> JobIdentity | None:
    """The identity in a job's parameters; None unless it is there in full."""
    values = {name: parameters.get(f"bluegreen.{name}") for name in JobIdentity.__slots__}
    known = {name: value for name, value in values.items() if value is not None}
    return JobIdentity(**known) if len(known) == len(values) else None


def errors_of(response: httpx.Response) -> list[str]:
    """The errors that an answer lists; its status where it lists none."""
    try:
        return [str(error) for error in response.json()["errors"]]
    except (ValueError, KeyError, TypeError):
        return [f"status {response.status_code}: {response.text[:200]}"]
