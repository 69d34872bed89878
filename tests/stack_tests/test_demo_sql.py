"""The demo's SQL on a real Flink: every table holds what the Python model works out from the same changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from airflow_bluegreen.actions.placeholders import fill
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Endpoints, JobIdentity, Project, Statement, Topic
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.sql import lower_table, rename_statement, topic_settings
from airflow_bluegreen.demo.generator import running_generator
from airflow_bluegreen.demo.raw_topics import RawTopics
from airflow_bluegreen.demo.records import Change, Sizes, changes
from airflow_bluegreen.demo.repository import release_files
from airflow_bluegreen.demo.retail import RAW_TABLES
from tests.demo.expected_tables import Fields, Rows, expected_tables

pytestmark = pytest.mark.stack

SEED = 11
SIZES = Sizes(customers=40, orders=400, payments=500, shipments=300)
RECORDS = 3_000
BLUE = read_project(release_files("v1.0.0"), None)
GREEN = read_project({**release_files("v1.0.0"), **release_files("v1.0.1")}, None)
GREEN_NAMES = {"int_3": "int_3_v2", "fact_2": "fact_2_v2", "fact_3": "fact_3_v2"}
REBUILT_NAMES = {"int_3": "int_3_v9"}
TABLES = Lineage(BLUE).order()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The whole project on the stack, and what was sent to it."""

    endpoints: Endpoints
    topics: KafkaCluster
    registry: SchemaRegistry
    gateway: FlinkGateway
    flink: FlinkCluster
    sent: tuple[Change, ...]
    jobs: list[str]
    tables: list[str]

    def deploy(self, project: Project, table: str, names: Mapping[str, str]) -> None:
        """The topic and the job of a table, tables being called as ``names`` says."""
        definition, (dml,) = project.tables[table].definition, project.tables[table].dml
        assert definition
        physical = names.get(table, table)
        settings = topic_settings(definition)
        self.topics.create_topic(Topic(name=physical, partitions=settings.partitions, config=settings.config))
        self.tables.append(physical)
        used = [*dml.statement.inputs, *dml.statement.outputs]
        catalog = [self._lowered(project, name, names) for name in used]
        identity = JobIdentity(
            environment="local", release="", statement=dml.name, table=physical, fingerprint=""
        )
        sql = rename_statement(dml.statement, names)
        submission = self.gateway.submit(catalog, sql, job_name=f"dml.{physical}", identity=identity)
        self.jobs.append(submission.job_id)

    def _lowered(self, project: Project, name: str, names: Mapping[str, str]) -> str:
        profile = project.profiles["local"]
        ddl = _ddl(project, name)
        options = fill(profile.table_options, self.endpoints)
        return lower_table(rename_statement(ddl, names), profile, options=options, kind="table")

    def rows(self, table: str) -> Rows:
        """What the table's topic holds once its changelog is folded."""
        reader = RowReader(self.registry.written)
        folded: Rows = {}
        records = self.topics.read(table, self.topics.begin_offsets(table), self.topics.end_offsets(table))
        for record in records:
            assert record.key is not None
            (key,) = reader.row(record.key).values()
            folded.pop(key, None)
            if record.value is not None:
                folded[key] = {name: _plain(cell) for name, cell in reader.row(record.value).items()}
        return folded

    def rows_once(self, table: str, expected: Rows) -> Rows:
        """The table's rows as soon as they are the expected ones, else those after a minute."""
        polling = Retrying(
            retry=retry_if_result(lambda rows: rows != expected),
            stop=stop_after_delay(60),
            wait=wait_fixed(1),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else {},
        )
        found: Rows = polling(self.rows, table)
        return found

    def clear(self) -> None:
        for job in self.jobs:
            self.flink.cancel(job)
        for topic in (*self.tables, *RAW_TABLES):
            self.topics.delete_topic(topic)
            for part in ("key", "value"):
                self.registry.delete_subject(f"{topic}-{part}")
        for client in (self.topics, self.registry, self.gateway, self.flink):
            client.close()


def _ddl(project: Project, name: str) -> Statement:
    table = project.tables.get(name)
    if table is None:
        return project.external["local"][name]
    assert table.ddl
    return table.ddl.statement


def _plain(cell: Any) -> Any:
    return int(cell.timestamp() * 1000) if isinstance(cell, datetime) else cell


