"""A DAG of one task that tests a release on synthetic records."""

from collections.abc import Sequence
from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_bluegreen.dag_factory.params import REF_PATTERN
from airflow_bluegreen.dag_factory.release_group import RETRIES
from airflow_bluegreen.operators.integration import IntegrationTestOperator

_DOC = """\
### Test a release of `{project}` on synthetic records, in `{environment}`

Runs the old and the new version of the release's tables on generated records, under names of their own,
compares what they write, and removes all of it. Nothing that runs is touched.
"""


def integration_test_dag(
    *,
    dag_id: str,
    project: str,
    environment: str,
    select: Sequence[str] = (),
    default_release: str = "main",
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG that tests the release that its param ``release`` names.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: on whose servers the test runs.
    :param select: tables to test, as selectors; empty for what ``bluegreen.yaml`` says, else the release's.
    """
    release = Param(
        default_release,
        type="string",
        pattern=REF_PATTERN,
        maxLength=200,
        title="Release",
        description="Tag, branch or commit to test",
    )
    with DAG(
        dag_id=dag_id,
        schedule=None,
        max_active_runs=1,
        tags=list(tags),
        params={"release": release},
        doc_md=_DOC.format(project=Path(project).name, environment=environment),
    ) as dag:
        IntegrationTestOperator(
            task_id="integration_test",
            project=project,
            environment=environment,
            release="{{ params.release }}",
            select=select,
            **RETRIES,
        )
    return dag
