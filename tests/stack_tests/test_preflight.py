"""A preflight on real servers: nothing is found in a sound release, everything in one that was spoiled.

The tests tell one story and run in the order in which they stand.
"""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.actions.planned import subjects
from airflow_bluegreen.actions.preflight import look_ahead, preflight
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.configuration import read_configuration
from airflow_bluegreen.core.model import Endpoints, Finding, Plan, Profile, Severity, Topic
from airflow_bluegreen.demo.first_release import bring_live
from airflow_bluegreen.exceptions import StatementError
from airflow_bluegreen.ports import Platform
from tests.fakes.git import FakeRepository
from tests.fakes.platform import Story
from tests.fakes.release_store import FakeReleases

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

CONFIGURATION = """\
project: preflight
environments:
  local:
    external_tables: external/*.sql
    table_options:
      properties.bootstrap.servers: "{kafka.bootstrap.servers}"
      key.avro-confluent.url: "{schema.registry.url}"
      value.avro-confluent.url: "{schema.registry.url}"
"""
KEYED = "PRIMARY KEY (id) NOT ENFORCED) DISTRIBUTED INTO 1 BUCKETS WITH ('changelog.mode' = 'upsert')"
SINK = {
    "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    "file": "/tmp/nobody-writes-here.txt",
}


class Project:
    """Two tables in a row over a raw topic; all names end with what nobody else has."""

    def __init__(self, mark: str) -> None:
        self.raw, self.first, self.second = f"raw{mark}", f"first{mark}", f"second{mark}"
        self.third = f"third{mark}"
        self.sink = f"sink-{mark}"

    def base(self) -> dict[str, str]:
        return {
            "bluegreen.yaml": CONFIGURATION,
            "external/ddl.raw.sql": (
                f"CREATE TABLE {self.raw} (id STRING, amount INT) WITH ('changelog.mode' = 'append',"
                " 'value.format' = 'json')"
            ),
            "ddl.first.sql": f"CREATE TABLE {self.first} (id STRING NOT NULL, amount INT, {KEYED}",
            "dml.first.sql": f"INSERT INTO {self.first} SELECT id, amount FROM {self.raw}",
            "ddl.second.sql": f"CREATE TABLE {self.second} (id STRING NOT NULL, total INT, {KEYED}",
            "dml.second.sql": f"INSERT INTO {self.second} SELECT id, amount AS total FROM {self.first}",
            "connector.sink.json": self.connector(self.second),
        }

    def connector(self, topics: str, **more: str) -> str:
        return json.dumps({"name": self.sink, "config": {**SINK, "topics": topics, **more}})

    def sound(self) -> dict[str, str]:
        return self.base() | {
            "dml.first.sql": f"INSERT INTO {self.first} SELECT id, amount * 2 AS amount FROM {self.raw}"
        }

    def spoiled(self) -> dict[str, str]:
        """Everything that is planted in the release itself."""
        return self.base() | {
            # not readable for those who know blue's records, and wider than the cluster
            "ddl.first.sql": (
                f"CREATE TABLE {self.first} (id STRING NOT NULL, amount INT, added STRING NOT NULL, {KEYED}"
            ),
            "dml.first.sql": (
                "SET 'parallelism.default' = '64';\n"
                f"INSERT INTO {self.first} SELECT id, amount, 'x' AS added FROM {self.raw}"
            ),
            "dml.second.sql": f"INSERT INTO {self.second}\nSELECT id, no_such_column FROM {self.first}",
            "connector.sink.json": self.connector(self.second, **{"tasks.max": "many"}),
            # an input that is not there, an outer join that loses rows, a ranking that keeps replaced ones
            "external/ddl.more.sql": (
                f"CREATE TABLE gone{self.raw} (id STRING, amount INT, n INT)"
                " WITH ('changelog.mode' = 'append')"
            ),
            "ddl.third.sql": f"CREATE TABLE {self.third} (id STRING NOT NULL, total INT, {KEYED}",
            "dml.third.sql": (
                f"INSERT INTO {self.third} SELECT a.id, s.total FROM {self.first} a LEFT JOIN"
                f" (SELECT id, SUM(amount) AS total FROM gone{self.raw} GROUP BY id) s ON a.id = s.id;\n"
                f"INSERT INTO {self.third} SELECT id, amount FROM (SELECT *, ROW_NUMBER() OVER"
                f" (PARTITION BY id ORDER BY amount DESC, n DESC) AS rn FROM gone{self.raw})"
                " WHERE rn = 1 AND amount > 0"
            ),
        }


