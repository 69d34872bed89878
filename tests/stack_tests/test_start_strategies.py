"""Every start on the real servers, while records keep coming and blue runs on.

The raw topic gets inserts, updates and deletions (a negative count takes a key away) all the time; what green
holds in the end is compared with what follows from everything that was produced.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.actions.catch_up import await_ready
from airflow_bluegreen.actions.compare import compare
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.actions.starting import Starts, measure
from airflow_bluegreen.actions.starting.beginning import START_ACT, replay_topic
from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import Endpoints, JobState, Phase, Plan, Profile, Start, Topic, Verdict
from airflow_bluegreen.exceptions import StartRefusedError
from airflow_bluegreen.ports import Platform
from tests.actions.starting.small import EV, files
from tests.actions.starting.world import WAY
from tests.fakes.git import FakeRepository
from tests.fakes.platform import FakeCluster
from tests.reliability.feed import decoded

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

KEPT = "SELECT k, COUNT(*) AS n, SUM(v) AS total FROM came GROUP BY k HAVING SUM(v) >= 0"
PARTITIONS = 3
A_SECOND = 200


@dataclass
class Load:
    """Records that keep coming, later to all partitions but one; ``v`` of a key adds up to less than 0
    now and then, which deletes it.
    """

    producer: Producer
    topic: str
    partitions: int = PARTITIONS
    sent: list[dict[str, object]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def send(self, count: int) -> None:
        for _ in range(count):
            number = len(self.sent)
            key = f"k{number % 7}" if number % 3 else f"n{number // 40}"
            row = {"k": key, "v": (number % 11) - 5, "id": number}
            self.sent.append(row)
            self.producer.produce(self.topic, json.dumps(row), partition=number % self.partitions)
        assert self.producer.flush(30) == 0

    def begin(self) -> None:
        def run() -> None:
            while not self.over.is_set():
                self.send(A_SECOND // 20)
                time.sleep(0.05)

        self.partitions -= 1
        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self) -> None:
        self.over.set()
        if self.thread is not None:
            self.thread.join()


@dataclass(frozen=True)
class World:
    """v1 of the small project is live and deployed with this tool; ``release`` begins v2.

    ``project`` says how the small one is written.
    """

    platform: Platform
    repository: FakeRepository
    prefix: str
    load: Load
    project: Mapping[str, Any]

    def name(self, table: str, version: str = "") -> str:
        return f"{self.prefix}{table}{version}"

    def profile(self, ref: str) -> Profile:
        return load_project(self.repository, ref).profiles["local"]

    def plan(self, ref: str) -> Plan:
        return plan_release(self.platform, environment="local", release=ref)

    def release(self, ref: str, **changes: str) -> Plan:
        self.repository.commit(dict(files(prefix=self.prefix, **{**self.project, **changes})))
        self.repository.tag(ref)
        plan = self.plan(ref)
        open_release(self.platform, plan, print)
        advance_to(self.platform, ref, Phase.DEPLOYING)
        return plan

    def bring_up(self, plan: Plan, table: str) -> None:
        name, profile = self.name(table), self.profile(plan.release.ref)
        provision(self.platform, plan, name, profile, print)
        deploy(self.platform, plan, name, profile, print)

    def ready(self, plan: Plan, table: str) -> None:
        await_ready(self.platform, plan, self.name(table), print, timeout_s=180, poll_s=1.0)

    def rows(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        topics = self.platform.topics
        found = topics.read(topic, topics.begin_offsets(topic), topics.end_offsets(topic))
        return [(one.key, one.value) for one in found]

    def ids(self, topic: str) -> list[int]:
        return sorted(self.decoded(topic, value or b"{}")["id"] for _, value in self.rows(topic))

    def decoded(self, topic: str, value: bytes) -> dict[str, Any]:
        subject = self.platform.schemas.latest(f"{topic}-value")
        return decoded(value, json.loads(subject.schema)) if subject else json.loads(value)

    def folded(self, topic: str) -> dict[str, tuple[int, int]]:
        last = {json.loads(key or b"{}")["k"]: value for key, value in self.rows(topic)}
        there = {key: json.loads(value) for key, value in last.items() if value is not None}
        return {key: (row["n"], row["total"]) for key, row in there.items()}

    def expected(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for row in self.load.sent:
            count, total = found[str(row["k"])]
            found[str(row["k"])] = (count + 1, total + int(str(row["v"])))
        return {key: one for key, one in found.items() if one[1] >= 0}

    def until(self, look: Callable[[], object], wanted: object) -> None:
        deadline = time.monotonic() + 60
        while look() != wanted and time.monotonic() < deadline:
            time.sleep(0.5)
        assert look() == wanted

    def blue_jobs(self) -> dict[str, str]:
        running = self.platform.jobs.jobs()
        blue = {self.name("ev"), self.name("agg")}
        return {
            one.identity.table: one.job_id for one in running if one.identity and one.identity.table in blue
        }


@pytest.fixture
def world(stack: Endpoints, request: pytest.FixtureRequest) -> Iterator[World]:
    project = getattr(request, "param", {})
    prefix = f"start{uuid4().hex[:8]}_"
    topics = KafkaCluster(stack.kafka)
    jobs = FlinkCluster(stack.flink_url, topics=topics.names)
    gateway = FlinkGateway(stack.gateway_url, stack.gateway_auth)
    schemas = SchemaRegistry(stack.registry_url)
    beside = FakeCluster(dict(files(prefix=prefix, agg=KEPT, **project)), project="small")
    beside.repository.tag("v1")
    platform = replace(
        beside.platform,
        endpoints=stack,
        gateway=gateway,
        jobs=jobs,
        topics=topics,
        schemas=schemas,
        clock=SystemClock(),
    )
    load = Load(Producer(dict(stack.kafka)), f"{prefix}raw")
    topics.create_topic(Topic(name=load.topic, partitions=PARTITIONS))
    load.send(2_000)
    opened = World(platform, beside.repository, prefix, load, project)
    _go_live(opened)
    load.begin()
    yield opened
    load.end()
    for job in jobs.jobs():
        if job.identity and job.identity.table.startswith(prefix):
            jobs.cancel(job.job_id)
    for topic in topics.names():
        if prefix in topic:
            topics.delete_topic(topic)
    for client in (jobs, gateway, topics, schemas):
        client.close()


def _go_live(world: World) -> None:
    plan = world.plan("v1")
    open_release(world.platform, plan, print)
    for table in ("ev", "agg"):
        world.bring_up(plan, table)
    for table in ("ev", "agg"):
        world.ready(plan, table)
    for phase in WAY:
        advance_to(world.platform, "v1", phase)


def detail(world: World, ref: str, table: str) -> Mapping[str, str]:
    (record,) = [one for one in world.platform.releases.records() if one.release == ref]
    name = f"dml.{world.name(table)}"
    return next(one.detail for one in record.markers if one.act == START_ACT and one.subject.startswith(name))


@pytest.mark.parametrize(
    "world",
    [{}, {"rows": "avro-registry", "subtasks": 2}],
    ids=["json", "avro-and-two-subtasks"],
    indirect=True,
)
def test_carried_over_under_load_there_is_neither_gap_nor_duplicate(world: World) -> None:
    blue = world.blue_jobs()
    plan = world.release("v2", start="carry_over", ev=f"{EV} WHERE v > -100", agg=KEPT)
    assert [one.table for one in plan.tables] == [world.name("ev")]
    world.bring_up(plan, "ev")
    assert detail(world, "v2", "ev")["strategy"] == Start.CARRY_OVER
    world.ready(plan, "ev")
    verdict = compare(world.platform, plan, world.name("ev"), world.profile("v2"), print).verdict
    assert verdict is Verdict.PASS
    world.load.end()
    green, everything = world.name("ev", "_v2"), list(range(len(world.load.sent)))
    world.until(lambda: len(world.rows(green)), len(everything))
    assert world.ids(green) == everything
    assert world.ids(world.name("ev")) == everything, "blue wrote all of it, too"
    assert world.blue_jobs() == blue
    names = world.platform.topics.names()  # type: ignore[attr-defined]
    assert replay_topic(green) not in names


def test_seeded_under_load_every_insert_update_and_deletion_arrives(world: World) -> None:
    blue = world.blue_jobs()
    plan = world.release("v2", start="seed", agg=KEPT, more="1 mb")
    assert [one.table for one in plan.tables] == [world.name("agg")]
    starts = Starts(platform=world.platform, plan=plan, profile=world.profile("v2"))
    cost = measure(starts, load_project(world.repository, "v2"))
    (one,) = cost.tables
    assert (one.decision.start, one.decision.refused, one.records, one.state_bytes) == (
        Start.SEED,
        None,
        0,
        0,
    )
    assert one.copied > 0
    assert cost.all_state_bytes > 0
    world.bring_up(plan, "agg")
    path = detail(world, "v2", "agg")["savepoint"]
    (green,) = [one for one in world.platform.jobs.jobs() if one.name == f"dml.{world.name('agg')}_v2"]
    assert green.state is JobState.RUNNING
    assert world.platform.jobs.progress(green.job_id).restored_from == path
    world.ready(plan, "agg")
    verdict = compare(world.platform, plan, world.name("agg"), world.profile("v2"), print).verdict
    assert verdict is Verdict.PASS
    world.load.end()
    world.until(lambda: world.folded(world.name("agg", "_v2")), world.expected())
    world.until(lambda: world.folded(world.name("agg")), world.expected())
    assert any(value is None for _, value in world.rows(world.name("agg", "_v2"))), "keys were deleted"
    assert world.blue_jobs() == blue
    roll_back(world.platform, "v2", world.profile("v2"), print)
    assert world.platform.topics.topic(world.name("agg", "_v2")) is None
    assert world.blue_jobs() == blue


def test_a_changed_plan_is_refused_and_without_history_green_begins_at_the_end(world: World) -> None:
    changed = KEPT.replace("SUM(v) AS", "MAX(v) AS")
    plan = world.release(
        "v2",
        start=f"{{kinds: {{table: latest}}, tables: {{{world.name('agg')}: seed}}}}",
        ev=f"{EV} WHERE v > -100",
        agg=changed,
    )
    with pytest.raises(StartRefusedError, match=r"Flink plans .* where blue has"):
        world.bring_up(plan, "agg")
    began = len(world.load.sent)
    world.bring_up(plan, "ev")
    started = len(world.load.sent)
    world.ready(plan, "ev")
    world.load.end()
    green, last = world.name("ev", "_v2"), len(world.load.sent) - 1
    world.until(lambda: max(world.ids(green), default=0), last)
    found = world.ids(green)
    assert began <= found[0] <= started
    for partition in range(world.load.partitions):  # each is read from where it ended when it was asked
        read = [number for number in found if number % world.load.partitions == partition]
        assert read == list(range(read[0], last + 1, world.load.partitions))
