"""What the Connect client makes of answers; on a real worker it runs in the contract suite."""

import json
from typing import Any

import httpx
import pytest

from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
    StatementError,
    TransientError,
)
from tests.fakes.clock import FakeClock

STOPPED = {"connector": {"state": "STOPPED"}, "tasks": []}
RUNNING = {"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "RUNNING"}]}


class Worker:
    """Answers ``METHOD path`` with what it is told; a list is answered one by one, the last for ever."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.bodies: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url.path}"
        self.bodies.append((asked, json.loads(request.content) if request.content else None))
        answer = self.answers.get(asked)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return refusal(404, "Connector not found") if answer is None else httpx.Response(200, json=answer)

    def client(self) -> KafkaConnect:
        """One whose time passes only while it waits."""
        return KafkaConnect(
            "http://connect.test", patience=5, clock=FakeClock(), transport=httpx.MockTransport(self)
        )


def refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error_code": status, "message": message})


def test_a_rebalance_is_waited_for() -> None:
    rebalance = refusal(
        409,
        "Cannot complete request momentarily due to a rebalance in progress",
    )
    worker = Worker(
        {"PUT /connectors/c/resume": [rebalance, rebalance, {}], "GET /connectors/c/status": RUNNING}
    )
    worker.client().resume_connector("c")
    assert [asked for asked, _ in worker.bodies].count("PUT /connectors/c/resume") == 3


def test_tasks_that_are_stopping_still_are_waited_for() -> None:
    early = refusal(500, "Failed to alter consumer group offsets; this operation can be safely retried.")
    worker = Worker(
        {"GET /connectors/c/offsets": {"offsets": []}, "PATCH /connectors/c/offsets": [early, {}]}
    )
    worker.client().set_offsets("c", {("a", 0): 1})
    assert [asked for asked, _ in worker.bodies].count("PATCH /connectors/c/offsets") == 2


def test_a_lost_answer_may_be_repeated() -> None:
    worker = Worker({"PUT /connectors/c/stop": httpx.ReadTimeout("silence")})
    with pytest.raises(TransientError):
        worker.client().stop_connector("c")
    assert not issubclass(TransientError, OutcomeUnknownError)


def test_a_worker_that_restarts_is_waited_for() -> None:
    gone, starting = httpx.ConnectError("refused"), httpx.Response(404, text="<h1>Not Found</h1>")
    worker = Worker(
        {
            "PUT /connectors/c/resume": [gone, starting, httpx.ReadError("reset"), {}],
            "GET /connectors/c/status": [starting, RUNNING],
        }
    )
    worker.client().resume_connector("c")
    assert [asked for asked, _ in worker.bodies].count("PUT /connectors/c/resume") == 4


@pytest.mark.parametrize(
    "what",
    [
        "writing connector configuration to",
        "writing root configuration to",
        "removing connector configuration from",
    ],
)
def test_a_worker_that_cannot_write_to_kafka_is_waited_for_and_told_with_what_helps(what: str) -> None:
    late = refusal(500, f"Error {what} Kafka")
    worker = Worker({"PUT /connectors/c/stop": [late, late, {}], "GET /connectors/c/status": STOPPED})
    worker.client().stop_connector("c")
    assert [asked for asked, _ in worker.bodies].count("PUT /connectors/c/stop") == 3
    with pytest.raises(
        TransientError, match=f"stopping connector c: Error {what} Kafka. .*restart its worker"
    ):
        Worker({"PUT /connectors/c/stop": late}).client().stop_connector("c")


def test_reads_wait_for_a_worker_only_if_it_has_answered_before() -> None:
    gone = httpx.ConnectError("refused")
    silent = Worker({"GET /connectors": gone})
    with pytest.raises(TransientError, match="cannot be reached"):
        silent.client().connectors()
    assert len(silent.bodies) == 3, "asked again at once, and not waited for"
    worker = Worker({"GET /connectors": [["a"], gone, gone, gone, gone, ["a", "b"]]})
    client = worker.client()
    assert client.connectors() == ("a",)
    assert client.connectors() == ("a", "b")


def test_a_web_server_without_connect_in_it_does_not_make_connectors_vanish() -> None:
    empty = httpx.Response(404, json={"url": "/connectors/c/config", "status": "404", "message": "Not Found"})
    worker = Worker({"GET /connectors/c/config": empty})
    with pytest.raises(TransientError, match="starting up"):
        worker.client().connector("c")


def test_offsets_of_partitions_that_are_not_named_are_null() -> None:
    known = {
        "offsets": [{"partition": {"kafka_topic": "a", "kafka_partition": 1}, "offset": {"kafka_offset": 5}}]
    }
    worker = Worker({"GET /connectors/c/offsets": known, "PATCH /connectors/c/offsets": {}})
    worker.client().set_offsets("c", {("a_v2", 0): 3})
    assert worker.bodies[-1][1] == {
        "offsets": [
            {"partition": {"kafka_topic": "a", "kafka_partition": 1}, "offset": None},
            {"partition": {"kafka_topic": "a_v2", "kafka_partition": 0}, "offset": {"kafka_offset": 3}},
        ]
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (RUNNING, "RUNNING"),
        ({"connector": {"state": "STOPPED"}, "tasks": []}, "STOPPED"),
        ({"connector": {"state": "RUNNING"}, "tasks": []}, "UNASSIGNED"),
        (
            {"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "FAILED", "trace": "x"}]},
            "FAILED",
        ),
        ({"connector": {"state": "FAILED", "trace": "x"}, "tasks": []}, "FAILED"),
        ({"connector": {"state": "NEW_WORD"}, "tasks": []}, "NEW_WORD"),
        (None, "UNASSIGNED"),
    ],
)
def test_states(status: Any, state: str) -> None:
    worker = Worker(
        {
            "GET /connectors/c/config": {"name": "c"},
            "GET /connectors/c/offsets": {"offsets": []},
            "GET /connectors/c/status": status,
        }
    )
    found = worker.client().connector("c")
    assert found is not None
    assert found.state == state


def test_a_sources_offsets_are_left_out() -> None:
    offsets = {"offsets": [{"partition": {"filename": "x"}, "offset": {"position": 3}}]}
    worker = Worker({"GET /connectors/c/config": {}, "GET /connectors/c/offsets": offsets})
    found = worker.client().connector("c")
    assert found is not None
    assert found.offsets == {}


def test_a_failed_task_is_told_with_both_inner_causes() -> None:
    trace = "a.ConnectException: cannot write\n\tat a.B.c(B.java:1)\nCaused by: a.NoFile: /x\n"
    status = {"connector": {"state": "RUNNING"}, "tasks": [{"id": 3, "state": "FAILED", "trace": trace}]}
    worker = Worker({"PUT /connectors/c/resume": {}, "GET /connectors/c/status": status})
    with pytest.raises(StatementError, match="connector c: task 3: cannot write: /x"):
        worker.client().resume_connector("c")


def test_a_plugin_that_is_not_there_is_a_complaint() -> None:
    message = (
        "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Failed to find any class that "
        "implements Connector and which name matches x.Y, available connectors are: PluginDesc{…}"
    )
    worker = Worker({"PUT /connector-plugins/x.Y/config/validate": refusal(400, message)})
    assert worker.client().validate_config({"connector.class": "x.Y"}) == (
        "connector.class: Failed to find any class that implements Connector and which name matches x.Y",
    )


def test_a_refused_config_is_told() -> None:
    worker = Worker({"PUT /connectors/c/config": refusal(400, "Connector configuration is invalid")})
    with pytest.raises(ConfigurationError, match="connector c: Connector configuration is invalid"):
        worker.client().put_config("c", {"connector.class": "x"})


TAKEN = refusal(409, "Connector c already exists")


@pytest.mark.parametrize(
    "first",
    [refusal(500, "Error writing connector configuration to Kafka"), httpx.ReadTimeout("silence")],
    ids=["written-late", "answer-lost"],
)
@pytest.mark.parametrize("status", [STOPPED, RUNNING], ids=["stopped", "running"])
def test_a_connector_that_was_created_after_all_is_gone_on_with(first: Any, status: Any) -> None:
    worker = Worker(
        {
            "GET /connectors/c/config": [refusal(404, "Connector c not found"), {"name": "c"}],
            "POST /connectors": [first, TAKEN],
            "PUT /connectors/c/stop": {},
            "GET /connectors/c/status": [status, STOPPED],
            "PUT /connectors/c/config": {},
        }
    )
    worker.client().put_config("c", {"connector.class": "x"}, stopped=True)
    sent = [(asked, body) for asked, body in worker.bodies if not asked.startswith("GET")]
    created = {
        "name": "c",
        "config": {"connector.class": "x", "name": "c"},
        "initial_state": "STOPPED",
    }
    assert sent == [
        ("POST /connectors", created),
        ("POST /connectors", created),
        ("PUT /connectors/c/stop", None),
        ("PUT /connectors/c/config", {"connector.class": "x", "name": "c"}),
    ]


def test_a_name_that_is_taken_by_what_cannot_be_seen_is_a_conflict() -> None:
    worker = Worker({"POST /connectors": TAKEN})
    with pytest.raises(ConflictError, match="connector c: Connector c already exists"):
        worker.client().put_config("c", {"connector.class": "x"}, stopped=True)
    assert not any(asked.startswith("PUT") for asked, _ in worker.bodies)


def test_names_are_escaped_in_paths() -> None:
    worker = Worker({})
    assert worker.client().connector("a/b c") is None
    assert worker.bodies[0][0] == "GET /connectors/a/b c/config"