class Site:
    """A platform of real clients over a repository and a ledger in memory."""

    def __init__(self, stack: Endpoints) -> None:
        self.project = Project(uuid4().hex[:8])
        self.repository = FakeRepository(self.project.base())
        self.repository.tag("v1.0.0")
        self.story = Story()
        self.topics, self.schemas = KafkaCluster(stack.kafka), SchemaRegistry(stack.registry_url)
        self.jobs, self.connectors = FlinkCluster(stack.flink_url), KafkaConnect(stack.connect_url)
        self.platform = Platform(
            endpoints=stack,
            repository=self.repository,
            gateway=FlinkGateway(stack.gateway_url),
            jobs=self.jobs,
            topics=self.topics,
            connectors=self.connectors,
            schemas=self.schemas,
            releases=FakeReleases("preflight", "local"),
            clock=SystemClock(),
        )
        self.profile: Profile = read_configuration(CONFIGURATION).profiles["local"]

    def release(self, tag: str, files: dict[str, str]) -> Plan:
        self.repository.commit(files)
        self.repository.tag(tag)
        return plan_release(self.platform, environment="local", release=tag)

    def close(self) -> None:
        names = self.project
        tables = (names.first, names.second, names.third)
        for job in self.jobs.jobs():
            if any(table in job.name for table in tables):
                self.jobs.cancel(job.job_id)
        for name in (names.sink, f"audit-{names.raw}"):
            self.connectors.delete_connector(name)
        for topic in (*tables, *(f"{table}_v2" for table in tables), names.raw):
            self.topics.delete_topic(topic)
            for subject in subjects(topic):
                self.schemas.delete_subject(subject)


@pytest.fixture(scope="module")
def site(stack: Endpoints) -> Iterator[Site]:
    """With v1.0.0 live, and its subjects registered by Flink."""
    opened = Site(stack)
    raw = opened.project.raw
    opened.topics.create_topic(Topic(name=raw, partitions=1))
    producer = Producer(dict(stack.kafka))
    producer.produce(raw, value=json.dumps({"id": "a", "amount": 1}))
    assert producer.flush(20) == 0
    bring_live(opened.platform, opened.profile, release="v1.0.0", say=opened.story)
    yield opened
    opened.close()


def test_nothing_is_found_in_a_sound_release(site: Site, until: Callable[[Callable[[], bool]], None]) -> None:
    until(lambda: site.schemas.latest(f"{site.project.second}-value") is not None)
    plan = site.release("v1.0.1", site.project.sound())
    assert look_ahead(site.platform, plan, site.profile) == ()
    preflight(site.platform, plan, site.profile, site.story)
    assert site.story.lines[-1] == "preflight passed: 2 statements explained, 1 connectors as required"
    assert site.topics.topic(f"{site.project.first}_v2") is None


def test_everything_that_was_planted_is_named_in_one_run(site: Site) -> None:
    names = site.project
    site.topics.create_topic(Topic(name=f"{names.second}_v2", partitions=3))
    audit = {**SINK, "topics.regex": f"{names.first}.*"}
    site.connectors.put_config(f"audit-{names.raw}", fill(audit, site.platform.endpoints), stopped=True)
    plan = site.release("v1.0.2", names.spoiled())

    found = look_ahead(site.platform, plan, site.profile)

    # How much memory is left depends on what else ran on these servers.
    planted = tuple(one for one in found if "memory of the task managers" not in one.what)
    assert told(planted, names) == [
        ("finding", "schemas", "first"),
        ("finding", "connectors", "first"),
        ("finding", "statements", "second"),
        ("finding", "names", "second"),
        ("finding", "connectors", "second"),
        ("finding", "lineage", "third"),
        ("finding", "capacity", ""),
        ("warning", "statements", "third"),
        ("warning", "statements", "third"),
    ]
    text = "\n".join(str(one) for one in found)
    assert f"{names.first}_v2-value is not BACKWARD compatible with {names.first}-value: new readers" in text
    assert "reader field missing default value (added)" in text
    assert f"would read {names.first}_v2 as soon as they exist" in text
    assert "dml.second.sql:1:1: Flink rejects" in text
    assert "no_such_column" in text
    assert f"topic {names.second}_v2 exists with 3 partitions instead of 1" in text
    assert "tasks.max" in text
    assert f"reads gone{names.raw}, which does not exist" in text
    assert f"of {names.first}_v2 64" in text
    assert "loses rows of this outer join" in text
    assert "(by id, ordered by amount DESC, n DESC)" in text


def test_they_are_told_once_and_refuse_the_release(site: Site) -> None:
    plan = plan_release(site.platform, environment="local", release="v1.0.2")
    site.story.lines.clear()
    with pytest.raises(StatementError) as caught:
        preflight(site.platform, plan, site.profile, site.story)
    assert "preflight of v1.0.2 found 7 problems" in str(caught.value)
    assert "\n".join([*site.story.lines, str(caught.value)]).count("exists with 3 partitions") == 1


def told(findings: tuple[Finding, ...], names: Project) -> list[tuple[str, str, str]]:
    """Severity, look and table of each."""
    short = {names.first: "first", names.second: "second", names.third: "third", "": ""}
    assert {Severity.FINDING, Severity.WARNING} >= {one.severity for one in findings}
    return [(one.severity.value, one.look, short[one.table]) for one in findings]
