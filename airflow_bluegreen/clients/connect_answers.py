"""What Kafka Connect's answers say."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.core.model import Offsets
from airflow_bluegreen.exceptions import TransientError

_JAVA_PACKAGE = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: "
_NEEDS_TIME = ("rebalance", "safely retried", "Request timed out", "Request cannot be completed")
# "Error writing connector configuration to Kafka", and so for root configuration, target state and more: the
# brokers did not take it within half a minute. It may be written later still; what is sent again is the same.
_NOT_WRITTEN = re.compile(r"Error (writing|removing) [\w ]+ (to|from) Kafka")


def from_connect(response: httpx.Response) -> httpx.Response:
    """The response, unless it is of a web server that has not loaded Connect yet: that knows no path at all.

    Taken for Connect's own 404, every connector would seem to be gone.
    """
    if response.status_code == 404 and not _is_connects(response):
        raise TransientError(f"Kafka Connect at {response.request.url.host} is starting up")
    return response


def _is_connects(response: httpx.Response) -> bool:
    try:
        return "error_code" in response.json()
    except ValueError:
        return False


def sink_offsets(answer: Any) -> Offsets:
    """Offsets of a sink's answer; those of a source have other keys and are left out."""
    found = {}
    for entry in answer["offsets"]:
        partition, offset = entry["partition"], entry["offset"]
        if "kafka_topic" in partition and offset:
            found[partition["kafka_topic"], int(partition["kafka_partition"])] = int(offset["kafka_offset"])
    return found


def state_of(status: Mapping[str, Any]) -> str:
    if not status:
        return "UNASSIGNED"
    if failure_in(status):
        return "FAILED"
    state = str(status["connector"]["state"])
    return "UNASSIGNED" if state == "RUNNING" and not status["tasks"] else state


def failure_in(status: Mapping[str, Any]) -> str | None:
    """Why the connector or the first failed task failed."""
    parts = [("", status["connector"])] if status else []
    parts += [(f"task {task['id']}: ", task) for task in status.get("tasks", [])]
    for label, part in parts:
        if part["state"] == "FAILED":
            return f"{label}{root_cause([part.get('trace', '')], depth=2)}"
    return None


def only_needs_time(response: httpx.Response) -> bool:
    """A rebalance, tasks that are stopping still, a worker that is starting or whose brokers do not answer.

    (409 is also the answer to a name that is taken.)
    """
    if response.status_code not in (409, 500):
        return False
    return cannot_write(response) or any(sign in response.text for sign in _NEEDS_TIME)


def cannot_write(response: httpx.Response) -> bool:
    """The worker could not write to its own topics in Kafka."""
    return response.status_code == 500 and _NOT_WRITTEN.search(response.text) is not None


def message_of(response: httpx.Response) -> str:
    try:
        message = str(response.json()["message"]).partition(", available connectors are:")[0]
        return " ".join(message.removeprefix(_JAVA_PACKAGE).split())
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}: {response.text[:200]}"
