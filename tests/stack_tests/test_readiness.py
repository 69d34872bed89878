"""Starting once and getting ready, or not, on a real Flink."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from airflow_bluegreen.actions.catch_up import await_ready
from airflow_bluegreen.actions.deploy import deploy, submit
from airflow_bluegreen.cli.stack import environment
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.core.model import Endpoints, JobState
from airflow_bluegreen.core.trouble import Patience
from airflow_bluegreen.exceptions import ReadinessError, StatementError
from tests.stack_tests.mini import COPY, Mini, mini

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

ROWS = tuple({"id": str(number), "v": "x"} for number in range(50))
SET = "SET '{key}' = '{value}';\n"
# The work is behind the aggregation, in a vertex of its own: the source has to wait for it.
SLOW = """\
INSERT INTO {table}
SELECT id, CAST(CHAR_LENGTH(REPLACE(REPEAT('x', 300000 + CAST(COUNT(*) AS INT)), 'x', 'yz')) AS STRING)
FROM {raw} GROUP BY id"""


@pytest.fixture
def unique() -> str:
    return uuid4().hex[:8]


@pytest.fixture
def copying(stack: Endpoints, unique: str) -> Iterator[Mini]:
    with mini(stack, unique) as world:
        world.produce(*ROWS)
        yield world


def jobs_of(world: Mini) -> list[str]:
    return [
        job.job_id
        for job in world.platform.jobs.jobs()
        if job.identity is not None and job.identity.table == world.table
    ]


def wait(world: Mini, timeout_s: float = 240, **patience: int) -> None:
    await_ready(
        world.platform,
        world.plan,
        world.table,
        world.story,
        timeout_s,
        poll_s=1.0,
        patience=Patience(**patience),
    )


class Racer:
    """A process that deploys the table whenever it is told to."""

    def __init__(self, stack: Endpoints, unique: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stack_tests.racing", unique],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment(stack)},
        )

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def says(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> int:
        self._process.communicate(timeout=30)
        return self._process.returncode


def test_two_processes_that_deploy_at_the_same_instant_start_one_job(copying: Mini, stack: Endpoints) -> None:
    racers = [Racer(stack, copying.table.removeprefix("t_")) for _ in range(2)]
    assert [racer.says() for racer in racers] == ["ready", "ready"]
    seen: set[str] = set()
    for _ in range(4):
        for racer in racers:
            racer.go()
        first, second = (racer.says() for racer in racers)
        assert first == second
        assert jobs_of(copying) == [first]
        started = [job for job in copying.platform.jobs.jobs() if job.name == f"dml.{copying.table}"]
        assert len(started) == 1
        seen.add(first)
        copying.platform.jobs.cancel(first)
    assert [racer.end() for racer in racers] == [0, 0]
    assert len(seen) == 4, "each round started anew"


def test_a_job_catches_up(copying: Mini) -> None:
    (job,) = deploy(copying.platform, copying.plan, copying.table, copying.profile, copying.story)
    assert job.state is JobState.RUNNING
    wait(copying)
    assert f"{copying.table} has caught up: 50 input records, 0 behind" in copying.story.lines


def test_a_record_that_cannot_be_read_is_a_crash_loop_that_names_topic_and_cause(copying: Mini) -> None:
    deploy(copying.platform, copying.plan, copying.table, copying.profile, copying.story)
    copying.produce(b"not JSON")
    with pytest.raises(ReadinessError) as caught:
        wait(copying)
    assert f"{copying.table} is crash-looping: 3 restarts in" in caught.value.what
    assert f"reading topic {copying.raw}: Failed to deserialize JSON 'not JSON'" in caught.value.what
    assert "\n" not in str(caught.value)


def test_a_job_without_slots_is_told_from_a_slow_one(stack: Endpoints, unique: str) -> None:
    wide = SET.format(key="parallelism.default", value="100") + COPY
    with mini(stack, unique, wide) as world:
        world.produce(*ROWS)
        submit(world.platform, world.plan, world.table, world.profile, world.story)
        with pytest.raises(ReadinessError) as caught:
            wait(world)
        assert caught.value.what.startswith(
            f"{world.table} is without slots: the cluster has too few free slots for it"
        )


def test_a_job_that_never_takes_a_checkpoint_is_refused(stack: Endpoints, unique: str) -> None:
    never = SET.format(key="execution.checkpointing.interval", value=f"{2**63 - 1} ms") + COPY
    with mini(stack, unique, never) as world:
        with pytest.raises(StatementError, match="its checkpointing is disabled"):
            deploy(world.platform, world.plan, world.table, world.profile, world.story)
        assert jobs_of(world) == []


def test_a_job_that_falls_behind_names_its_bottleneck(stack: Endpoints, unique: str) -> None:
    with mini(stack, unique, SLOW) as world:
        deploy(world.platform, world.plan, world.table, world.profile, world.story)
        enough = threading.Event()

        def feed() -> None:
            while not enough.wait(0.2):
                world.produce(*({"id": str(number % 50), "v": "x"} for number in range(4_000)))

        feeding = threading.Thread(target=feed)
        feeding.start()
        try:
            with pytest.raises(ReadinessError) as caught:
                wait(world, behind_ms=40_000)
        finally:
            enough.set()
            feeding.join()
        assert f"{world.table} is falling behind: for " in caught.value.what
        assert "GroupAggregate" in caught.value.what
        assert "is the bottleneck (busy" in caught.value.what


class Forgetful(httpx.HTTPTransport):
    """Deletes the session before the first request whose path ends so, as a gateway's restart does."""

    def __init__(self, ending: str) -> None:
        super().__init__()
        self._ending = ending

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self._ending and self._ending in path:
            self._ending = ""
            session = path.split("/")[3]
            gone = request.url.copy_with(path=f"/v3/sessions/{session}", query=None)
            with httpx.Client() as client:
                client.delete(gone).raise_for_status()
        return super().handle_request(request)


@pytest.mark.parametrize("ending", ["/configure-session", "/statements", "/result/"])
def test_a_gateway_that_forgets_its_sessions_costs_nothing(
    stack: Endpoints, unique: str, ending: str
) -> None:
    gateway = FlinkGateway(stack.gateway_url, stack.gateway_auth, transport=Forgetful(ending))
    with mini(stack, unique, gateway=gateway) as world:
        (job,) = deploy(world.platform, world.plan, world.table, world.profile, world.story)
        assert jobs_of(world) == [job.job_id]
        assert job.state is JobState.RUNNING


def test_an_explanation_outlives_the_loss_of_its_session(stack: Endpoints) -> None:
    gateway = FlinkGateway(stack.gateway_url, stack.gateway_auth, transport=Forgetful("/result/"))
    catalog = ("CREATE TABLE a (x INT) WITH ('connector' = 'datagen')",)
    sink = "CREATE TABLE b (x INT) WITH ('connector' = 'blackhole')"
    assert "Sink" in gateway.explain((*catalog, sink), "INSERT INTO b SELECT x FROM a")
