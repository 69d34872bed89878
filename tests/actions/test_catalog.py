from dataclasses import replace

import pytest

from airflow_bluegreen.actions.catalog import definition_of, input_topics, session_tables
from airflow_bluegreen.actions.planned import planned_table
from airflow_bluegreen.core.model import CatalogTable, PlannedStatement, Profile, StatementKind
from airflow_bluegreen.exceptions import ProjectError, Where
from tests.actions.world import World
from tests.fakes.platform import ENDPOINTS

PROFILE = Profile(
    name="local",
    table_options={
        "properties.bootstrap.servers": "{kafka.bootstrap.servers}",
        "value.avro-confluent.url": "{schema.registry.url}",
    },
)


def statement(sql: str, *catalog: CatalogTable) -> PlannedStatement:
    return PlannedStatement(
        name="dml.t",
        kind=StatementKind.INSERT,
        where=Where(path="t.sql"),
        sql=sql,
        fingerprint="f",
        catalog=catalog,
    )


ORDERS = CatalogTable(physical="orders", kind="source", sql="CREATE TABLE orders (id STRING)")
VIEW = CatalogTable(physical="v", kind="view", sql="CREATE VIEW v AS SELECT id FROM orders")
SETTING = CatalogTable(physical="", kind="set", sql="SET 'table.exec.state.ttl' = '1 d'")
LOOKUP = CatalogTable(
    physical="rates", kind="external", sql="CREATE TABLE rates (id STRING) WITH ('connector' = 'jdbc')"
)
RENAMED = CatalogTable(
    physical="raw",
    kind="external",
    sql="CREATE TABLE raw (id STRING) WITH ('connector' = 'kafka', 'topic' = 'shop.raw', 'format' = 'json')",
)


def test_tables_are_lowered_with_the_environments_options() -> None:
    (text,) = session_tables(statement("INSERT INTO t SELECT id FROM orders", ORDERS), PROFILE, ENDPOINTS)
    assert "'properties.bootstrap.servers' = 'kafka.test:9092'" in text
    assert "'value.avro-confluent.url' = 'http://registry.test'" in text


def test_views_and_settings_go_as_they_are() -> None:
    texts = session_tables(
        statement("INSERT INTO t SELECT id FROM v", SETTING, ORDERS, VIEW), PROFILE, ENDPOINTS
    )
    assert (texts[0], texts[2]) == (SETTING.sql, VIEW.sql)


def test_the_record_time_is_declared_where_it_is_read() -> None:
    read = statement("INSERT INTO t SELECT id, `$rowtime` FROM orders", ORDERS)
    assert "`$rowtime`" in session_tables(read, PROFILE, ENDPOINTS)[0]
    not_read = statement("INSERT INTO t SELECT id FROM orders", ORDERS)
    assert "`$rowtime`" not in session_tables(not_read, PROFILE, ENDPOINTS)[0]


def test_input_topics_are_those_of_kafka_tables_under_the_name_they_have_there() -> None:
    plan = World().plan()
    planned = planned_table(plan, "int_3")
    green = CatalogTable(physical="int_3_v2", kind="intermediate", sql="CREATE TABLE int_3_v2 (id STRING)")
    one = statement("…", SETTING, ORDERS, VIEW, LOOKUP, RENAMED, green)
    assert input_topics(plan, replace(planned, dml=(one, one))) == ("orders", "shop.raw")


def test_the_definition_of_a_planned_table() -> None:
    planned = planned_table(World().plan(), "int_3")
    assert definition_of(planned).primary_key == ("id",)
    with pytest.raises(ProjectError, match="has no CREATE TABLE"):
        definition_of(replace(planned, ddl=None))


def test_each_statement_reads_in_a_consumer_group_of_its_own() -> None:
    read = statement("INSERT INTO t SELECT id FROM orders", ORDERS)
    assert "'properties.group.id' = 'bluegreen.local.dml.t.f'" in session_tables(read, PROFILE, ENDPOINTS)[0]
    own = replace(PROFILE, table_options={"properties.group.id": "mine"})
    assert "'properties.group.id' = 'mine'" in session_tables(read, own, ENDPOINTS)[0]
