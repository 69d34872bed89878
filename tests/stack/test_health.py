"""Health is judged by what a server answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack.configs import SLOTS
from airflow_bluegreen.stack.free_ports import HOST, pick_ports
from airflow_bluegreen.stack.health import is_healthy


class Answers(BaseHTTPRequestHandler):
    """Answers by path; 404 to all others."""

    known: dict[str, object]

    def do_GET(self) -> None:
        content = json.dumps(self.known.get(self.path)).encode()
        self.send_response(200 if self.path in self.known else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def server() -> Iterator[tuple[type[Answers], Endpoints]]:
    handler = type("Handler", (Answers,), {"known": {}})
    with HTTPServer((HOST, 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        url = f"http://{HOST}:{http.server_port}"
        yield (
            handler,
            Endpoints(
                gateway_url=url,
                flink_url=url,
                kafka={"bootstrap.servers": f"{HOST}:{pick_ports(('kafka',))['kafka']}"},
                connect_url=url,
                registry_url=f"{url}/apis/ccompat/v7",
            ),
        )
        http.shutdown()


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("jobmanager", "/overview"),
        ("gateway", "/info"),
        ("connect", "/connectors"),
        ("registry", "/apis/ccompat/v7/subjects"),
    ],
)
def test_a_part_is_healthy_when_it_answers(
    server: tuple[type[Answers], Endpoints], part: str, path: str
) -> None:
    answers, endpoints = server
    assert not is_healthy(part, endpoints)
    answers.known[path] = {}
    assert is_healthy(part, endpoints)


def test_the_taskmanager_is_healthy_when_its_slots_are_registered(
    server: tuple[type[Answers], Endpoints],
) -> None:
    answers, endpoints = server
    answers.known["/overview"] = {"slots-total": 0}
    assert not is_healthy("taskmanager", endpoints)
    answers.known["/overview"] = {"slots-total": SLOTS}
    assert is_healthy("taskmanager", endpoints)


def test_no_kafka_is_no_healthy_kafka(server: tuple[type[Answers], Endpoints]) -> None:
    assert not is_healthy("kafka", server[1])


def test_an_unknown_part_is_a_mistake(server: tuple[type[Answers], Endpoints]) -> None:
    with pytest.raises(ValueError, match="no-such-part"):
        is_healthy("no-such-part", server[1])
