"""The stack's own promises: it works, it is one, and nothing of it is left behind."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # not declared
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack import LocalStack
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.processes import ProcessId, find
from airflow_bluegreen.stack.state import StackState, read_state

pytestmark = pytest.mark.stack

BLUEGREEN = [sys.executable, "-c", "from airflow_bluegreen.cli import main; main()", "stack"]
OWNER = """
import sys, time
from pathlib import Path
from airflow_bluegreen.stack import LocalStack
LocalStack(Path(sys.argv[1])).up(owned=True)
print("up", flush=True)
time.sleep(600)
"""
TABLE = """
CREATE TABLE {topic} (id BIGINT, customer STRING, amount DECIMAL(10, 2), PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{servers}',
  'key.format' = 'avro-confluent', 'key.avro-confluent.url' = '{registry}',
  'value.format' = 'avro-confluent', 'value.avro-confluent.url' = '{registry}')
"""


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    polling = Retrying(
        retry=retry_if_result(lambda seen: not seen),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(0.25),
        retry_error_callback=lambda _: None,
    )
    return polling(condition)


class Gateway:
    """A session of the SQL Gateway, as bare as it gets."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/v3/sessions", timeout=60)
        self.session = self.http.post("", json={}).raise_for_status().json()["sessionHandle"]

    def run(self, statement: str) -> dict[str, Any]:
        posted = self.http.post(f"/{self.session}/statements", json={"statement": statement})
        operation = posted.raise_for_status().json()["operationHandle"]
        url = f"/{self.session}/operations/{operation}/result/0?rowFormat=JSON"
        answer = eventually(lambda: self._result(url))
        assert answer, f"no result of {statement}"
        return dict(answer)

    def _result(self, url: str) -> dict[str, Any] | None:
        answer = self.http.get(url)
        assert answer.status_code == httpx.codes.OK, answer.text
        return None if answer.json()["resultType"] == "NOT_READY" else dict(answer.json())


@pytest.fixture
def gateway(stack: Endpoints) -> Iterator[Gateway]:
    session = Gateway(stack.gateway_url)
    yield session
    session.http.delete(f"/{session.session}")
    session.http.close()


def test_connect_reads_the_avro_that_flink_writes(stack: Endpoints, gateway: Gateway, tmp_path: Path) -> None:
    topic = f"orders_{uuid.uuid4().hex[:8]}"
    topics = [NewTopic(name, 1, 1, config={"cleanup.policy": "compact"}) for name in (f"raw_{topic}", topic)]
    admin = AdminClient(dict(stack.kafka))
    for created in admin.create_topics(topics).values():
        created.result(30)
    for name in (f"raw_{topic}", topic):
        servers = stack.kafka["bootstrap.servers"]
        gateway.run(TABLE.format(topic=name, servers=servers, registry=stack.registry_url))
    job = gateway.run(f"INSERT INTO {topic} SELECT * FROM raw_{topic} WHERE customer <> 'gone'")["jobID"]
    config = {
        "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
        "topics": topic,
        "file": str(tmp_path / "lines.txt"),
        "transforms": "topic",
        "transforms.topic.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.topic.topic.field": "source_topic",
    }
    connector = f"{stack.connect_url}/connectors/{topic}"
    httpx.put(f"{connector}/config", json=config, timeout=60).raise_for_status()
    gateway.run(f"INSERT INTO raw_{topic} VALUES (1, 'ada', 10.5), (2, 'bob', -3.25)")
    assert eventually(lambda: len(lines(tmp_path)) == 2), httpx.get(f"{connector}/status").text
    gateway.run(f"INSERT INTO raw_{topic} VALUES (2, 'gone', 0)")
    assert eventually(lambda: len(lines(tmp_path)) == 3), httpx.get(f"{connector}/status").text

    assert lines(tmp_path) == [
        f"Struct{{id=1,customer=ada,amount=10.50,source_topic={topic}}}",
        f"Struct{{id=2,customer=bob,amount=-3.25,source_topic={topic}}}",
        "null",
    ]
    subjects = httpx.get(f"{stack.registry_url}/subjects").json()
    assert {f"{topic}-key", f"{topic}-value"} <= set(subjects)
    httpx.delete(connector, timeout=60).raise_for_status()
    httpx.patch(f"{stack.flink_url}/jobs/{job}?mode=cancel").raise_for_status()


