"""The smallest project that runs: one table that reads one raw topic, on real servers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Producer

from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.core.model import Endpoints, Plan, Profile, Topic
from airflow_bluegreen.ports import Platform
from tests.fakes.git import FakeRepository
from tests.fakes.kafka_connect import FakeConnect
from tests.fakes.platform import Story
from tests.fakes.release_store import FakeReleases
from tests.fakes.schema_registry import FakeSchemas

_SETTINGS = """\
project: mini
environments:
  local:
    dialect: open-source
    external_tables: external/*.sql
    table_options:
      properties.bootstrap.servers: "{kafka.bootstrap.servers}"
"""
COPY = "INSERT INTO {table} SELECT id, v FROM {raw}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mini:
    """A release of ``table``, its topic created; ``raw`` is what it reads."""

    platform: Platform
    plan: Plan
    profile: Profile
    table: str
    raw: str
    story: Story
    producer: Producer

    def produce(self, *rows: Mapping[str, object] | bytes) -> None:
        for row in rows:
            value = row if isinstance(row, bytes) else json.dumps(row).encode()
            self.producer.produce(self.raw, value=value)
        assert self.producer.flush(30) == 0


def files(unique: str, dml: str = COPY) -> dict[str, str]:
    """The project's texts; ``dml`` names its table and what it reads in braces."""
    table, raw = f"t_{unique}", f"raw_{unique}"
    return {
        "bluegreen.yaml": _SETTINGS,
        f"external/{raw}.sql": f"CREATE TABLE {raw} (id STRING, v STRING) WITH ('connector' = 'kafka', "
        f"'topic' = '{raw}', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset')",
        f"ddl.{table}.sql": f"CREATE TABLE {table} (id STRING, v STRING, PRIMARY KEY (id) NOT ENFORCED) "
        f"WITH ('connector' = 'upsert-kafka', 'topic' = '{table}', "
        "'key.format' = 'json', 'value.format' = 'json')",
        f"dml.{table}.sql": dml.format(table=table, raw=raw),
    }


def platform_of(stack: Endpoints, texts: Mapping[str, str], gateway: FlinkGateway | None = None) -> Platform:
    """Real Kafka and Flink; git and ledger are in memory, Connect and registry have nothing to do."""
    topics = KafkaCluster(stack.kafka)
    repository = FakeRepository(dict(texts))
    repository.tag("v1")
    return Platform(
        endpoints=stack,
        repository=repository,
        gateway=gateway or FlinkGateway(stack.gateway_url, stack.gateway_auth),
        jobs=FlinkCluster(stack.flink_url, topics=topics.names),
        topics=topics,
        connectors=FakeConnect(),
        schemas=FakeSchemas(),
        releases=FakeReleases("mini", "local"),
        clock=SystemClock(),
    )


@contextmanager
def mini(
    stack: Endpoints, unique: str, dml: str = COPY, *, gateway: FlinkGateway | None = None
) -> Iterator[Mini]:
    """The release, its topics created; its jobs and topics are gone afterwards."""
    platform = platform_of(stack, files(unique, dml), gateway)
    table, raw = f"t_{unique}", f"raw_{unique}"
    platform.topics.create_topic(Topic(name=raw, partitions=1))
    plan = plan_release(platform, environment="local", release="v1")
    profile = load_project(platform.repository, "v1").profiles["local"]
    story = Story()
    provision(platform, plan, table, profile, story)
    try:
        yield Mini(
            platform=platform,
            plan=plan,
            profile=profile,
            table=table,
            raw=raw,
            story=story,
            producer=Producer(dict(stack.kafka)),
        )
    finally:
        for job in platform.jobs.jobs():
            if job.identity is not None and job.identity.table == table:
                platform.jobs.cancel(job.job_id)
        for topic in (table, raw):
            platform.topics.delete_topic(topic)
