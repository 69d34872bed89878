"""The rollback drill on real servers, without Airflow: from every phase back to exactly what ran before.

Two tables, one raw topic and one sink are enough for every way. The tests tell one story and run in the order
in which they stand.
"""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Producer

from airflow_bluegreen.actions.catalog import consumer_group
from airflow_bluegreen.actions.catch_up import await_ready
from airflow_bluegreen.actions.clean_up import delete_leftovers, list_leftovers
from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.drift import read_drift
from airflow_bluegreen.actions.horizon import rollback_horizon
from airflow_bluegreen.actions.ledger import advance_to, current, open_release
from airflow_bluegreen.actions.observe import observe_cut_over
from airflow_bluegreen.actions.polling import poll
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.repair import perform_repairs, plan_repairs
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.configuration import read_configuration
from airflow_bluegreen.core.model import Endpoints, Phase, Plan, Profile, Topic
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.ports import Platform
from tests.clients.checkout import Checkout

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

CONFIGURATION = """\
project: drill-{u}
environments:
  local:
    external_tables: external/*.sql
    table_options:
      properties.bootstrap.servers: "{{kafka.bootstrap.servers}}"
      key.avro-confluent.url: "{{schema.registry.url}}"
      value.avro-confluent.url: "{{schema.registry.url}}"
    observation: 0s
"""
RAW = """\
CREATE TABLE raw_{u} (id INT, amount INT) WITH (
  'connector' = 'kafka', 'topic' = 'raw_{u}', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset'
);
"""
DDL = """\
CREATE TABLE {name} (id INT NOT NULL, total BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'changelog.mode' = 'upsert', 'key.format' = 'avro-registry', 'value.format' = 'avro-registry',
  'value.fields-include' = 'all', 'kafka.cleanup-policy' = 'compact'
);
"""
SRC = """\
INSERT INTO src_{u}
SELECT id, SUM(CAST(amount AS BIGINT)) * {factor} AS total FROM raw_{u} GROUP BY id;
"""
FACT = "INSERT INTO fact_{u} SELECT id, total FROM src_{u};\n"


@dataclass(frozen=True)
class Drill:
    """The environment, and what the tests do to it; ``u`` makes its names its own."""

    u: str
    platform: Platform
    profile: Profile
    checkout: Checkout
    sink: Path

    def tag(self, release: str, factor: int) -> None:
        """The next release: what src computes is multiplied by something else."""
        self.checkout.commit(
            {f"pipelines/sources/p/src/dml.src_{self.u}.sql": SRC.format(u=self.u, factor=factor)}
        )
        self.checkout.git("tag", release)

    def produce(self, key: int, amount: int) -> None:
        producer = Producer(dict(self.platform.endpoints.kafka))
        producer.produce(f"raw_{self.u}", value=json.dumps({"id": key, "amount": amount}))
        assert producer.flush(20) == 0

    def plan(self, release: str) -> Plan:
        return plan_release(self.platform, environment="local", release=release)

    def begin(self, release: str) -> Plan:
        plan = self.plan(release)
        open_release(self.platform, plan, print)
        rewrite(self.platform, plan, print)
        return plan

    def bring_up(self, release: str, tables: int | None = None) -> Plan:
        """Up to green that has caught up, or only so many of its tables deployed."""
        plan = self.begin(release)
        chosen = [planned.table for planned in plan.tables][:tables]
        for table in chosen:
            provision(self.platform, plan, table, self.profile, print)
        for table in chosen:
            deploy(self.platform, plan, table, self.profile, print)
        if tables is None:
            for table in chosen:
                await_ready(self.platform, plan, table, print, timeout_s=300, poll_s=1.0)
            advance_to(self.platform, release, Phase.COMPARED)
        return plan

    def cut(self, release: str) -> Plan:
        plan = self.bring_up(release)
        cut_over(self.platform, plan, self.profile, print)
        observe_cut_over(self.platform, plan, print, window_s=3.0, poll_s=1.0)
        return plan

    def release(self, release: str) -> Plan:
        plan = self.cut(release)
        retire(self.platform, plan, print)
        confirm(self.platform, plan, self.profile, print)
        return plan

    def back(self, release: str) -> None:
        roll_back(self.platform, release, self.profile, print, timeout_s=300, poll_s=1.0)
        assert current(self.platform, release).phase is Phase.ROLLED_BACK

    def written(self, text: str) -> bool:
        """Wait until the sink's newest row is that one."""

        def newest() -> str:
            lines = self.sink.read_text().splitlines() if self.sink.exists() else []
            return next((line for line in reversed(lines) if line.startswith("Struct")), "")

        return text in poll(
            newest, until=lambda line: text in line, clock=self.platform.clock, timeout_s=90, every_s=0.5
        )

    def rows(self) -> list[int]:
        """The totals that the sink wrote, in their order."""
        return [int(total) for total in re.findall(r"total=(\d+)", self.sink.read_text())]

    def seen(self) -> dict[str, object]:
        """Jobs, topics, subjects, connectors and consumer groups: what has to be as before."""
        platform, names = self.platform, [f"{kind}_{self.u}{v}" for kind in ("src", "fact") for v in VERSIONS]
        state = platform.connectors.connector(f"sink-{self.u}")
        jobs = [job for job in platform.jobs.jobs() if self.u in job.name]
        return {
            "jobs": {job.name: job.job_id for job in jobs},
            "topics": {name: platform.topics.topic(name) for name in names if platform.topics.topic(name)},
            "subjects": [name for name in names if platform.schemas.latest(f"{name}-value")],
            "connector": (state.config, state.state) if state else None,
        }

    def groups(self, plan: Plan) -> dict[str, object]:
        names = [
            consumer_group("local", statement.name, statement.fingerprint)
            for planned in plan.tables
            for statement in planned.dml
        ]
        return {name: offsets for name in names if (offsets := self.platform.topics.group_offsets(name))}