def lines(folder: Path) -> list[str]:
    file = folder / "lines.txt"
    return file.read_text().splitlines() if file.exists() else []


def test_a_topic_that_nobody_created_is_an_error(stack: Endpoints) -> None:
    admin = AdminClient(dict(stack.kafka))
    assert "nobody_created_me" not in admin.list_topics("nobody_created_me", timeout=30).topics or (
        admin.list_topics("nobody_created_me", timeout=30).topics["nobody_created_me"].error is not None
    )
    assert "nobody_created_me" not in admin.list_topics(timeout=30).topics


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Place]:
    """A directory for a stack of the test's own."""
    place = Place(root=tmp_path / "own")
    yield place
    LocalStack(place.root).down()


def test_two_starts_at_once_make_one_stack_that_mends_and_stops(own: Place) -> None:
    first, second = (
        start("up", "--json", "--dir", str(own.root)),
        start("up", "--json", "--dir", str(own.root)),
    )
    answers = [json.loads(process.communicate(timeout=300)[0]) for process in (first, second)]
    assert answers[0] == answers[1]
    before = state_of(own)
    assert listening(before) == {"127.0.0.1"}
    assert sum(psutil.Process(each.pid).memory_info().rss for each in before.processes) < 3 << 30

    registry = next(part for part in before.parts if part.name == "registry")
    os.kill(registry.process.pid, signal.SIGKILL)
    assert eventually(lambda: find(registry.process) is None)
    broken = json.loads(start("status", "--json", "--dir", str(own.root)).communicate(timeout=60)[0])
    assert {part["name"]: part["health"] for part in broken["parts"]}["registry"] == "down"
    again = json.loads(start("up", "--json", "--dir", str(own.root)).communicate(timeout=300)[0])
    assert again == answers[0]
    after = state_of(own)
    changed = [
        new.name for old, new in zip(before.parts, after.parts, strict=True) if old.process != new.process
    ]
    assert changed == ["registry"]
    assert {part.health for part in LocalStack(own.root).status()} == {"ok"}

    assert LocalStack(own.root).down() is True
    assert left_of(after.processes) == []
    assert LocalStack(own.root).down() is False


def test_an_owned_stack_ends_with_its_owner(own: Place) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, str(own.root)], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        processes = state_of(own).processes
        assert len(left_of(processes)) == 7
        owner.kill()
    assert eventually(lambda: left_of(processes) == [])


def test_ctrl_c_while_starting_leaves_nothing(own: Place) -> None:
    starting = start("up", "--dir", str(own.root))
    assert eventually(lambda: read_state(own.state_file), 120)
    processes = state_of(own).processes
    starting.send_signal(signal.SIGINT)
    starting.communicate(timeout=60)
    assert starting.returncode != 0
    assert left_of(processes) == []


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """The command as a terminal starts it: Ctrl-C is heard even where these tests run in the background."""
    return subprocess.Popen(
        [*BLUEGREEN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )


def state_of(place: Place) -> StackState:
    state = read_state(place.state_file)
    assert state is not None
    return state


def left_of(processes: tuple[ProcessId, ...]) -> list[int]:
    return [each.pid for each in processes if find(each)]


def listening(state: StackState) -> set[str]:
    """The addresses on which the stack's processes accept connections."""
    return {
        connection.laddr.ip.removeprefix("::ffff:")
        for process in state.processes
        for connection in psutil.Process(process.pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
