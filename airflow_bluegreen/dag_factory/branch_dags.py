"""DAGs of one task each around the branches of a release: start it, finish it."""

from collections.abc import Sequence
from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_bluegreen.dag_factory.params import REF_PATTERN
from airflow_bluegreen.dag_factory.release_group import RETRIES
from airflow_bluegreen.operators.release_flow import FinishReleaseOperator, StartReleaseOperator

_START_DOC = """\
### Start a release of `{project}`

Cuts the branch of the release, commits the next versions of its tables there, and pushes it where
bluegreen.yaml names a remote. Run it again after every repair on the branch. Then deploy the branch.
"""

_FINISH_DOC = """\
### Finish a release of `{project}`

Merges the branch of the release into main (and develop), tags it, and deletes the branch: all of it or
nothing. The release must be live in `{environment}`.
"""


def start_release_dag(
    *,
    dag_id: str,
    project: str,
    environment: str = "",
    git_conn_id: str = "",
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG that starts the release that its param ``version`` names.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: the versions follow what is live there; empty for the newest release on main.
    :param git_conn_id: a connection of the git provider, see :class:`StartReleaseOperator`.
    """
    with DAG(
        dag_id=dag_id,
        schedule=None,
        max_active_runs=1,
        tags=list(tags),
        params={"version": _version()},
        doc_md=_START_DOC.format(project=Path(project).name),
    ) as dag:
        StartReleaseOperator(
            task_id="start_release",
            project=project,
            version="{{ params.version }}",
            environment=environment,
            git_conn_id=git_conn_id,
            **RETRIES,
        )
    return dag


def finish_release_dag(
    *,
    dag_id: str,
    project: str,
    environment: str = "",
    git_conn_id: str = "",
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG that finishes the release that its param ``version`` names.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: the release must be live there; empty not to ask.
    :param git_conn_id: a connection of the git provider, see :class:`FinishReleaseOperator`.
    """
    with DAG(
        dag_id=dag_id,
        schedule=None,
        max_active_runs=1,
        tags=list(tags),
        params={"version": _version()},
        doc_md=_FINISH_DOC.format(project=Path(project).name, environment=environment or "no environment"),
    ) as dag:
        FinishReleaseOperator(
            task_id="finish_release",
            project=project,
            version="{{ params.version }}",
            environment=environment,
            git_conn_id=git_conn_id,
            **RETRIES,
        )
    return dag


def _version() -> Param:
    return Param(
        type="string",
        pattern=REF_PATTERN,
        maxLength=200,
        title="Version",
        description="The release's tag, such as v1.1.0",
    )