@pytest.fixture(scope="module")
def pipeline(stack: Endpoints) -> Iterator[Pipeline]:
    """Blue, a second int_3 and the tables of the next release, all fed with the same changes.

    Half of the changes are there before the jobs start. Then all are sent, so the first half comes twice.
    """
    sent = tuple(islice(changes(SEED, SIZES), RECORDS))
    running = Pipeline(
        endpoints=stack,
        topics=KafkaCluster(stack.kafka),
        registry=SchemaRegistry(stack.registry_url, stack.registry_auth),
        gateway=FlinkGateway(stack.gateway_url, stack.gateway_auth),
        flink=FlinkCluster(stack.flink_url),
        sent=sent,
        jobs=[],
        tables=[],
    )
    try:
        with RawTopics(stack) as raw:
            raw.send(sent[: RECORDS // 2])
            raw.flush()
            for table in TABLES:
                running.deploy(BLUE, table, {})
            raw.send(sent)
        running.deploy(BLUE, "int_3", REBUILT_NAMES)
        for table in (*GREEN_NAMES, "view32"):
            running.deploy(GREEN, table, GREEN_NAMES)
        yield running
    finally:
        running.clear()


def differing(blue: Rows, green: Rows) -> set[str]:
    """The columns in which rows of one key differ; the keys must be the same."""
    assert blue.keys() == green.keys()
    return {name for key in blue for name in blue[key] if blue[key][name] != green[key][name]}


@pytest.mark.parametrize("table", TABLES)
def test_table_holds_what_the_model_works_out(pipeline: Pipeline, table: str) -> None:
    expected = expected_tables(pipeline.sent)[table]

    assert pipeline.rows_once(table, expected) == expected


def test_a_table_rebuilt_from_retained_input_has_the_same_rows(pipeline: Pipeline) -> None:
    expected = expected_tables(pipeline.sent)["int_3"]

    assert pipeline.rows_once("int_3_v9", expected) == expected


def test_the_next_release_changes_the_columns_it_should(pipeline: Pipeline) -> None:
    blue = expected_tables(pipeline.sent)
    int_3 = {key: _with_small_rests_paid(row, blue["src_b"][key]) for key, row in blue["int_3"].items()}
    fact_3 = {
        key: {**row, "payment_state": int_3[key]["payment_state"], "size_class": _bulky_from_20_kg(row)}
        for key, row in blue["fact_3"].items()
    }

    assert pipeline.rows_once("int_3_v2", int_3) == int_3
    assert pipeline.rows_once("fact_3_v2", fact_3) == fact_3
    assert pipeline.rows_once("fact_2_v2", blue["fact_2"]) == blue["fact_2"]
    assert differing(blue["int_3"], int_3) == {"payment_state"}
    assert differing(blue["fact_3"], fact_3) == {"payment_state", "size_class"}


def test_the_new_view_sums_the_receivables(pipeline: Pipeline) -> None:
    expected: Rows = {}
    for fact in expected_tables(pipeline.sent)["fact_2"].values():
        empty: Fields = {"segment": fact["segment"], "order_count": 0, "open_amount": 0}
        row = expected.setdefault(fact["segment"], empty)
        row["order_count"] += 1
        row["open_amount"] += fact["open_amount"]

    assert pipeline.rows_once("view32", expected) == expected


def test_the_generator_goes_on_beside_the_pipeline(pipeline: Pipeline) -> None:
    """Last, as it sends more changes than the model of the other tests has."""
    before = _records(pipeline, "raw_b")
    with running_generator(pipeline.endpoints, seed=SEED, sizes=SIZES, rate=200) as process:
        opened = _records(pipeline, "raw_b")
        growing = Retrying(
            retry=retry_if_result(lambda count: count <= opened),
            stop=stop_after_delay(20),
            wait=wait_fixed(0.2),
        )
        assert growing(_records, pipeline, "raw_b") > opened > before

    assert process.returncode == 0


def _records(pipeline: Pipeline, topic: str) -> int:
    return sum(pipeline.topics.end_offsets(topic).values())


def _with_small_rests_paid(row: Fields, order: Fields) -> Fields:
    paid = row["payment_state"] != "cancelled" and row["paid_amount"] * 100 >= order["order_total"] * 98
    return {**row, "payment_state": "paid"} if paid else row


def _bulky_from_20_kg(row: Fields) -> str:
    return "bulky" if row["weight_grams"] >= 20_000 else str(row["size_class"])
