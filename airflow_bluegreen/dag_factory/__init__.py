"""DAGs and task groups that release a project, drawn from a small snapshot file without git and SQL."""

from airflow_bluegreen.dag_factory.branch_dags import finish_release_dag, start_release_dag
from airflow_bluegreen.dag_factory.dags import (
    cleanup_dag,
    release_dag,
    release_dags,
    rollback_dag,
)
from airflow_bluegreen.dag_factory.environment_dag import environment_dag
from airflow_bluegreen.dag_factory.integration_dag import integration_test_dag
from airflow_bluegreen.dag_factory.params import release_params
from airflow_bluegreen.dag_factory.release_group import release_task_group
from airflow_bluegreen.dag_factory.snapshot_dag import snapshot_dag
from airflow_bluegreen.snapshot import write_snapshot

__all__ = [
    "cleanup_dag",
    "environment_dag",
    "finish_release_dag",
    "integration_test_dag",
    "release_dag",
    "release_dags",
    "release_params",
    "release_task_group",
    "rollback_dag",
    "snapshot_dag",
    "start_release_dag",
    "write_snapshot",
]
