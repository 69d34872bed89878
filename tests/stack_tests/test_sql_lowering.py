# ruff: noqa: E501 - one line, one case
"""Lowered tables and our reading of Flink's SQL against a real Flink: it plans what we produce."""

from collections.abc import Iterator

import pytest

from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.core.model import Endpoints, Profile
from airflow_bluegreen.core.sql import lower_table, parse, quote, rename
from airflow_bluegreen.exceptions import StatementError

pytestmark = pytest.mark.stack

PROFILE = Profile(name="local")
TABLES = {
    "orders": """CREATE TABLE orders (
        order_id STRING NOT NULL, customer STRING, amount DECIMAL(10, 2), ts TIMESTAMP_LTZ(3), fine TIMESTAMP(6),
        line ROW<sku STRING, sent TIMESTAMP_LTZ(3)>, PRIMARY KEY (order_id) NOT ENFORCED
    ) DISTRIBUTED BY HASH(order_id) INTO 2 BUCKETS
    WITH ('changelog.mode' = 'upsert', 'kafka.retention.time' = '0', 'value.fields-include' = 'all')""",
    "clicks": """CREATE TABLE clicks (
        click_id STRING NOT NULL, customer STRING, ts TIMESTAMP(3), items ARRAY<STRING>,
        WATERMARK FOR `$rowtime` AS SOURCE_WATERMARK(), PRIMARY KEY (click_id) NOT ENFORCED
    ) DISTRIBUTED BY HASH(customer) INTO 2 BUCKETS WITH ('changelog.mode' = 'append')""",
    "raw_clicks": "CREATE TABLE raw_clicks (click_id STRING, customer STRING) WITH ('value.format' = 'json-registry')",
    "report": """CREATE TABLE report (
        id STRING, name STRING, seen TIMESTAMP_LTZ(3), n BIGINT, PRIMARY KEY (id) NOT ENFORCED
    )""",
}
QUERIES = [
    "SELECT order_id, customer, `$rowtime`, CHAR_LENGTH(line.sku) FROM orders",
    "SELECT order_id, customer, ts, 1 FROM orders WHERE fine > TIMESTAMP '2026-01-01 00:00:00'",
    "SELECT c.click_id, o.customer, c.`$rowtime`, 1 FROM clicks c JOIN orders o ON c.customer = o.customer",
    "SELECT c.click_id, o.customer, c.ts, 1 FROM clicks AS c LEFT JOIN orders FOR SYSTEM_TIME AS OF c.`$rowtime` AS o "
    "ON c.click_id = o.order_id",
    "SELECT customer, MAX(click_id), window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR($rowtime), "
    "INTERVAL '1' MINUTE)) GROUP BY customer, window_start, window_end",
    "SELECT customer, MAX(click_id), window_start, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY (customer), "
    "DESCRIPTOR($rowtime), INTERVAL '5' MINUTES)) GROUP BY customer, window_start, window_end",
    "SELECT click_id, customer, ts, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY click_id ORDER BY ts DESC) AS rn "
    "FROM clicks) WHERE rn = 1",
    "SELECT click_id, UPPER(i.item), CAST(NULL AS TIMESTAMP_LTZ(3)), 1 FROM clicks CROSS JOIN UNNEST(items) AS i (item)",
    "SELECT click_id, JSON_VALUE(customer, '$.name' RETURNING STRING), CURRENT_TIMESTAMP, TIMESTAMPDIFF(DAY, ts, ts) "
    "FROM clicks UNION ALL SELECT click_id, TRIM(BOTH 'x' FROM customer), CURRENT_TIMESTAMP, EXTRACT(DAY FROM DATE '2026-01-01') FROM raw_clicks",
    "WITH paid AS (SELECT customer, COUNT(*) AS n FROM orders WHERE amount > 1 GROUP BY customer) "
    "SELECT /*+ STATE_TTL('p' = '1d', 'c' = '2d') */ p.customer, c.customer, c.ts, p.n FROM paid p JOIN clicks c "
    "ON p.customer = c.customer AND c.ts BETWEEN c.ts - INTERVAL '1' HOUR AND c.ts",
]  # fmt: skip


@pytest.fixture(scope="module")
def gateway(stack: Endpoints) -> Iterator[FlinkGateway]:
    client = FlinkGateway(stack.gateway_url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def catalog(stack: Endpoints) -> list[str]:
    options = {
        "properties.bootstrap.servers": stack.kafka["bootstrap.servers"],
        "avro-confluent.url": stack.registry_url,
    }
    return [
        lower_table(sql, PROFILE, options=options, kind="test", rowtime=name in ("orders", "clicks"))
        for name, sql in TABLES.items()
    ]


@pytest.mark.parametrize("query", QUERIES)
def test_flink_plans_it_and_reads_the_tables_that_we_found(
    gateway: FlinkGateway, catalog: list[str], query: str
) -> None:
    insert = f"INSERT INTO report {query}"

    plan = gateway.explain(catalog, insert)

    (statement,) = parse(insert)
    assert statement.outputs == ("report",)
    assert {name for name in TABLES if f"default_database, {name}" in plan} - {"report"} == set(
        statement.inputs
    )


@pytest.mark.parametrize("query", QUERIES[2:4])
def test_flink_plans_the_renamed_statement(gateway: FlinkGateway, catalog: list[str], query: str) -> None:
    renames = {"orders": "orders_v2", "clicks": "my clicks", "report": "select"}

    plan = gateway.explain(
        [rename(sql, renames) for sql in catalog], rename(f"INSERT INTO report {query}", renames)
    )

    assert "orders_v2" in plan
    assert "my clicks" in plan


def test_append_table_refuses_changes(gateway: FlinkGateway, catalog: list[str]) -> None:
    with pytest.raises(StatementError, match="update and delete changes"):
        gateway.explain(catalog, "INSERT INTO raw_clicks SELECT customer, order_id FROM orders")


def test_names_that_are_not_quoted_need_no_quotes(gateway: FlinkGateway) -> None:
    names = [
        "id", "name", "status", "type", "state", "code", "level", "source", "target",
        "country", "total", "data", "format", "plan", "view", "key", "first", "last",
        "zone", "schema", "session", "model", "options", "metadata", "week", "quarter", "columns",
        "catalog", "database", "partitioned", "days",
    ]  # fmt: skip
    assert [name for name in names if quote(name) != name] == []

    columns = ", ".join(f"1 AS {name}" for name in names)
    assert gateway.explain([], f"SELECT {', '.join(names)} FROM (SELECT {columns}) AS t")


@pytest.mark.parametrize(
    "name", ["timestamp", "value", "hash", "buckets", "user", "comment", "$rowtime", "a b"]
)
def test_names_that_are_quoted_can_be_used(gateway: FlinkGateway, name: str) -> None:
    assert quote(name).startswith("`")
    assert gateway.explain([], f"SELECT t.{quote(name)} FROM (SELECT 1 AS {quote(name)}) AS t")