VERSIONS = ("", "_v2", "_v3", "_v4")


def files(u: str, sink: Path) -> dict[str, str | None]:
    connector = {
        "name": f"sink-{u}",
        "config": {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
            "tasks.max": "1",
            "topics": f"fact_{u}",
            "file": str(sink),
            "consumer.override.auto.offset.reset": "earliest",
        },
    }
    return {
        "bluegreen.yaml": CONFIGURATION.format(u=u),
        f"external/ddl.raw_{u}.sql": RAW.format(u=u),
        f"pipelines/sources/p/src/ddl.src_{u}.sql": DDL.format(name=f"src_{u}"),
        f"pipelines/sources/p/src/dml.src_{u}.sql": SRC.format(u=u, factor=1),
        f"pipelines/facts/p/fact/ddl.fact_{u}.sql": DDL.format(name=f"fact_{u}"),
        f"pipelines/facts/p/fact/dml.fact_{u}.sql": FACT.format(u=u),
        f"pipelines/facts/p/fact/connector.sink-{u}.json": json.dumps(connector, indent=2),
    }


@pytest.fixture(scope="module")
def drill(stack: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """v1 is live, v2 waits to be released."""
    u = uuid.uuid4().hex[:8]
    folder = tmp_path_factory.mktemp("drill")
    checkout = Checkout(folder / "project")
    checkout.commit(files(u, folder / "sink.txt"))
    checkout.git("tag", "v1")
    platform = open_platform(
        stack, project_path=str(checkout.path), project_name=f"drill-{u}", environment="local"
    )
    profile = read_configuration(CONFIGURATION.format(u=u)).profiles["local"]
    drill = Drill(u=u, platform=platform, profile=profile, checkout=checkout, sink=folder / "sink.txt")
    drill.tag("v2", 2)
    platform.topics.create_topic(Topic(name=f"raw_{u}", partitions=1, config={"retention.ms": "86400000"}))
    drill.produce(1, 10)
    drill.release("v1")
    assert drill.written("total=10")
    yield drill
    for job in platform.jobs.jobs():
        if u in job.name:
            platform.jobs.cancel(job.job_id)
    for name in platform.connectors.connectors():
        if u in name:
            platform.connectors.delete_connector(name)


def test_before_anything_was_deployed(drill: Drill) -> None:
    before = drill.seen()
    drill.begin("v2")
    drill.back("v2")
    assert drill.seen() == before


def test_half_deployed(drill: Drill) -> None:
    before = drill.seen()
    plan = drill.bring_up("v2", tables=1)
    assert drill.platform.topics.topic(f"src_{drill.u}_v2") is not None
    drill.back("v2")
    assert drill.seen() == before
    assert drill.groups(plan) == {}


def test_caught_up(drill: Drill) -> None:
    before = drill.seen()
    plan = drill.bring_up("v2")
    assert drill.groups(plan), "green's sources commit to groups of their own"
    drill.back("v2")
    assert drill.seen() == before
    assert drill.groups(plan) == {}


def test_after_the_cut_over_while_blue_still_runs(drill: Drill) -> None:
    before = drill.seen()
    drill.cut("v2")
    drill.produce(1, 1)
    assert drill.written("total=22")
    drill.back("v2")
    assert drill.seen() == before
    assert drill.written("total=11"), "the sink has blue's newest row again"


def test_after_blue_was_retired(drill: Drill) -> None:
    before = drill.seen()
    drill.release("v2")
    record = current(drill.platform, "v2")
    assert len(record.savepoints) == 2
    horizon = rollback_horizon(drill.platform, record, drill.profile)
    assert f"raw_{drill.u} drops records" in horizon.because
    drill.produce(1, 4)
    assert drill.written("total=30")
    assert read_drift(drill.platform, drill.profile).drift == ()
    drill.back("v2")
    after = drill.seen()
    assert {**after, "jobs": None} == {**before, "jobs": None}
    assert set(after["jobs"]) == set(before["jobs"])  # type: ignore[call-overload]
    assert drill.written("total=15"), "blue has its state, and what came while it was stopped"
    origins = {
        job.identity.release for job in drill.platform.jobs.jobs() if job.identity and drill.u in job.name
    }
    assert origins == {"v1"}


def test_a_job_that_was_stopped_by_hand_is_drift_and_is_repaired_with_its_state(drill: Drill) -> None:
    jobs = {job.name: job.job_id for job in drill.platform.jobs.jobs()}
    drill.platform.jobs.stop_with_savepoint(jobs[f"dml.src_{drill.u}"])
    (drift,) = read_drift(drill.platform, drill.profile).drift
    assert drift.what == f"dml.src_{drill.u} runs 0 times"
    repairs = plan_repairs(drill.platform, drill.profile, print)
    assert "savepoint" in str(repairs[0])
    perform_repairs(drill.platform, repairs, print)
    assert read_drift(drill.platform, drill.profile).drift == ()
    drill.produce(1, 1)
    assert drill.written("total=16")


def test_a_connector_that_was_deleted_by_hand_goes_on_where_it_had_stopped(drill: Drill) -> None:
    before = drill.rows()
    url = f"{drill.platform.endpoints.connect_url}/connectors/sink-{drill.u}"
    assert httpx.delete(url, timeout=60).is_success
    (drift,) = read_drift(drill.platform, drill.profile).drift
    assert drift.what == f"connector sink-{drill.u} is absent"
    repairs = plan_repairs(drill.platform, drill.profile, print)
    assert "where it had stopped" in str(repairs[0])
    perform_repairs(drill.platform, repairs, print)
    assert read_drift(drill.platform, drill.profile).drift == ()
    total = before[-1]
    for amount, wanted in ((1, total + 1), (-1, total)):
        drill.produce(1, amount)
        assert drill.written(f"total={wanted}")
    assert drill.rows() == [*before, total + 1, total], "no row again, and none left out"


def test_three_releases_in_a_row_with_a_rollback_in_the_middle(drill: Drill) -> None:
    drill.release("v2")
    drill.tag("v3", 3)
    drill.release("v3")
    assert drill.written("total=48")
    drill.back("v3")
    drill.produce(1, 1)
    assert drill.written("total=34"), "what v3 wrote stays until blue writes the key again"
    drill.tag("v4", 4)
    plan = drill.release("v4")
    assert {planned.green for planned in plan.tables} == {f"src_{drill.u}_v3", f"fact_{drill.u}_v3"}
    assert drill.written("total=68")
    assert read_drift(drill.platform, drill.profile).drift == ()


def test_after_the_window_the_retired_versions_go_and_there_is_no_way_back(drill: Drill) -> None:
    at_once = replace(drill.profile, rollback_window=0.0)
    kept = list_leftovers(drill.platform, drill.profile, print)
    assert {one.kept for one in kept} == {"the rollback window is open"}
    listed = list_leftovers(drill.platform, at_once, print)
    done = delete_leftovers(drill.platform, at_once, listed, print)
    tables = {one.name for one in done if one.kind == "table"}
    assert tables == {f"{kind}_{drill.u}{v}" for kind in ("src", "fact") for v in ("", "_v2")}
    seen = drill.seen()
    assert set(seen["topics"]) == {f"src_{drill.u}_v3", f"fact_{drill.u}_v3"}  # type: ignore[call-overload]
    assert seen["subjects"] == [f"src_{drill.u}_v3", f"fact_{drill.u}_v3"]
    assert list_leftovers(drill.platform, at_once, print) == ()
    with pytest.raises(RefusedError, match="blue of release v4 was deleted"):
        roll_back(drill.platform, "v4", drill.profile, print)
    drill.produce(1, 1)
    assert drill.written("total=72")
