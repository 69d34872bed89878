"""A small project tested on synthetic records, on real servers: sound it passes, broken it is caught."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from confluent_kafka.admin import AdminClient

from airflow_bluegreen.actions.integration.preparing import Asked
from airflow_bluegreen.actions.integration.trial_run import integration_test
from airflow_bluegreen.actions.read_release import load_project, plan_release
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import CheckResult, Endpoints, IntegrationResult, Verdict
from airflow_bluegreen.ports import Platform
from tests.fakes.git import FakeRepository
from tests.fakes.platform import Story
from tests.stack_tests.mini import platform_of

pytestmark = pytest.mark.stack

SETTINGS = """\
project: shop
environments:
  local:
    external_tables: external/*.sql
    table_options:
      properties.bootstrap.servers: "{kafka.bootstrap.servers}"
      key.avro-confluent.url: "{schema.registry.url}"
      value.avro-confluent.url: "{schema.registry.url}"
      properties.group.id: shop
comparison:
  tables:
    log: {unique: [event_id]}
"""
ORDERS = """\
CREATE TABLE raw_orders (
  id STRING, customer STRING, cents BIGINT, op STRING, lsn BIGINT, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '2' MINUTE
) WITH ('changelog.mode' = 'append', 'topic' = 'shop.orders', 'value.format' = 'avro-registry');
"""
CUSTOMERS = """\
CREATE TABLE raw_customers (id STRING, country STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH ('connector' = 'kafka', 'topic' = 'shop.customers', 'format' = 'debezium-json');
"""
EVENTS = """\
CREATE TABLE raw_events (
  event_id BIGINT, name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' MINUTE
) WITH ('connector' = 'kafka', 'topic' = 'shop.events', 'format' = 'json');
"""
NEWEST = """\
INSERT INTO orders
SELECT id, customer, cents FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY lsn DESC) AS rn FROM raw_orders
) WHERE rn = 1 AND op <> 'd';
"""
ENRICHED = """\
INSERT INTO enriched
SELECT o.id, COALESCE(c.country, 'unknown') AS country, o.cents
FROM orders AS o LEFT JOIN raw_customers AS c ON o.customer = c.id;
"""
LOG = "INSERT INTO log SELECT event_id, name FROM raw_events;\n"
WINDOWS = """\
INSERT INTO windows
SELECT window_start, COUNT(*) AS events
FROM TABLE(TUMBLE(TABLE raw_events, DESCRIPTOR(ts), INTERVAL '10' MINUTE))
GROUP BY window_start, window_end;
"""


def table(name: str, columns: str, key: str = "") -> str:
    mode = "upsert" if key else "append"
    key = f", PRIMARY KEY ({key}) NOT ENFORCED" if key else ""
    options = f"'changelog.mode' = '{mode}', 'value.fields-include' = 'all'"
    return f"CREATE TABLE {name} ({columns}{key}) WITH ({options});\n"


FILES = {
    "bluegreen.yaml": SETTINGS,
    "external/orders.sql": ORDERS,
    "external/customers.sql": CUSTOMERS,
    "external/events.sql": EVENTS,
    "ddl.orders.sql": table("orders", "id STRING NOT NULL, customer STRING, cents BIGINT", "id"),
    "dml.orders.sql": NEWEST,
    "ddl.enriched.sql": table("enriched", "id STRING NOT NULL, country STRING, cents BIGINT", "id"),
    "dml.enriched.sql": ENRICHED,
    "ddl.log.sql": table("log", "event_id BIGINT, name STRING"),
    "dml.log.sql": LOG,
    "ddl.windows.sql": table("windows", "window_start TIMESTAMP(3), events BIGINT"),
    "dml.windows.sql": WINDOWS,
}
SOUND = {
    "dml.enriched.sql": ENRICHED.replace("o.cents\n", "o.cents * 2 AS cents\n"),
    "dml.windows.sql": WINDOWS.replace("COUNT(*)", "COUNT(event_id)"),
}
BROKEN = {
    "dml.enriched.sql": ENRICHED.replace("LEFT JOIN", "JOIN"),
    "dml.log.sql": LOG.replace(";", " UNION ALL SELECT event_id, name FROM raw_events WHERE name <> 'x';"),
    "dml.windows.sql": WINDOWS.replace("COUNT(*)", "LAST_VALUE(event_id)"),
}


@dataclass(frozen=True, kw_only=True)
class BothRuns:
    """The same release of the project, sound and broken, each tested once."""

    platform: Platform
    sound: IntegrationResult
    broken: IntegrationResult
    story: Story


def state(stack: Endpoints, platform: Platform) -> dict[str, object]:
    """Everything on the servers that a test could leave."""
    groups = AdminClient(dict(stack.kafka)).list_consumer_groups().result()
    subjects = platform.schemas._server.read("/subjects").json()  # type: ignore[attr-defined]
    return {
        "topics": set(platform.topics.names()),
        "subjects": sorted(subjects),
        "jobs": {job.job_id for job in platform.jobs.jobs()},
        "groups": {group.group_id for group in groups.valid},
    }


def run(platform: Platform, changes: Mapping[str, str], story: Story) -> IntegrationResult:
    repository = FakeRepository(FILES)
    repository.tag("v1")
    repository.commit(dict(FILES | changes))
    repository.tag("v2")
    here = replace(platform, repository=repository)
    plan = plan_release(here, environment="local", release="v2", base="v1")
    profile = load_project(repository, "v2").profiles["local"]
    return integration_test(here, plan, profile, Asked(records=60), story, at_once=2)


@pytest.fixture(scope="module")
def tested(stack: Endpoints) -> BothRuns:
    platform = replace(platform_of(stack, FILES), schemas=SchemaRegistry(stack.registry_url))
    before, story = state(stack, platform), Story()
    sound = run(platform, SOUND, story)
    broken = run(platform, BROKEN, story)
    assert state(stack, platform) == before
    return BothRuns(platform=platform, sound=sound, broken=broken, story=story)


def check(result: IntegrationResult, table: str, name: str) -> CheckResult:
    (found,) = (one for one in result.tables if one.table == table)
    return next(one for one in found.checks if one.check == name)


def test_a_sound_release_passes(tested: BothRuns) -> None:
    failed = [
        (one.table, each.check, each.detail)
        for one in tested.sound.tables
        for each in one.checks
        if each.verdict is not Verdict.PASS
    ]
    assert failed == []
    assert [one.table for one in tested.sound.tables] == ["enriched", "windows"]
    assert check(tested.sound, "enriched", "values").expected
    assert check(tested.sound, "windows", "rows").green != "0"


def test_a_join_that_drops_rows_is_caught_with_the_reason(tested: BothRuns) -> None:
    lost = check(tested.broken, "enriched", "source records")
    assert lost.verdict is Verdict.FAIL
    assert "that blue keeps are lost, such as id-" in lost.detail
    assert "(id of raw_orders)" in lost.detail
    assert check(tested.broken, "enriched", "keys").verdict is Verdict.PASS


def test_an_insert_that_writes_twice_is_caught_with_the_reason(tested: BothRuns) -> None:
    twice = check(tested.broken, "log", "duplicates")
    assert twice.verdict is Verdict.FAIL
    assert "rows stand there again" in twice.detail


def test_a_result_that_depends_on_the_order_of_arrival_is_caught(tested: BothRuns) -> None:
    assert check(tested.sound, "windows", "arrival order").verdict is Verdict.PASS
    order = check(tested.broken, "windows", "arrival order")
    assert order.verdict is Verdict.FAIL


def test_nothing_is_left_and_everything_was_told(tested: BothRuns) -> None:
    assert {one.source for one in tested.sound.sources} == {"raw_customers", "raw_events", "raw_orders"}
    assert tested.story.text.count("topics and their subjects removed") == 2
    assert tested.sound.name == tested.broken.name
