"""A DAG that draws the release DAGs anew."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_bluegreen.dag_factory.release_group import RETRIES
from airflow_bluegreen.hooks.settings import snapshot_path
from airflow_bluegreen.operators.drawing import DrawSnapshotOperator

_DOC = """\
### Draw the release DAG of `{project}` anew

Writes the file that the release DAG is drawn from: the tables of the main branch, of open release branches,
of the release tags not older than what is live in `{environment}`, and of a release that is in progress.
Start it by a push, through Airflow's REST API, or by its schedule. It never changes what a run that is under
way deploys.
"""


def snapshot_dag(
    *,
    dag_id: str,
    project: str,
    environment: str,
    schedule: Any = None,
    snapshot: str | Path | None = None,
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG with one task that writes the file that the release DAGs are drawn from.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param schedule: when it runs by itself: a cron expression, a timetable, or assets; None to start it by a
        push or by hand.
    :param snapshot: the file; by default ``[bluegreen] snapshot_path``.
    """
    path = Path(snapshot) if snapshot else snapshot_path(project)
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        tags=list(tags),
        doc_md=_DOC.format(project=Path(project).name, environment=environment),
    ) as dag:
        DrawSnapshotOperator(
            task_id="draw", project=project, environment=environment, snapshot=str(path), **RETRIES
        )
    return dag
