"""The gateway client's errors; what it does on a real gateway is in the contract suite."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from airflow_bluegreen.clients.flink_gateway import FlinkGateway, job_parameters
from airflow_bluegreen.core.model import JobIdentity, Submission
from airflow_bluegreen.exceptions import OutcomeUnknownError, StatementError, TransientError

IDENTITY = JobIdentity(environment="e", release="v1.0.1", statement="dml.a", table="a_v2", fingerprint="f")
Handler = Callable[[httpx.Request], httpx.Response]


class Gateway:
    """Answers as a gateway does; ``overrides`` replace the answer to what a path ends with."""

    def __init__(self, overrides: dict[str, Handler] | None = None) -> None:
        self.overrides = overrides or {}
        self.seen: list[tuple[str, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.seen.append((request.method, path, json.loads(request.content) if request.content else None))
        for ending, handler in self.overrides.items():
            if path.endswith(ending):
                return handler(request)
        if request.method == "DELETE" or path.endswith("configure-session"):
            return httpx.Response(200, json={})
        if path.endswith("sessions"):
            return httpx.Response(200, json={"sessionHandle": "s1"})
        if path.endswith("statements"):
            return httpx.Response(200, json={"operationHandle": "o1"})
        data = [{"kind": "INSERT", "fields": ["abc"]}]
        return httpx.Response(200, json={"resultType": "PAYLOAD", "jobID": "abc", "results": {"data": data}})

    def client(self) -> FlinkGateway:
        return FlinkGateway("http://gateway.test", patience=0.0, transport=httpx.MockTransport(self))

    def submit(self, **options: Any) -> Submission:
        catalog = ["CREATE TABLE a (x INT)", "CREATE TABLE b (x INT)"]
        return self.client().submit(
            catalog, "INSERT INTO b SELECT x FROM a", job_name="dml.b", identity=IDENTITY
        )

    @property
    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.seen]


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("silence")


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def errors(*texts: str) -> Handler:
    return lambda request: httpx.Response(500, json={"errors": list(texts)})


def test_one_session_with_the_tables_in_order_and_deleted_again() -> None:
    gateway = Gateway()
    assert gateway.submit().job_id == "abc"
    assert gateway.paths == [
        "POST /v3/sessions",
        "POST /v3/sessions/s1/configure-session",
        "POST /v3/sessions/s1/configure-session",
        "POST /v3/sessions/s1/statements",
        "GET /v3/sessions/s1/operations/o1/result/0",
        "DELETE /v3/sessions/s1",
    ]
    assert [body["statement"] for _, path, body in gateway.seen if path.endswith("configure-session")] == [
        "CREATE TABLE a (x INT)",
        "CREATE TABLE b (x INT)",
    ]


def test_the_job_carries_name_identity_and_savepoint() -> None:
    gateway = Gateway()
    gateway.client().submit(
        [], "INSERT INTO b SELECT 1", job_name="dml.b", identity=IDENTITY, restore_path="s3://x"
    )
    config = next(body for _, path, body in gateway.seen if path.endswith("statements"))["executionConfig"]
    assert config["pipeline.name"] == "dml.b"
    assert config["execution.state-recovery.path"] == "s3://x"
    assert json.loads(config["pipeline.global-job-parameters"])["bluegreen.release"] == "v1.0.1"


def test_job_parameters_name_every_part_of_the_identity() -> None:
    assert json.loads(job_parameters(IDENTITY)) == {
        "bluegreen.environment": "e",
        "bluegreen.release": "v1.0.1",
        "bluegreen.statement": "dml.a",
        "bluegreen.table": "a_v2",
        "bluegreen.fingerprint": "f",
    }


@pytest.mark.parametrize("ending", ["sessions", "configure-session"])
def test_a_lost_answer_before_the_submission_is_harmless(ending: str) -> None:
    with pytest.raises(TransientError):
        Gateway({ending: broken}).submit()


def test_a_submission_that_could_not_be_sent_is_transient() -> None:
    with pytest.raises(TransientError):
        Gateway({"statements": refused}).submit()


@pytest.mark.parametrize("ending", ["statements", "result/0"])
def test_a_lost_answer_after_the_submission_is_an_unknown_outcome(ending: str) -> None:
    with pytest.raises(OutcomeUnknownError, match=r"[Ll]ook"):
        Gateway({ending: broken}).submit()


@pytest.mark.parametrize(
    "text", ["Session 's1' does not exist.", "Can not find the submitted operation in x"]
)
def test_a_gateway_that_was_restarted_after_the_submission(text: str) -> None:
    with pytest.raises(OutcomeUnknownError, match=r"dml\.b"):
        Gateway({"result/0": errors("Internal server error.", text)}).submit()


def test_an_explanation_may_always_be_tried_again() -> None:
    for ending in ("statements", "result/0"):
        with pytest.raises(TransientError):
            Gateway({ending: broken}).client().explain([], "INSERT INTO b SELECT 1")


def test_a_refusal_names_the_statement_and_deletes_the_session() -> None:
    gateway = Gateway({"configure-session": errors("x", "a.B: no good")})
    with pytest.raises(StatementError, match="Flink refuses CREATE TABLE a: no good"):
        gateway.submit()
    assert gateway.paths[-1] == "DELETE /v3/sessions/s1"


def test_a_refusal_of_a_commented_statement_names_it() -> None:
    sql = "-- who wrote this\nINSERT INTO b /* really */ SELECT 1"
    with pytest.raises(StatementError, match="Flink refuses INSERT INTO b: no good"):
        Gateway({"result/0": errors("a.B: no good")}).client().explain([], sql)


def test_a_session_that_cannot_be_deleted_does_not_hide_the_job() -> None:
    assert Gateway({"/v3/sessions/s1": broken}).submit().job_id == "abc"
