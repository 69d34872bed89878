"""Kafka Connect's REST API (4.0 and later): sink connectors, their configuration and their offsets."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    wait_exponential,
)

from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.connect_answers import (
    cannot_write,
    failure_in,
    from_connect,
    message_of,
    only_needs_time,
    sink_offsets,
    state_of,
)
from airflow_bluegreen.clients.http import HttpServer, wait_until
from airflow_bluegreen.core.model import ConnectorState, Offsets, ServerAccess
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
    StatementError,
    TransientError,
)
from airflow_bluegreen.ports import Clock

PATIENCE_SECONDS = 90.0
"""How long a rebalance, or a worker that restarts, is waited for."""
STATE_SECONDS = 120.0
# The plugin's validation needs a name; configurations in git are named by their file.
_NAMELESS = {"name": "unnamed"}
_RESTART = "See whether the brokers answer Kafka Connect; restart its worker if they do, and run this again"


Seen = TypeVar("Seen")


class KafkaConnect:
    """Implements ``ports.Connectors``.

    Everything it sends may be sent twice, so a write whose answer is lost is sent again. A worker that has
    answered before and cannot be reached is taken to restart, and waited for; one that never answered is told
    at once. Either way it is a TransientError in the end.

    :param url: of a worker's REST API.
    :param auth: how it is entered; None where everybody may.
    :param patience: how many seconds a rebalance or a restart may take.
    :param clock: tells these seconds, and waits between two tries; the machine's own by default.
    """

    def __init__(
        self,
        url: str,
        auth: ServerAccess | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience = patience
        self._clock = clock or SystemClock()
        self._has_answered = False
        self._server = HttpServer("Kafka Connect", url, auth=auth, timeout=90.0, transport=transport)

    def close(self) -> None:
        self._server.close()

    # --- reading ---

    def connectors(self) -> tuple[str, ...]:
        """Names of all connectors, sorted."""
        return tuple(sorted(self._answer(self._read("/connectors"), "list of connectors")))

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
        config = self._read(f"{_path(name)}/config")
        if config.status_code == 404:
            return None
        offsets = self._read(f"{_path(name)}/offsets")
        return ConnectorState(
            name=name,
            config=self._answer(config, f"configuration of connector {name}"),
            offsets=sink_offsets(self._answer(offsets, f"offsets of connector {name}")),
            state=state_of(self._status(name)),
        )

    def validate_config(self, config: Mapping[str, str]) -> tuple[str, ...]:
        """Connect's complaints about a configuration, one line each; empty when it is valid."""
        plugin = config.get("connector.class", "")
        if not plugin:
            return ("connector.class: missing",)
        path = f"/connector-plugins/{quote(plugin, safe='')}/config/validate"
        response = self._read(path, method="PUT", json={**_NAMELESS, **config})
        if not response.is_success:
            return (f"connector.class: {message_of(response)}",)
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
        if not (stopped and self._created_stopped(name, settings, what)):
            self._answer(self._change("PUT", f"{_path(name)}/config", settings, what), what)
        _wait(lambda: self._status(name) or None, f"status of connector {name}")

    def _created_stopped(self, name: str, settings: Mapping[str, str], what: str) -> bool:
        """Create it stopped; False where it is there already, and its configuration is to be replaced.

        Creating is the one request that is not answered the same when it is sent again: the first may have
        been written after all, and the name is taken then. What took it is stopped, as was asked for.
        """
        if not self._is_absent(name):
            return False
        body = {"name": name, "config": settings, "initial_state": "STOPPED"}
        response = self._change("POST", "/connectors", body, what)
        if response.status_code == 409 and not self._is_absent(name):
            self.stop_connector(name)
            return False
        self._answer(response, what)
        return True

    def stop_connector(self, name: str) -> None:
        """Stop and wait until it is STOPPED with no task left."""
        what = f"stopping connector {name}"
        self._answer(self._change("PUT", f"{_path(name)}/stop", None, what), what)

        def look() -> bool | None:
            status = self._status(name)
            return True if state_of(status) == "STOPPED" and not status["tasks"] else None

        _wait(look, what)

    def set_offsets(self, name: str, offsets: Offsets) -> None:
        """Set the offsets of a stopped connector; partitions that are not named are reset.

        Raises ConflictError if it is not stopped.
        """
        what = f"offsets of connector {name}"
        known = sink_offsets(self._answer(self._read(f"{_path(name)}/offsets"), what))
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
            if failed := failure_in(status):
                raise StatementError(f"connector {name}: {failed}")
            states = {task["state"] for task in status.get("tasks", [])}
            return True if state_of(status) == "RUNNING" and states == {"RUNNING"} else None

        _wait(look, what)

    def delete_connector(self, name: str) -> None:
        """Delete it and its consumer group; an absent one is fine.

        Its offsets are reset while it is stopped, which removes the group; deleting alone would keep it, and
        a connector of the same name would go on from there.
        """
        if self._is_absent(name):
            return
        self.stop_connector(name)
        what = f"deleting connector {name}"
        self._answer(self._change("DELETE", f"{_path(name)}/offsets", None, what), what)
        deleted = self._change("DELETE", _path(name), None, what)
        if deleted.status_code != 404:
            self._answer(deleted, what)

        def look() -> bool | None:
            return True if self._is_absent(name) else None

        _wait(look, what)

    # --- pieces ---

    def _is_absent(self, name: str) -> bool:
        return self._read(f"{_path(name)}/config").status_code == 404

    def _status(self, name: str) -> dict[str, Any]:
        """Connect's status of a connector; empty as long as it has none."""
        response = self._read(f"{_path(name)}/status")
        if response.status_code == 404:
            return {}
        return dict(self._answer(response, f"status of connector {name}"))

    def _read(self, path: str, *, method: str = "GET", json: Any = None) -> httpx.Response:
        """Ask, and again as long as Connect needs time."""

        def ask() -> httpx.Response:
            response = from_connect(self._server.read(path, method=method, json=json))
            self._has_answered = True
            return response

        return self._patiently(ask, (TransientError,) if self._has_answered else ())

    def _change(self, method: str, path: str, body: Any, what: str) -> httpx.Response:
        """Send, and again as long as Connect needs time."""

        def send() -> httpx.Response:
            return from_connect(self._server.write(method, path, json=body))

        try:
            response = self._patiently(send, (TransientError, OutcomeUnknownError))
        except OutcomeUnknownError as error:
            raise TransientError(f"{what}: {error.what}") from error
        if only_needs_time(response):
            remedy = _RESTART if cannot_write(response) else ""
            raise TransientError(f"{what}: {message_of(response)}", remedy=remedy)
        return response

    def _patiently(
        self, request: Callable[[], httpx.Response], survived: tuple[type[BaseException], ...]
    ) -> httpx.Response:
        def give_up(state: RetryCallState) -> httpx.Response:
            assert state.outcome is not None
            last: httpx.Response = state.outcome.result()
            return last

        began = self._clock.now()
        retrying = Retrying(
            retry=retry_if_result(only_needs_time) | retry_if_exception_type(survived),
            stop=lambda _: self._clock.now() - began >= self._patience,
            sleep=self._clock.sleep,
            wait=wait_exponential(multiplier=0.1, max=2.0),
            retry_error_callback=give_up,
        )
        return retrying(request)

    def _answer(self, response: httpx.Response, what: str) -> Any:
        if response.is_success:
            return response.json() if response.content else None
        reason = f"{what}: {message_of(response)}"
        if response.status_code == 404:
            raise ConfigurationError(reason)
        if "STOPPED state" in reason or response.status_code == 409:
            raise ConflictError(reason, remedy="Stop it first")
        if response.is_server_error:
            raise TransientError(reason)
        raise ConfigurationError(reason)


def _wait(look: Callable[[], Seen | None], what: str) -> Seen:
    """Look until something is seen; a worker that does not answer for a while is looked at again."""

    def patiently() -> Seen | None:
        try:
            return look()
        except TransientError:
            return None

    return wait_until(patiently, seconds=STATE_SECONDS, what=what)


def _path(name: str) -> str:
    return f"/connectors/{quote(name, safe='')}"
