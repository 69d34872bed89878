"""Kafka Connect's REST API (4.0 and later): sink connectors, their configuration and their offsets."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_exponential

from airflow_bluegreen.clients.http import HttpServer, wait_until
from airflow_bluegreen.clients.java_errors import root_cause
from airflow_bluegreen.core.model import ConnectorState, Offsets
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
    StatementError,
    TransientError,
)

REBALANCE_SECONDS = 60.0
STATE_SECONDS = 120.0
# The plugin's validation needs a name; configurations in git are named by their file.
_NAMELESS = {"name": "unnamed"}
_JAVA_PACKAGE = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: "


class KafkaConnect:
    """Implements ``ports.Connectors``.

    Everything it sends may be sent twice, so an answer that is lost is a TransientError.

    :param url: of a worker's REST API.
    :param auth: (user, password) for basic authentication.
    """

    def __init__(
        self, url: str, auth: tuple[str, str] | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._server = HttpServer("Kafka Connect", url, auth=auth, timeout=90.0, transport=transport)

    def close(self) -> None:
        self._server.close()

    # --- reading ---

    def connectors(self) -> tuple[str, ...]:
        """Names of all connectors, sorted."""
        return tuple(sorted(self._answer(self._server.read("/connectors"), "list of connectors")))

    def configs(self) -> Mapping[str, Mapping[str, str]]:
        """The configuration of every connector, by name, in one request."""
        response = self._server.read("/connectors", params={"expand": "info"})
        found = self._answer(response, "configurations of the connectors")
        return {name: dict(one["info"]["config"]) for name, one in found.items()}

    def connector(self, name: str) -> ConnectorState | None:
        """Its configuration, the offsets it has committed, and its state; None where absent.

        The state is Connect's word for the connector, but FAILED if one of its tasks has failed, and
        UNASSIGNED as long as it has no task although it should run.
        """
        config = self._server.read(f"{_path(name)}/config")
        if config.status_code == 404:
            return None
        offsets = self._server.read(f"{_path(name)}/offsets")
        return ConnectorState(
            name=name,
            config=self._answer(config, f"configuration of connector {name}"),
            offsets=_offsets(self._answer(offsets, f"offsets of connector {name}")),
            state=_state(self._status(name)),
        )

    def validate_config(self, config: Mapping[str, str]) -> tuple[str, ...]:
        """Connect's complaints about a configuration, one line each; empty when it is valid."""
        plugin = config.get("connector.class", "")
        if not plugin:
            return ("connector.class: missing",)
        path = f"/connector-plugins/{quote(plugin, safe='')}/config/validate"
        response = self._server.read(path, method="PUT", json={**_NAMELESS, **config})
        if not response.is_success:
            return (f"connector.class: {_message(response)}",)
        values = [setting["value"] for setting in response.json()["configs"]]
        return tuple(
            f"{value['name']}: {' '.join(error.split())}" for value in values for error in value["errors"]
        )

    # --- writing ---

    def put_config(self, name: str, config: Mapping[str, str], *, stopped: bool = False) -> None:
        """Create or replace; a connector that is created with ``stopped`` does not start.

        Replacing leaves a stopped connector stopped and restarts the tasks of a running one. Raises
        ConfigurationError if Connect refuses the configuration.
        """
        settings = {**config, "name": name}
        what = f"configuration of connector {name}"
        if stopped and self._server.read(f"{_path(name)}/config").status_code == 404:
            body = {"name": name, "config": settings, "initial_state": "STOPPED"}
            self._answer(self._change("POST", "/connectors", body, what), what)
        else:
            self._answer(self._change("PUT", f"{_path(name)}/config", settings, what), what)
        wait_until(
            lambda: self._status(name) or None, seconds=STATE_SECONDS, what=f"status of connector {name}"
        )

    def stop_connector(self, name: str) -> None:
        """Stop and wait until it is STOPPED with no task left."""
        what = f"stopping connector {name}"
        self._answer(self._change("PUT", f"{_path(name)}/stop", None, what), what)

        def look() -> bool | None:
            status = self._status(name)
            return True if _state(status) == "STOPPED" and not status["tasks"] else None

        wait_until(look, seconds=STATE_SECONDS, what=what)

    def set_offsets(self, name: str, offsets: Offsets) -> None:
        """Set the offsets of a stopped connector; partitions that are not named are reset.

        Raises ConflictError if it is not stopped.
        """
        what = f"offsets of connector {name}"
        known = _offsets(self._answer(self._server.read(f"{_path(name)}/offsets"), what))
        wanted: dict[tuple[str, int], int | None] = {**dict.fromkeys(known), **offsets}
        entries = [
            {
                "partition": {"kafka_topic": topic, "kafka_partition": partition},
                "offset": None if offset is None else {"kafka_offset": offset},
            }
            for (topic, partition), offset in sorted(wanted.items())
        ]
        if entries:
            self._answer(self._change("PATCH", f"{_path(name)}/offsets", {"offsets": entries}, what), what)

    def resume_connector(self, name: str) -> None:
        """Resume and wait until connector and tasks are RUNNING.

        Raises StatementError with the reason of the first task that fails.
        """
        what = f"resuming connector {name}"
        self._answer(self._change("PUT", f"{_path(name)}/resume", None, what), what)

        def look() -> bool | None:
            status = self._status(name)
            if failed := _failure(status):
                raise StatementError(f"connector {name}: {failed}")
            states = {task["state"] for task in status.get("tasks", [])}
            return True if _state(status) == "RUNNING" and states == {"RUNNING"} else None

        wait_until(look, seconds=STATE_SECONDS, what=what)

    def delete_connector(self, name: str) -> None:
        """Delete it and its consumer group; an absent one is fine.

        Its offsets are reset while it is stopped, which removes the group; deleting alone would keep it, and
        a connector of the same name would go on from there.
        """
        if self._server.read(f"{_path(name)}/config").status_code == 404:
            return
        self.stop_connector(name)
        what = f"deleting connector {name}"
        self._answer(self._change("DELETE", f"{_path(name)}/offsets", None, what), what)
        deleted = self._change("DELETE", _path(name), None, what)
        if deleted.status_code != 404:
            self._answer(deleted, what)

        def look() -> bool | None:
            return True if self._server.read(f"{_path(name)}/config").status_code == 404 else None

        wait_until(look, seconds=STATE_SECONDS, what=what)

    # --- pieces ---

    def _status(self, name: str) -> dict[str, Any]:
        """Connect's status of a connector; empty as long as it has none."""
        response = self._server.read(f"{_path(name)}/status")
        if response.status_code == 404:
            return {}
        return dict(self._answer(response, f"status of connector {name}"))

    def _change(self, method: str, path: str, body: Any, what: str) -> httpx.Response:
        """Send, and again as long as Connect says that it only needs time."""
        retrying = Retrying(
            retry=retry_if_result(_only_needs_time),
            stop=stop_after_delay(REBALANCE_SECONDS),
            wait=wait_exponential(multiplier=0.1, max=2.0),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        try:
            response = retrying(self._server.write, method, path, json=body)
        except OutcomeUnknownError as error:
            raise TransientError(f"{what}: {error.what}") from error
        if _only_needs_time(response):
            raise TransientError(f"{what}: {_message(response)}")
        return response

    def _answer(self, response: httpx.Response, what: str) -> Any:
        if response.is_success:
            return response.json() if response.content else None
        reason = f"{what}: {_message(response)}"
        if response.status_code == 404:
            raise ConfigurationError(reason)
        if "STOPPED state" in reason or response.status_code == 409:
            raise ConflictError(reason, remedy="Stop it first")
        if response.is_server_error:
            raise TransientError(reason)
        raise ConfigurationError(reason)


def _path(name: str) -> str:
    return f"/connectors/{quote(name, safe='')}"


def _offsets(answer: Any) -> Offsets:
    """Offsets of a sink's answer; those of a source have other keys and are left out."""
    found = {}
    for entry in answer["offsets"]:
        partition, offset = entry["partition"], entry["offset"]
        if "kafka_topic" in partition and offset:
            found[partition["kafka_topic"], int(partition["kafka_partition"])] = int(offset["kafka_offset"])
    return found


def _state(status: Mapping[str, Any]) -> str:
    if not status:
        return "UNASSIGNED"
    if _failure(status):
        return "FAILED"
    state = str(status["connector"]["state"])
    return "UNASSIGNED" if state == "RUNNING" and not status["tasks"] else state


def _failure(status: Mapping[str, Any]) -> str | None:
    """Why the connector or the first failed task failed."""
    parts = [("", status["connector"])] if status else []
    parts += [(f"task {task['id']}: ", task) for task in status.get("tasks", [])]
    for label, part in parts:
        if part["state"] == "FAILED":
            return f"{label}{root_cause([part.get('trace', '')], depth=2)}"
    return None


def _only_needs_time(response: httpx.Response) -> bool:
    """A rebalance, or tasks that are stopping still. (409 is also the answer to a name that is taken.)"""
    if response.status_code not in (409, 500):
        return False
    return "rebalance" in response.text or "safely retried" in response.text


def _message(response: httpx.Response) -> str:
    try:
        message = str(response.json()["message"]).partition(", available connectors are:")[0]
        return " ".join(message.removeprefix(_JAVA_PACKAGE).split())
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}: {response.text[:200]}"
