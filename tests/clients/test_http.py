"""Which error a lost answer, a refusal or silence becomes."""

from collections.abc import Callable

import httpx
import pytest

from airflow_bluegreen.clients.http import HttpServer, wait_until
from airflow_bluegreen.core.model import ServerAccess
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    OutcomeUnknownError,
    TransientError,
)


def server(answer: Callable[[httpx.Request], httpx.Response], auth: ServerAccess | None = None) -> HttpServer:
    return HttpServer("Server", "http://server.test/base/", auth=auth, transport=httpx.MockTransport(answer))


def failing(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


def status(code: int) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(code, json={})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(failing(httpx.ConnectError("refused")), TransientError, id="connection refused"),
        pytest.param(failing(httpx.ConnectTimeout("slow")), TransientError, id="connecting took too long"),
        pytest.param(failing(httpx.ReadTimeout("silence")), OutcomeUnknownError, id="no answer in time"),
        pytest.param(failing(httpx.ReadError("reset")), OutcomeUnknownError, id="connection broken"),
        pytest.param(failing(httpx.RemoteProtocolError("eof")), OutcomeUnknownError, id="answer cut off"),
        pytest.param(status(502), OutcomeUnknownError, id="proxy lost the server"),
        pytest.param(status(504), OutcomeUnknownError, id="proxy gave up"),
        pytest.param(status(503), TransientError, id="not now"),
        pytest.param(status(429), TransientError, id="too many requests"),
        pytest.param(status(401), ConfigurationError, id="wrong password"),
        pytest.param(status(403), ConfigurationError, id="not allowed"),
    ],
)
def test_writing(answer: Callable[[httpx.Request], httpx.Response], expected: type[BluegreenError]) -> None:
    with pytest.raises(BluegreenError) as caught:
        server(answer).write("POST", "/things", json={})
    assert type(caught.value) is expected
    assert "http://server.test/base" in str(caught.value)


def test_writing_is_never_repeated() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise httpx.ReadTimeout("silence")

    with pytest.raises(OutcomeUnknownError):
        server(answer).write("POST", "/things")
    assert len(seen) == 1


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("silence")])
def test_reading_is_repeated_and_then_transient(error: Exception) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise error

    with pytest.raises(TransientError, match="cannot be reached"):
        server(answer).read("/things")
    assert len(seen) == 3


def test_reading_goes_on_after_one_failure() -> None:
    answers = [httpx.Response(503), httpx.Response(200, json=[1])]
    assert server(lambda request: answers.pop(0)).read("/things").json() == [1]


def test_an_error_status_is_left_to_the_client() -> None:
    assert server(status(404)).read("/things").status_code == 404
    assert server(status(500)).write("PUT", "/things").status_code == 500


def test_paths_are_below_the_base_and_credentials_go_along() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    server(answer, auth=ServerAccess(user="me", password="secret")).read("/things", params={"a": "b c"})
    assert str(seen[0].url) == "http://server.test/base/things?a=b+c"
    assert seen[0].headers["Authorization"].startswith("Basic ")


def test_a_closed_server_can_be_used_again() -> None:
    one = server(status(200))
    one.read("/")
    one.close()
    one.close()
    assert one.read("/").status_code == 200


def test_waiting_returns_the_first_answer() -> None:
    answers: list[str | None] = [None, None, "there"]
    assert wait_until(lambda: answers.pop(0), seconds=5, what="it") == "there"


def test_waiting_too_long_is_an_unknown_outcome() -> None:
    with pytest.raises(OutcomeUnknownError, match=r"the thing: still not done after 0\.1 s"):
        wait_until(lambda: None, seconds=0.1, what="the thing")
