"""Releases that are broken in ways which Flink accepts: the comparison stops each, and says why.

Three tables are live, each release breaks one of them. Nothing is left of one when the next begins.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from confluent_kafka import Producer

from airflow_bluegreen.actions.catch_up import await_ready
from airflow_bluegreen.actions.compare import compare
from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.configuration import read_configuration
from airflow_bluegreen.core.model import (
    CheckResult,
    Endpoints,
    Phase,
    Plan,
    Profile,
    TableComparison,
    Topic,
    Verdict,
)
from airflow_bluegreen.ports import Platform
from tests.clients.checkout import Checkout

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

CONFIGURATION = """\
project: broken-{u}
environments:
  local:
    external_tables: external/*.sql
    table_options:
      properties.bootstrap.servers: "{{kafka.bootstrap.servers}}"
      key.avro-confluent.url: "{{schema.registry.url}}"
      value.avro-confluent.url: "{{schema.registry.url}}"
    row_count_tolerance: 0.05
    observation: 0s
comparison:
  tables:
    visits_{u}: {{unique: [visit_id]}}
    hourly_{u}: {{event_time: window_start, window: 10m}}
"""
RAW = """\
CREATE TABLE {name} ({columns}) WITH (
  'connector' = 'kafka', 'topic' = '{name}', 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601',
  'scan.startup.mode' = 'earliest-offset'
);
"""
RAW_COLUMNS = {
    "orders": "order_id INT, customer_id INT, amount INT",
    "customers": "customer_id INT, country STRING",
    "pages": "visit_id INT, page STRING, visited_at TIMESTAMP(3), WATERMARK FOR visited_at AS visited_at",
}
DDL = """\
CREATE TABLE {name} ({columns}) WITH (
  'changelog.mode' = '{mode}', {key}'value.format' = 'avro-registry', 'value.fields-include' = 'all'
);
"""
UPSERTED = "'key.format' = 'avro-registry', "
COLUMNS = {
    "enriched": "order_id INT NOT NULL, country STRING, amount INT, PRIMARY KEY (order_id) NOT ENFORCED",
    "visits": "visit_id INT, page STRING",
    "hourly": "window_start TIMESTAMP(3) NOT NULL, page STRING NOT NULL, visits BIGINT NOT NULL, "
    "PRIMARY KEY (window_start, page) NOT ENFORCED",
}
SOUND = {
    "enriched": "INSERT INTO enriched_{u} SELECT o.order_id, c.country, o.amount FROM orders_{u} AS o "
    "LEFT JOIN customers_{u} AS c ON o.customer_id = c.customer_id;\n",
    "visits": "INSERT INTO visits_{u} SELECT visit_id, page FROM pages_{u};\n",
    "hourly": "INSERT INTO hourly_{u} SELECT window_start, page, COUNT(*) AS visits FROM TABLE("
    "TUMBLE(TABLE pages_{u}, DESCRIPTOR(visited_at), INTERVAL '1' HOUR)) "
    "GROUP BY window_start, window_end, page;\n",
}
A_JOIN_THAT_DROPS_ROWS = SOUND["enriched"].replace("LEFT JOIN", "JOIN")
AN_INSERT_TWICE = SOUND["visits"].replace(
    ";", " UNION ALL SELECT visit_id, page FROM pages_{u} WHERE page = 'basket';"
)
A_SHIFTED_WINDOW = SOUND["hourly"].replace("'1' HOUR)", "'1' HOUR, INTERVAL '20' MINUTE)")

ORDERS, CUSTOMERS, HOURS, VISITS_AN_HOUR = 40, 10, 6, 20
WITHOUT_CUSTOMER = [number for number in range(ORDERS) if number % 4 == 0]


@dataclass(frozen=True)
class Shop:
    """The environment; ``u`` makes its names its own."""

    u: str
    platform: Platform
    profile: Profile
    checkout: Checkout

    def release(self, name: str, table: str, dml: str) -> None:
        """Tag a release in which that table alone is another one than in v1."""
        texts = {**SOUND, table: dml}
        self.checkout.commit({_dml(one, self.u): text.format(u=self.u) for one, text in texts.items()})
        self.checkout.git("tag", name)

    def bring_up(self, release: str) -> Plan:
        """As a release does it, up to green that has caught up."""
        plan = plan_release(self.platform, environment="local", release=release)
        open_release(self.platform, plan, print)
        rewrite(self.platform, plan, print)
        for planned in plan.tables:
            provision(self.platform, plan, planned.table, self.profile, print)
        for planned in plan.tables:
            deploy(self.platform, plan, planned.table, self.profile, print)
        for planned in plan.tables:
            await_ready(self.platform, plan, planned.table, print, timeout_s=300, poll_s=1.0)
        return plan

    @contextmanager
    def compared(self, release: str) -> Iterator[TableComparison]:
        """The comparison of the only table of a release, which is taken back afterwards."""
        plan = self.bring_up(release)
        (planned,) = plan.tables
        yield compare(self.platform, plan, planned.table, self.profile, print)
        roll_back(self.platform, release, self.profile, print, timeout_s=300, poll_s=1.0)

    def go_live(self, release: str) -> None:
        plan = self.bring_up(release)
        advance_to(self.platform, release, Phase.COMPARED)
        cut_over(self.platform, plan, self.profile, print)
        retire(self.platform, plan, print)
        confirm(self.platform, plan, self.profile, print)

    def produce(self) -> None:
        """A quarter of the orders is of customers that nobody knows; visits come evenly, hour after hour."""
        producer = Producer(dict(self.platform.endpoints.kafka))

        def send(topic: str, **row: object) -> None:
            producer.produce(f"{topic}_{self.u}", value=json.dumps(row))

        for number in range(CUSTOMERS):
            send("customers", customer_id=number, country="CH" if number % 2 else "DE")
        for number in range(ORDERS):
            unknown = number in WITHOUT_CUSTOMER
            send("orders", order_id=number, customer_id=-1 if unknown else number % CUSTOMERS, amount=number)
        for number in range(HOURS * VISITS_AN_HOUR):
            hour, part = divmod(number, VISITS_AN_HOUR)
            at = f"2026-01-01T{hour:02d}:{part * 60 // VISITS_AN_HOUR:02d}:00"
            send("pages", visit_id=number, page="basket" if number % 5 == 0 else "home", visited_at=at)
        assert producer.flush(20) == 0


def _dml(table: str, u: str) -> str:
    return f"pipelines/facts/p/{table}/dml.{table}_{u}.sql"


def files(u: str) -> dict[str, str | None]:
    raw = {
        f"external/ddl.{name}_{u}.sql": RAW.format(name=f"{name}_{u}", columns=columns)
        for name, columns in RAW_COLUMNS.items()
    }
    made = {}
    for table, columns in COLUMNS.items():
        keyed = "PRIMARY KEY" in columns
        made[f"pipelines/facts/p/{table}/ddl.{table}_{u}.sql"] = DDL.format(
            name=f"{table}_{u}",
            columns=columns,
            mode="upsert" if keyed else "append",
            key=UPSERTED if keyed else "",
        )
    sound = {_dml(table, u): text.format(u=u) for table, text in SOUND.items()}
    return {"bluegreen.yaml": CONFIGURATION.format(u=u), **raw, **made, **sound}


@pytest.fixture(scope="module")
def shop(stack: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """v1 is live."""
    u = uuid.uuid4().hex[:8]
    checkout = Checkout(tmp_path_factory.mktemp("broken") / "project")
    checkout.commit(files(u))
    checkout.git("tag", "v1")
    platform = open_platform(
        stack, project_path=str(checkout.path), project_name=f"broken-{u}", environment="local"
    )
    profile = read_configuration(CONFIGURATION.format(u=u)).profiles["local"]
    shop = Shop(u=u, platform=platform, profile=profile, checkout=checkout)
    for name in RAW_COLUMNS:
        platform.topics.create_topic(Topic(name=f"{name}_{u}", partitions=1))
    shop.produce()
    shop.go_live("v1")
    yield shop
    for job in platform.jobs.jobs():
        if u in job.name:
            platform.jobs.cancel(job.job_id)


def failures(found: TableComparison) -> dict[str, CheckResult]:
    return {check.check: check for check in found.checks if check.verdict is Verdict.FAIL}


def test_a_join_that_drops_rows(shop: Shop) -> None:
    shop.release("v2-join", "enriched", A_JOIN_THAT_DROPS_ROWS)
    with shop.compared("v2-join") as found:
        assert (found.table, found.verdict) == (f"enriched_{shop.u}", Verdict.FAIL)
        lost = len(WITHOUT_CUSTOMER)
        assert (found.keys.match, found.keys.blue_only, found.keys.green_only) == (ORDERS - lost, lost, 0)
        failed = failures(found)
        assert failed.keys() == {"rows", "keys"}
        assert failed["rows"].rule == "rows may change within row_count_tolerance 0.05"
        assert f"-{lost} rows (25.00%), more than the 5.00% that the project allows" in failed["rows"].detail
        missing = [
            one for one in found.samples if {green for _, green in one.columns.values()} == {"(no row)"}
        ]
        assert missing, "rows that green lost are shown"
        assert {int(one.key["order_id"]) for one in missing} <= set(WITHOUT_CUSTOMER)


def test_an_insert_that_writes_rows_twice(shop: Shop) -> None:
    shop.release("v2-twice", "visits", AN_INSERT_TWICE)
    with shop.compared("v2-twice") as found:
        assert (found.table, found.verdict) == (f"visits_{shop.u}", Verdict.FAIL)
        twice = HOURS * VISITS_AN_HOUR // 5
        assert (found.keys.match, found.keys.green_only) == (HOURS * VISITS_AN_HOUR, twice)
        duplicates = failures(found)["duplicates"]
        assert duplicates.rule.startswith("visit_id identify a row")
        assert f"{twice} rows stand there again: " in duplicates.detail
        shown = duplicates.detail.partition("again: ")[2].split("; ")
        assert shown
        assert all(int(one) % 5 == 0 for one in shown)


def test_a_shifted_window(shop: Shop) -> None:
    shop.release("v2-shift", "hourly", A_SHIFTED_WINDOW)
    with shop.compared("v2-shift") as found:
        assert (found.table, found.verdict) == (f"hourly_{shop.u}", Verdict.FAIL)
        assert found.keys.match == 0, "no window is where it was"
        event_time = failures(found)["event time"]
        assert event_time.rule.startswith(
            "windows of window_start hold blue's rows within row_count_tolerance"
        )
        assert "11 windows of 10m differ by 120.00% of the rows, most the one of " in event_time.detail
        assert found.event_times is not None
        rows = found.event_times.rows
        starts = {
            side: {int(edge // 60_000) % 60 for edge, count in zip(rows.edges, counts, strict=False) if count}
            for side, counts in (("blue", rows.blue), ("green", rows.green))
        }
        assert starts == {"blue": {0}, "green": {20}}, "every window begins twenty minutes later"
