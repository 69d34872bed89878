"""A DAG that looks at an environment now and then."""

from collections.abc import Sequence
from pathlib import Path

from airflow.sdk import DAG

from airflow_bluegreen.dag_factory.release_group import RETRIES
from airflow_bluegreen.operators.environment import LookAtEnvironmentOperator

_DOC = """\
### Look at `{environment}` of `{project}`

Writes the page *Blue/green environments* of Airflow's menu: what is live and since when, what differs
from it, what is pinned or kept, and until when a rollback is safe. Changes nothing.
"""


def environment_dag(
    *,
    dag_id: str,
    project: str,
    environment: str,
    schedule: str | None = None,
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG with one task that looks at an environment and writes its page; it changes nothing.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param schedule: cron expression; None to start it by hand only.
    """
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        tags=list(tags),
        doc_md=_DOC.format(project=Path(project).name, environment=environment),
    ) as dag:
        LookAtEnvironmentOperator(task_id="look", project=project, environment=environment, **RETRIES)
    return dag
