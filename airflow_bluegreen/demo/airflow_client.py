"""Airflow's REST API, as far as the demo and the tests need it."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from airflow_bluegreen.core.documents import from_json
from airflow_bluegreen.exceptions import ConfigurationError, TransientError

_ENDED = frozenset({"success", "failed"})
_TASK_ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
_ASKING = "awaiting_input"
# A task that is answered while its worker still winds up is marked failed and asks again.
_SETTLED_SECONDS = 6.0
_SETTLED = frozenset({"success", "skipped", None})
_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
_PAGE = 100

Answer = TypeVar("Answer")
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A DAG run."""

    dag_id: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run stands: its own state and that of every task, by task id (None = not scheduled yet)."""

    state: str
    tasks: Mapping[str, str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        open_tasks = [f"{task} {state}" for task, state in self.tasks.items() if state not in _SETTLED]
        return f"{self.state}; {', '.join(open_tasks) or 'no task is open'}"


def poll(
    ask: Callable[[], Answer],
    until: Callable[[Answer], bool],
    *,
    timeout: float,
    what: str,
    every: float = 0.5,
) -> Answer:
    """Ask again and again until the answer satisfies ``until``; a server that does not answer is asked again.

    :param timeout: seconds to wait at most; ``every`` seconds between two questions.
    :raises TransientError: it took longer; the message says what was waited for and the last answer.
    """

    def give_up(state: RetryCallState) -> Answer:
        raise TransientError(
            f"waited {timeout:.0f} s for {what}; last seen: {_last_answer(state)}",
            remedy="Look at the logs in Airflow's home",
        )

    polling = Retrying(
        retry=retry_if_result(lambda answer: not until(answer))
        | retry_if_exception_type(httpx.TransportError),
        stop=stop_after_delay(timeout),
        wait=wait_fixed(every),
        retry_error_callback=give_up,
    )
    return polling(ask)


def _last_answer(state: RetryCallState) -> object:
    if state.outcome is None:
        return "nothing"
    return state.outcome.exception() if state.outcome.failed else state.outcome.result()


class AirflowClient:
    """A logged-in client of the API server at ``url``.

    :param token: a JWT; without one it asks for the token that the demo's Airflow gives to everybody.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        self._token = token
        self._http = httpx.Client(base_url=url, timeout=120.0, trust_env=False)

    def close(self) -> None:
        """Close the connections to the server."""
        self._http.close()

    def token(self) -> str:
        """A JWT of the administrator, asked for once."""
        if self._token is None:
            answer = self._http.get("/auth/token")
            answer.raise_for_status()
            self._token = str(answer.json()["access_token"])
        return self._token

    def is_healthy(self) -> bool:
        """True when database, scheduler, triggerer and DAG processor all report so."""
        answer = self._http.get("/api/v2/monitor/health")
        if answer.status_code != httpx.codes.OK:
            return False
        health = answer.json()
        return all((health.get(part) or {}).get("status") == "healthy" for part in _PARTS)

    def await_dag(self, dag_id: str, *, timeout: float = 90.0) -> None:
        """Wait until the DAG was parsed.

        :raises ConfigurationError: a DAG file cannot be imported.
        """

        def known() -> bool:
            errors = self.call("GET", "/importErrors")["import_errors"]
            if errors:
                first = errors[0]
                raise ConfigurationError(
                    f"cannot import: {first['stack_trace'].strip().splitlines()[-1]}",
                    remedy=f"The DAG file is {first['filename']}",
                )
            return self._request("GET", f"/dags/{dag_id}").status_code == httpx.codes.OK

        poll(known, bool, timeout=timeout, what=f"DAG {dag_id}")

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> Run:
        """Start a run with ``conf`` laid over the DAG's params; waits for a DAG that was not parsed yet."""
        self.await_dag(dag_id)
        body = {"logical_date": None, "conf": dict(conf or {})}
        return Run(dag_id=dag_id, run_id=self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def result(self, run: Run) -> RunResult:
        """How the run and its tasks stand now."""
        return RunResult(state=self.call("GET", path_of(run))["state"], tasks=self.task_states(run))

    def wait(self, run: Run, *, timeout: float = 600.0) -> RunResult:
        """Wait until the run has ended."""
        return poll(
            lambda: self.result(run),
            lambda result: result.state in _ENDED,
            timeout=timeout,
            what=f"the end of {run.run_id}",
        )

    def wait_for_task(
        self, run: Run, task_id: str, states: Sequence[str], *, timeout: float = 600.0
    ) -> RunResult:
        """Wait until a task is in one of ``states``, or the run has ended."""
        return poll(
            lambda: self.result(run),
            lambda result: result.state in _ENDED or result.tasks.get(task_id) in states,
            timeout=timeout,
            what=f"{task_id} to be {' or '.join(states)}",
        )

    def task_states(self, run: Run) -> dict[str, str | None]:
        """The state of every task of the run by task id."""
        states: dict[str, str | None] = {}
        page: dict[str, Any] = {"total_entries": 1}
        offset = 0
        while offset < page["total_entries"]:
            page = self.call("GET", f"{path_of(run)}/taskInstances?limit={_PAGE}&offset={offset}")
            states |= {each["task_id"]: each["state"] for each in page["task_instances"]}
            offset += _PAGE
        return states

    def approve(self, run: Run, task_id: str = "approve", *, timeout: float = 600.0) -> None:
        """Answer Approve when the task asks; returns when it has taken the answer."""
        self._answer(run, task_id, "Approve", timeout)

    def reject(self, run: Run, task_id: str = "approve", *, timeout: float = 600.0) -> None:
        """Answer Reject when the task asks; returns when it has taken the answer."""
        self._answer(run, task_id, "Reject", timeout)

    def question(self, run: Run, task_id: str = "approve") -> dict[str, Any]:
        """What a person is asked: ``subject``, ``body`` (markdown), ``options`` and so on."""
        asked: dict[str, Any] = self.call("GET", f"{task_path_of(run, task_id)}/-1/hitlDetails")
        return asked

    def task_log(self, run: Run, task_id: str, try_number: int = 1) -> str:
        """The text of a task's log, a line for each entry."""
        answer = self.call("GET", f"{task_path_of(run, task_id)}/logs/{try_number}?full_content=true")
        content = answer["content"]
        return content if isinstance(content, str) else "\n".join(_log_line(entry) for entry in content)

    def clear(self, run: Run, task_ids: Sequence[str], *, downstream: bool = False) -> None:
        """Let tasks of an ended or running run start again."""
        body = {
            "dry_run": False,
            "dag_run_id": run.run_id,
            "task_ids": list(task_ids),
            "only_failed": False,
            "include_downstream": downstream,
            "reset_dag_runs": True,
        }
        self.call("POST", f"/dags/{run.dag_id}/clearTaskInstances", body)

    def xcom(self, run: Run, task_id: str, key: str = "return_value") -> Any:
        """A value that a task left."""
        path = f"{task_path_of(run, task_id)}/xcomEntries/{quote(key, safe='')}?deserialize=true"
        return self.call("GET", path)["value"]

    def record(self, kind: type[Record], run: Run, task_id: str, key: str = "return_value") -> Record:
        """A record of :mod:`airflow_bluegreen.core.model` that a task left as JSON."""
        value = self.xcom(run, task_id, key)
        # The API decodes a text that holds JSON.
        return from_json(kind, value if isinstance(value, str) else json.dumps(value))

    def links(self, run: Run, task_id: str) -> dict[str, str | None]:
        """The extra links of a task by name."""
        found: dict[str, str | None] = self.call("GET", f"{task_path_of(run, task_id)}/links")["extra_links"]
        return found

    def _answer(self, run: Run, task_id: str, option: str, timeout: float) -> None:
        """Answer until the task has ended: Airflow may lose an answer that comes too soon, and asks again."""
        asked_at: list[float] = []
        answers: list[str] = []

        def ended() -> bool:
            seen = self.result(run)
            state = seen.tasks.get(task_id)
            if state != _ASKING:
                asked_at.clear()
            elif not asked_at:
                asked_at.append(time.monotonic())
            elif time.monotonic() - asked_at[0] >= _SETTLED_SECONDS:
                body = {"chosen_options": [option], "params_input": {}}
                self.call("PATCH", f"{task_path_of(run, task_id)}/-1/hitlDetails", body)
                answers.append(option)
            return state in _TASK_ENDED or seen.state in _ENDED

        poll(ended, bool, timeout=timeout, what=f"{task_id} to ask and to take the answer")
        if not answers:
            raise ConfigurationError(
                f"{task_id} of {run.run_id} asked nobody", remedy="Look at the log of the first failed task"
            )

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Any other question: what the REST API answers, below ``/api/v2``.

        :raises ConfigurationError: it answered with an error.
        """
        answer = self._request(method, path, body)
        if answer.is_error:
            raise ConfigurationError(
                f"{method} {path} answered {answer.status_code}: {answer.text[:500]}",
                remedy="Look at Airflow's log",
            )
        return answer.json()

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token()}", "Accept": "application/json"}
        return self._http.request(method, f"/api/v2{path}", headers=headers, json=body)


def path_of(run: Run) -> str:
    """The path of a run below ``/api/v2``."""
    return f"/dags/{run.dag_id}/dagRuns/{quote(run.run_id, safe='')}"


def task_path_of(run: Run, task_id: str) -> str:
    """The path of a task of a run below ``/api/v2``."""
    return f"{path_of(run)}/taskInstances/{quote(task_id, safe='')}"


def _log_line(entry: Mapping[str, Any]) -> str:
    text = str(entry.get("event", ""))
    details = entry.get("error_detail") or []
    return "\n".join([text, *(f"{each.get('exc_type')}: {each.get('exc_value')}" for each in details)])
