"""What operators tell OpenLineage, in its own classes and as it goes over the wire."""

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from airflow.sdk import BaseOperator

from airflow_bluegreen.actions.ledger import open_release
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.model import Plan
from airflow_bluegreen.operators.comparing import CompareBlueGreenOperator
from airflow_bluegreen.operators.cut_over import CutOverOperator, RetireBlueOperator
from airflow_bluegreen.operators.deploy import DeployFlinkStatementOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from tests.airflow.shared_cluster import SharedCluster
from tests.fakes.platform import Story

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

PLACE: Any = {"project": "/srv/retail", "environment": "local"}
KAFKA = "kafka://kafka.test:9092"


@pytest.fixture
def plan(shared_cluster: SharedCluster) -> Plan:
    """v1.0.1, begun."""
    with shared_cluster.use() as world:
        planned = plan_release(world.platform, environment="local", release="v1.0.1")
        open_release(world.platform, planned, Story())
        return planned


def told(task: BaseOperator, state: str = "complete") -> "OperatorLineage":
    """What the provider's own extractor makes of a task."""
    from airflow.providers.openlineage.extractors.manager import ExtractorManager

    found = ExtractorManager().get_extractor_class(task)
    assert found is not None
    extractor = found(task)
    told = extractor.extract() if state == "start" else extractor.extract_on_complete(None)
    assert told is not None
    return told


def wire(record: object) -> Any:
    """As it is sent."""
    from openlineage.client.serde import Serde

    return json.loads(Serde.to_json(record))


def deployment(plan: Plan, table: str, statement: str) -> DeployFlinkStatementOperator:
    return DeployFlinkStatementOperator(
        task_id="deploy", plan=to_json(plan), table=table, statement=cast(Any, statement), **PLACE
    )


def deployed(plan: Plan, table: str, *statements: str) -> DeployFlinkStatementOperator:
    """A table's last statement, deployed after those before."""
    for statement in statements:
        task = deployment(plan, table, statement)
        task.execute({})
    return task


def test_a_deployed_statement_tells_topics_columns_versions_and_its_job(plan: Plan) -> None:
    lineage = told(deployed(plan, "int_3", "ddl", "dml"))
    assert [(one.namespace, one.name) for one in lineage.inputs] == [
        (KAFKA, "src_a"),
        (KAFKA, "src_b"),
        (KAFKA, "src_c"),
    ]
    (output,) = lineage.outputs
    sent = wire(output)
    assert (sent["namespace"], sent["name"]) == (KAFKA, "int_3_v2")
    about = sent["facets"]["bluegreen_table"]
    assert (about["role"], about["table"], about["version"]) == ("green", "int_3", 2)
    assert [one["name"] for one in sent["facets"]["schema"]["fields"]] == ["id", "total", "note"]
    sources = sent["facets"]["columnLineage"]["fields"]["note"]["inputFields"]
    assert {(one["name"], one["field"], one["transformations"][0]["type"]) for one in sources} == {
        ("src_c", "note", "DIRECT"),
        ("src_a", "id", "INDIRECT"),
        ("src_b", "id", "INDIRECT"),
        ("src_c", "id", "INDIRECT"),
    }
    assert {one["namespace"] for one in sources} == {KAFKA}
    release = wire(lineage.run_facets["bluegreen_release"])
    assert (release["release"], release["base"], release["step"]) == ("v1.0.1", "v1.0.0", "dml")
    assert (release["table"], release["blue"], release["green"]) == ("int_3", "int_3", "int_3_v2")
    assert wire(lineage.run_facets["externalQuery"])["source"] == "http://flink.test"
    assert "INSERT INTO int_3_v2" in wire(lineage.job_facets["sql"])["query"]


def test_before_it_is_deployed_it_tells_release_and_sql(plan: Plan) -> None:
    lineage = told(deployment(plan, "int_3", "dml"), "start")
    assert (lineage.inputs, lineage.outputs) == ([], [])
    assert wire(lineage.run_facets["bluegreen_release"])["green"] == "int_3_v2"
    assert "INSERT INTO int_3_v2" in wire(lineage.job_facets["sql"])["query"]


