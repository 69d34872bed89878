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
_PLACED = frozenset({"running", "finished"})
_UNPLACED = frozenset({"created", "scheduled"})


def state_of(status: str) -> JobState:
    """A state of Flink in one of our words."""
    return _STATES.get(status, JobState.UNKNOWN)


def placed_state(status: str, counts: Mapping[str, int]) -> JobState:
    """The state of a job with that many tasks in each state: it runs when all of them do."""
    state = state_of(status)
    return JobState.STARTING if state is JobState.RUNNING and not all_placed(counts) else state


def unknown_job(job_id: str) -> StatementError:
    """The error of everything that is asked of a job which Flink does not know."""
    return StatementError(
        f"Flink does not know job {job_id}", remedy="It was lost in a restart of the cluster"
    )


def job_of(row: Mapping[str, Any], identity: JobIdentity | None) -> Job:
    """A job of ``/jobs/overview`` or ``/jobs/<id>``."""
    counts = tasks(row)
    state = placed_state(row["state"], counts)
    return Job(
        job_id=row["jid"],
        name=row["name"],
        state=state,
        status=row["state"],
        started_at=row["start-time"],
        identity=identity,
        unplaced=unplaced(counts) if state is JobState.STARTING else 0,
        unchanged_ms=_unchanged_ms(row),
    )


def _unchanged_ms(row: Mapping[str, Any]) -> int | None:
    """By the server's clock alone. Only the overview tells it, and nothing above 0 of a job without tasks."""
    told = row.get("duration", -1) >= 0 and row.get("last-modification", 0) > 0
    return max(0, row["start-time"] + row["duration"] - row["last-modification"]) if told else None


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


def tasks(row: Mapping[str, Any]) -> Mapping[str, int]:
    """How many tasks of a job are in which state, in lower case; of a row of the overview, or of details."""
    if "tasks" in row:
        return {state: int(count) for state, count in row["tasks"].items() if state != "total"}
    counts: dict[str, int] = {}
    for vertex in row.get("vertices", ()):
        for state, count in vertex.get("tasks", {}).items():
            counts[state.lower()] = counts.get(state.lower(), 0) + int(count)
    return counts


def all_placed(counts: Mapping[str, int]) -> bool:
    """Whether every task runs or has done its work. Flink calls a job RUNNING as soon as it is scheduled, and
    details from before that have no task at all.
    """
    return any(counts.values()) and not any(count for state, count in counts.items() if state not in _PLACED)


def unplaced(counts: Mapping[str, int]) -> int:
    """How many tasks wait for a slot."""
    return sum(count for state, count in counts.items() if state in _UNPLACED)
