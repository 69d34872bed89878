"""The project that the suites release: a chain of four tables, written as the demo is.

    raw → src → mid → fact → sink         v1.0.0
    raw → src → mid_v2 → fact_v2 → sink   v1.1.0: mid is modified (it gets a column), fact follows,
                           ↘ top → sink   and top is new

Every name begins with a prefix, so that several such projects live on one cluster. Each row of raw has an id
of its own, ``row_id``, that it keeps in every table: what is lost or doubled on the way can be told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.clients.checkout import Checkout

BASE, RELEASE, NEXT = "v1.0.0", "v1.1.0", "v1.2.0"
ENVIRONMENT = "local"

_CONFIGURATION = """\
project: {prefix}
release_tags: "v*"
environments:
  local:
    dialect: open-source
    external_tables: environments/local/external/*.sql
    table_options:
      properties.bootstrap.servers: "{{flink.kafka.servers}}"
      key.avro-confluent.url: "{{flink.registry.url}}"
      value.avro-confluent.url: "{{flink.registry.url}}"
    connector_config:
      consumer.override.auto.offset.reset: earliest
    connections:
      flink_gateway: flink_gateway_default
      kafka: kafka_default
      kafka_connect: kafka_connect_default
      schema_registry: schema_registry_default
    row_count_tolerance: 0.0
"""
_RAW = """\
CREATE TABLE IF NOT EXISTS {prefix}_raw (
  id     STRING,
  row_id BIGINT,
  amount BIGINT
) WITH (
  'changelog.mode' = 'append',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'delete',
  'scan.startup.mode' = 'earliest-offset'
);
"""
_TABLE = """\
CREATE TABLE IF NOT EXISTS {name} (
  id     STRING NOT NULL,
  row_id BIGINT,
  amount BIGINT,{more}
  PRIMARY KEY (id) NOT ENFORCED
) DISTRIBUTED BY HASH(id) INTO 1 BUCKETS WITH (
  'changelog.mode' = 'upsert',
  'key.format' = 'avro-registry',
  'value.format' = 'avro-registry',
  'kafka.retention.time' = '0',
  'kafka.cleanup-policy' = 'compact',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);
"""
_QUERY = """\
INSERT INTO {name}
SELECT
  id,
  row_id,
  amount{more}
FROM {source};
"""

_SHARE_COLUMN = "\n  share  BIGINT,"
_SHARE = ",\n  1000 / amount AS share"
_NEXT_SHARE = ",\n  2000 / amount AS share"
_FOLDERS = {"src": "sources", "mid": "intermediates", "fact": "facts", "top": "views"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the tables, topics, jobs and connectors of one project are called."""

    prefix: str

    def of(self, table: str) -> str:
        """``fact`` → ``p1_fact``."""
        return f"{self.prefix}_{table}"

    @property
    def raw(self) -> str:
        """The topic that the feed fills."""
        return self.of("raw")

    @property
    def blue(self) -> tuple[str, ...]:
        """The tables of v1.0.0, all filled by jobs."""
        return (self.of("src"), self.of("mid"), self.of("fact"))

    @property
    def green(self) -> tuple[str, ...]:
        """The tables that v1.1.0 brings up."""
        return (self.of("mid_v2"), self.of("fact_v2"), self.of("top"))

    def sink(self, table: str) -> str:
        """The connector that writes a table down."""
        return f"sink-{self.prefix}-{table}"

    def owns(self, name: str) -> bool:
        """Whether a table, topic, subject, job or connector of that name is this project's."""
        return any(
            name.startswith(start)
            for start in (f"{self.prefix}_", f"dml.{self.prefix}_", f"sink-{self.prefix}-")
        )


def base_files(names: Names) -> dict[str, str]:
    """The texts of v1.0.0 by path."""
    return {
        "bluegreen.yaml": _CONFIGURATION.format(prefix=names.prefix),
        "environments/local/external/ddl.raw.sql": _RAW.format(prefix=names.prefix),
        **_table(names, "src", reads="raw"),
        **_table(names, "mid", reads="src"),
        **_table(names, "fact", reads="mid"),
        **_connector(names, "fact"),
    }


def release_files(names: Names) -> dict[str, str]:
    """What v1.1.0 changes."""
    return {
        **_table(names, "mid", reads="src", column=_SHARE_COLUMN, value=_SHARE),
        **_table(names, "top", reads="fact"),
        **_connector(names, "top"),
    }


def next_files(names: Names) -> dict[str, str]:
    """What v1.2.0 changes: mid once more."""
    return _table(names, "mid", reads="src", column=_SHARE_COLUMN, value=_NEXT_SHARE)


def create(folder: Path, names: Names) -> Path:
    """The project's repository with its three tags."""
    checkout = Checkout(folder)
    for tag, files in ((BASE, base_files(names)), (RELEASE, release_files(names)), (NEXT, next_files(names))):
        checkout.commit(files)
        checkout.git("tag", tag)
    return folder


def _table(names: Names, table: str, *, reads: str, column: str = "", value: str = "") -> Mapping[str, str]:
    name = names.of(table)
    folder = f"pipelines/{_FOLDERS[table]}/shop/{name}/sql-scripts"
    return {
        f"{folder}/ddl.{name}.sql": _TABLE.format(name=name, more=column),
        f"{folder}/dml.{name}.sql": _QUERY.format(name=name, source=names.of(reads), more=value),
    }


def _connector(names: Names, table: str) -> Mapping[str, str]:
    name = names.sink(table)
    config = {
        "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
        "tasks.max": "1",
        "topics": names.of(table),
        "file": "{sink.directory}/{connector.name}.txt",
        "transforms": "topic",
        "transforms.topic.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.topic.topic.field": "_topic",
    }
    folder = f"pipelines/{_FOLDERS[table]}/shop/{names.of(table)}/sql-scripts"
    return {f"{folder}/connector.{name}.json": json.dumps({"name": name, "config": config}, indent=2) + "\n"}
