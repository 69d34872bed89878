"""Savepoints through the JobManager's REST API: triggered, waited for, deleted."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx

from airflow_bluegreen.clients.flink_answers import errors_of
from airflow_bluegreen.clients.http import HttpServer, wait_until
from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.exceptions import StatementError

SAVEPOINT_SECONDS = 600.0
_COMPLETED = "COMPLETED"
_GONE = ("FileNotFoundException", "Cannot find checkpoint or savepoint", "does not exist")

Read = Callable[[str], Any]
"""Path → JSON."""


def trigger(server: HttpServer, read: Read, path: str, body: Mapping[str, object], *, job: str) -> str:
    """Trigger a savepoint and wait for it; returns its path.

    :param path: of the job, then ``/stop`` or ``/savepoints``.
    :param job: name and id, for messages.

    Raises StatementError if the job refuses or the savepoint fails, OutcomeUnknownError if it takes longer
    than ten minutes.
    """
    own = uuid.uuid4().hex
    _accepted(server.write("POST", path, json={**body, "triggerId": own}), f"a savepoint of job {job}")
    operation = _awaited(read, f"{path.rpartition('/')[0]}/savepoints/{own}", f"savepoint of job {job}")
    if "location" not in operation:
        raise StatementError(f"job {job} cannot take a savepoint: {_cause(operation)}")
    return str(operation["location"])


def dispose(server: HttpServer, read: Read, savepoint: str) -> None:
    """Delete a savepoint; one that is gone already is fine."""
    response = server.write("POST", "/savepoint-disposal", json={"savepoint-path": savepoint})
    _accepted(response, f"deleting {savepoint}")
    own = response.json()["request-id"]
    operation = _awaited(read, f"/savepoint-disposal/{own}", f"deleting {savepoint}")
    cause = operation.get("failure-cause") if operation else None
    if cause and not any(word in str(cause) for word in _GONE):
        raise StatementError(f"savepoint {savepoint} cannot be deleted: {_cause(operation)}")


def _accepted(response: httpx.Response, what: str) -> None:
    if not response.is_success:
        raise StatementError(f"Flink refuses {what}: {root_cause(errors_of(response))}")


def _awaited(read: Read, path: str, what: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        answer = read(path)
        return dict(answer.get("operation") or {}) if answer["status"]["id"] == _COMPLETED else None

    return wait_until(look, seconds=SAVEPOINT_SECONDS, what=what)


def _cause(operation: Mapping[str, Any]) -> str:
    traces: Iterable[str] = [operation.get("failure-cause", {}).get("stack-trace", "")]
    return root_cause(list(traces))
