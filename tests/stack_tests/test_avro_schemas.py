"""The Avro schemas that are derived from a DDL are those that a real Flink registers."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import Endpoints, JobIdentity, Topic
from airflow_bluegreen.core.schema_compatibility import same_schema
from airflow_bluegreen.core.sql import parse, subject_schemas

pytestmark = pytest.mark.stack

COLUMNS = {
    "k": "STRING NOT NULL",
    "k2": "BIGINT",
    "flag": "BOOLEAN",
    "tiny": "TINYINT NOT NULL",
    "small": "SMALLINT",
    "whole": "INT NOT NULL",
    "number": "DECIMAL(14, 2) NOT NULL",
    "round": "DECIMAL",
    "single": "FLOAT",
    "precise": "DOUBLE PRECISION",
    "fixed": "CHAR(3)",
    "limited": "VARCHAR(20) NOT NULL",
    "raw_bytes": "BYTES",
    "some_bytes": "VARBINARY(8)",
    "born": "DATE",
    "moment": "TIMESTAMP(3)",
    "second": "TIMESTAMP(0) NOT NULL",
    "clock": "TIME",
    "tags": "ARRAY<STRING>",
    "sizes": "ARRAY<INT NOT NULL> NOT NULL",
    "counts": "MAP<STRING, BIGINT>",
    "exact": "MAP<STRING NOT NULL, DOUBLE NOT NULL> NOT NULL",
    "bag": "MULTISET<STRING>",
    "place": "ROW<street STRING NOT NULL, spot ROW<lat DOUBLE, lon DOUBLE>>",
    "places": "ARRAY<ROW<street STRING, moments ARRAY<ROW<at_time TIMESTAMP(3)>>>>",
    "named": "MAP<STRING, ROW<a INT>>",
}
"""Column → type, every one that Flink's format can write."""

UPSERT = "'connector' = 'upsert-kafka', 'key.format' = 'avro-confluent', 'value.format' = 'avro-confluent'"
APPEND = (
    "'connector' = 'kafka', 'key.format' = 'avro-confluent', 'key.fields' = 'k2;k',"
    " 'value.format' = 'avro-confluent'"
)


class Site:
    """A topic of the test's own, and what writes to it."""

    def __init__(self, stack: Endpoints, topic: str) -> None:
        self.stack = stack
        self.topic = topic
        self.topics = KafkaCluster(stack.kafka)
        self.gateway = FlinkGateway(stack.gateway_url, stack.gateway_auth)
        self.jobs = FlinkCluster(stack.flink_url)
        self.schemas = SchemaRegistry(stack.registry_url, stack.registry_auth)
        self.job = ""

    def ddl(self, options: str, *, keyed: bool) -> str:
        listed = [f"`{name}` {kind}" for name, kind in COLUMNS.items()]
        if keyed:
            listed.append("PRIMARY KEY (k, k2) NOT ENFORCED")
        servers, url = self.stack.kafka["bootstrap.servers"], self.stack.registry_url
        return (
            f"CREATE TABLE target ({', '.join(listed)}) WITH ({options}, 'topic' = '{self.topic}',"
            f" 'properties.bootstrap.servers' = '{servers}',"
            f" 'key.avro-confluent.url' = '{url}', 'value.avro-confluent.url' = '{url}')"
        )

    def write(self, ddl: str) -> None:
        """A few rows: a subject is registered with the first record."""
        source = ", ".join(f"`{name}` {kind}" for name, kind in COLUMNS.items())
        catalog = (
            f"CREATE TABLE generated ({source}) WITH ('connector' = 'datagen', 'number-of-rows' = '3')",
            ddl,
        )
        identity = JobIdentity(
            environment="local", release="v1", statement="dml.t", table=self.topic, fingerprint="f"
        )
        self.topics.create_topic(Topic(name=self.topic, partitions=1))
        self.job = self.gateway.submit(
            catalog, "INSERT INTO target SELECT * FROM generated", job_name=self.topic, identity=identity
        ).job_id

    def close(self) -> None:
        if self.job:
            self.jobs.cancel(self.job)
        for client in (self.topics, self.gateway, self.jobs, self.schemas):
            client.close()


@pytest.fixture
def site(stack: Endpoints) -> Iterator[Site]:
    opened = Site(stack, f"avro_{uuid4().hex[:8]}")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("options", "keyed"),
    [(UPSERT, True), (f"{UPSERT}, 'value.fields-include' = 'EXCEPT_KEY'", True), (APPEND, False)],
)
def test_flink_registers_what_was_derived(
    site: Site, until: Callable[[Callable[[], bool]], None], options: str, keyed: bool
) -> None:
    ddl = site.ddl(options, keyed=keyed)
    site.write(ddl)
    until(lambda: site.schemas.latest(f"{site.topic}-value") is not None)
    definition = parse(ddl)[0].definition
    assert definition is not None
    derived = subject_schemas(definition, site.topic)
    assert [one.subject for one in derived] == [f"{site.topic}-key", f"{site.topic}-value"]
    for one in derived:
        registered = site.schemas.latest(one.subject)
        assert registered is not None
        there, derived_fields = (_fields(text) for text in (registered.schema, one.schema))
        assert there == derived_fields
        assert json.loads(registered.schema) == json.loads(one.schema)
        assert same_schema(registered.schema, one.schema)


def _fields(schema: str) -> dict[str, object]:
    return {field["name"]: field["type"] for field in json.loads(schema)["fields"]}