def test_a_ddl_tells_that_its_topic_was_created(plan: Plan) -> None:
    (output,) = told(deployed(plan, "int_3", "ddl")).outputs
    assert wire(output)["facets"]["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"


@pytest.mark.parametrize(
    ("plan_text", "table"), [("", "int_3"), ("None", "int_3"), (None, "int_1"), (None, "of_another_branch")]
)
def test_a_task_without_a_plan_for_its_table_tells_nothing(
    plan: Plan, plan_text: str | None, table: str
) -> None:
    task = deployment(plan, table, "dml")
    if plan_text is not None:
        task.plan = plan_text
    assert task.get_openlineage_facets_on_start() is None
    assert task.get_openlineage_facets_on_complete(None) is None


def test_a_comparison_tells_both_colours_and_asserts_its_checks_of_green(
    plan: Plan, shared_cluster: SharedCluster
) -> None:
    deployed(plan, "int_3", "ddl", "dml")
    with shared_cluster.use() as world:
        world.run(8)
    task = CompareBlueGreenOperator(task_id="compare", plan=to_json(plan), table="int_3", **PLACE)
    task.execute({})
    blue, green = (wire(one) for one in told(task).inputs)
    assert (blue["name"], blue["facets"]["bluegreen_table"]["role"]) == ("int_3", "blue")
    assert green["name"] == "int_3_v2"
    checks = {
        one["assertion"]: one["success"]
        for one in green["inputFacets"]["dataQualityAssertions"]["assertions"]
    }
    assert checks["rows"] is True
    assert "dataQualityAssertions" not in blue["inputFacets"]


def test_the_cut_over_tells_what_each_sink_reads_now_and_read_before(plan: Plan) -> None:
    task = CutOverOperator(task_id="cut_over", plan=to_json(plan), **PLACE)
    task._brokers = "kafka.test:9092"
    lineage = told(task)
    assert [one.name for one in lineage.inputs] == ["fact_2_v2", "fact_3_v2", "view32"]
    moved = wire(lineage.run_facets["bluegreen_release"])["connectors"]
    assert moved[0] == {
        "connector": "sink-fact-2",
        "action": "move",
        "before": ["fact_2"],
        "after": ["fact_2_v2"],
    }


def test_retiring_tells_the_blue_topics(plan: Plan) -> None:
    task = RetireBlueOperator(task_id="retire_blue", plan=to_json(plan), **PLACE)
    task._brokers = "kafka.test:9092"
    assert {wire(one)["facets"]["bluegreen_table"]["role"] for one in told(task).inputs} == {"blue"}


def test_a_rollback_tells_that_green_was_dropped(plan: Plan) -> None:
    deployed(plan, "int_3", "ddl", "dml")
    task = RollBackOperator(task_id="roll_back", release="v1.0.1", deferrable=False, **PLACE)
    assert task.get_openlineage_facets_on_complete(None) is None
    task.execute({})
    outputs = [wire(one) for one in told(task).outputs]
    assert "int_3_v2" in {one["name"] for one in outputs}
    assert {one["facets"]["lifecycleStateChange"]["lifecycleStateChange"] for one in outputs} == {"DROP"}


def test_what_failed_tells_no_topics(plan: Plan, shared_cluster: SharedCluster) -> None:
    from airflow.sdk.exceptions import AirflowException

    from airflow_bluegreen.exceptions import TransientError

    with shared_cluster.use() as world:
        world.topics.fail_next("create_topic", TransientError("gone"))
    task = deployment(plan, "int_3", "ddl")
    with pytest.raises(AirflowException):
        task.execute({})
    assert told(task).outputs == []


@pytest.mark.parametrize(
    ("brokers", "namespace"),
    [
        ("kafka:9092", "kafka://kafka:9092"),
        ("b-1:9096, b-2:9096", "kafka://b-1:9096"),
        ("SASL_SSL://b-1:9096,SASL_SSL://b-2:9096", "kafka://b-1:9096"),
        ("kafka", "kafka://kafka:9092"),
        ("[::1]:29092", "kafka://[::1]:29092"),
        ("[::1]", "kafka://[::1]:9092"),
    ],
)
def test_the_namespace_is_the_first_broker(brokers: str, namespace: str) -> None:
    from airflow_bluegreen.operators.lineage_facets import kafka_namespace

    assert kafka_namespace(brokers) == namespace
