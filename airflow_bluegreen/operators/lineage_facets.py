"""The lineage of a task in the classes of OpenLineage. Imported only when Airflow's provider for it asks.

The namespace of topics is that of OpenLineage's naming, ``kafka://host:port`` of the first bootstrap server.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attr
from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    external_query_run,
    lifecycle_state_change_dataset,
    schema_dataset,
    sql_job,
)

from airflow_bluegreen.core.documents import from_json
from airflow_bluegreen.core.model import (
    CheckResult,
    Column,
    ColumnOrigin,
    Dataset,
    Plan,
    Role,
    TableComparison,
    TaskLineage,
    TopicColumn,
    Verdict,
)
from airflow_bluegreen.exceptions import BluegreenError

Lineage = OperatorLineage[Any, Any]

RELEASE_FACET = "bluegreen_release"
"""The key of the run's facet: release, versions and, where sinks move, what they read before and after."""

TABLE_FACET = "bluegreen_table"
"""The key of a dataset's facet: which table it is, at which version, and its colour."""

_DEFAULT_PORT = "9092"
_Change = lifecycle_state_change_dataset.LifecycleStateChange


@attr.define
class ReleaseRunFacet(RunFacet):
    """The release that a task belongs to, and what it does for which table of it."""

    project: str
    environment: str
    release: str
    commit: str
    base: str
    step: str
    table: str | None = None
    blue: str | None = None
    green: str | None = None
    trigger: str | None = None
    connectors: list[dict[str, Any]] = attr.field(factory=list)


@attr.define
class TableDatasetFacet(DatasetFacet):
    """A topic's logical table and version, and whether it is blue, green, untouched or external."""

    role: str
    table: str | None = None
    version: int | None = None


def facets(
    plan: str,
    lineage: Callable[[Plan], TaskLineage | None],
    *,
    brokers: str = "",
    jobs: Sequence[str] = (),
    job_source: str = "",
    comparison: str = "",
) -> Lineage | None:
    """What OpenLineage is told of a task; None where the task has no plan, or nothing to do in it.

    :param plan: JSON of a plan.
    :param brokers: Kafka's bootstrap servers; empty as long as they are not known: no datasets then.
    :param jobs: the Flink jobs that the task started or found, in ``job_source``.
    :param comparison: JSON of the comparison that it made.
    """
    try:
        told = lineage(from_json(Plan, plan))
    except BluegreenError:
        return None  # the task itself says what is wrong with the plan
    if told is None:
        return None
    found = as_openlineage(told, brokers)
    if jobs:
        query = external_query_run.ExternalQueryRunFacet(externalQueryId=",".join(jobs), source=job_source)
        found.run_facets["externalQuery"] = query
    if comparison:
        _assert(found, told, from_json(TableComparison, comparison))
    return found


def as_openlineage(told: TaskLineage, brokers: str) -> Lineage:
    """The lineage of a task. Without brokers the datasets are left out: nobody knows their namespace."""
    namespace = kafka_namespace(brokers) if brokers else ""
    return Lineage(
        inputs=[_input(one, namespace) for one in told.inputs if namespace],
        outputs=[_output(one, namespace, told) for one in told.outputs if namespace],
        run_facets={RELEASE_FACET: _release(told)},
        job_facets={"sql": sql_job.SQLJobFacet(query=told.sql)} if told.sql else {},
    )


def kafka_namespace(brokers: str) -> str:
    """``kafka://host:port`` of the first of some bootstrap servers, whatever its listener is called."""
    first = brokers.split(",")[0].strip().rpartition("://")[2]
    # Between the brackets of an IPv6 address a colon is no port.
    has_port = ":" in first.rpartition("]")[2]
    return f"kafka://{first}" if has_port else f"kafka://{first}:{_DEFAULT_PORT}"


def _release(told: TaskLineage) -> ReleaseRunFacet:
    return ReleaseRunFacet(
        project=told.project,
        environment=told.environment,
        release=told.release,
        commit=told.commit,
        base=told.base,
        step=told.step,
        table=told.table or None,
        blue=told.blue or None,
        green=told.green or None,
        trigger=told.trigger or None,
        connectors=[
            {
                "connector": move.connector,
                "action": move.action,
                "before": list(move.before),
                "after": list(move.after),
            }
            for move in told.moves
        ],
    )


def _input(one: Dataset, namespace: str) -> InputDataset:
    return InputDataset(namespace=namespace, name=one.topic, facets=_facets(one))


def _output(one: Dataset, namespace: str, told: TaskLineage) -> OutputDataset:
    found = _facets(one)
    if one.origins:
        fields = {origin.column: _field(origin, namespace) for origin in one.origins}
        found["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields)
    for topics, change in ((told.created, _Change.CREATE), (told.dropped, _Change.DROP)):
        if one.topic in topics:
            facet = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
                lifecycleStateChange=change
            )
            found["lifecycleStateChange"] = facet
    return OutputDataset(namespace=namespace, name=one.topic, facets=found)


def _facets(one: Dataset) -> dict[str, DatasetFacet]:
    about = TableDatasetFacet(role=one.role.value, table=one.table or None, version=one.version or None)
    if not one.columns:
        return {TABLE_FACET: about}
    return {TABLE_FACET: about, "schema": _schema(one.columns)}


def _schema(columns: Sequence[Column]) -> schema_dataset.SchemaDatasetFacet:
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name=column.name, type=column.type, ordinal_position=number)
        for number, column in enumerate(columns, start=1)
    ]
    return schema_dataset.SchemaDatasetFacet(fields=fields)


def _field(origin: ColumnOrigin, namespace: str) -> column_lineage_dataset.Fields:
    kinds = (("DIRECT", origin.direct), ("INDIRECT", origin.indirect))
    return column_lineage_dataset.Fields(
        inputFields=[_source(one, namespace, kind) for kind, columns in kinds for one in columns]
    )


def _source(one: TopicColumn, namespace: str, kind: str) -> column_lineage_dataset.InputField:
    return column_lineage_dataset.InputField(
        namespace=namespace,
        name=one.topic,
        field=one.column,
        transformations=[column_lineage_dataset.Transformation(type=kind)],
    )


def _assert(found: Lineage, told: TaskLineage, comparison: TableComparison) -> None:
    """The checks of a comparison, as assertions about green."""
    green = {one.topic for one in told.inputs if one.role is Role.GREEN}
    for dataset in found.inputs:
        if dataset.name in green:
            dataset.inputFacets = {
                "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                    assertions=[_assertion(check) for check in comparison.checks]
                )
            }


def _assertion(check: CheckResult) -> data_quality_assertions_dataset.Assertion:
    return data_quality_assertions_dataset.Assertion(
        assertion=check.check, success=check.verdict is not Verdict.FAIL
    )
