"""The middle of a release: a group of tasks for each table, and the lineage between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.sdk import BaseOperator, TaskGroup, TriggerRule

from airflow_bluegreen.dag_factory.layers import Layers
from airflow_bluegreen.operators.catch_up import AwaitCatchUpOperator
from airflow_bluegreen.operators.comparing import CompareBlueGreenOperator
from airflow_bluegreen.operators.deploy import DeployFlinkStatementOperator
from airflow_bluegreen.snapshot import DrawnTable, Snapshot

DEPLOY_GROUP = "deploy"


@dataclass(frozen=True, slots=True)
class _TableTasks:
    """The tasks of one table: what its readers' jobs wait for, and what their comparisons wait for."""

    writing: tuple[BaseOperator, ...]
    ready: BaseOperator

    @property
    def deployed(self) -> BaseOperator:
        return self.writing[-1]


def draw_tables(
    drawn: Snapshot,
    step: Mapping[str, Any],
    waiting: Mapping[str, Any],
    between: tuple[BaseOperator, BaseOperator],
    layers: Layers,
) -> list[BaseOperator]:
    """Draw the tables between the two tasks; returns the tasks that write to the cluster.

    :param step: the arguments that all operators of the release have.
    :param waiting: those of the operator that waits for a table besides.
    """
    preflight, report = between
    if not drawn.tables:
        preflight >> report
        return []
    with TaskGroup(DEPLOY_GROUP) as deploy:
        tasks = {
            name: _draw_table(name, table, step, waiting, layers) for name, table in drawn.tables.items()
        }
    for name, table in drawn.tables.items():
        for parent in table.inputs:
            tasks[parent].deployed >> tasks[name].deployed
            tasks[parent].ready >> tasks[name].ready
        for owner in table.filled_with:
            # The job of a statement set writes all its tables, and is deployed with the first of them.
            tasks[name].writing[0] >> tasks[owner].deployed
            tasks[owner].deployed >> tasks[name].ready
    preflight >> deploy >> report
    return [task for table in tasks.values() for task in table.writing]


def _draw_table(
    table: str, drawn: DrawnTable, step: Mapping[str, Any], waiting: Mapping[str, Any], layers: Layers
) -> _TableTasks:
    settings: dict[str, Any] = {**step, "table": table, "trigger_rule": TriggerRule.NONE_FAILED}
    with layers.around(table, drawn):
        ddl = DeployFlinkStatementOperator(**layers.named(table, "ddl"), statement="ddl", **settings)
        compare = CompareBlueGreenOperator(**layers.named(table, "compare"), **settings)
        if not drawn.has_dml:
            ddl >> compare
            return _TableTasks((ddl,), ddl)
        dml = DeployFlinkStatementOperator(**layers.named(table, "dml"), statement="dml", **settings)
        ready = AwaitCatchUpOperator(
            **layers.named(table, "await_catch_up"),
            **waiting,
            **settings,
        )
        ddl >> dml >> ready >> compare
        return _TableTasks((ddl, dml), ready)
