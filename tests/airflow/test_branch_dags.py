"""The DAGs that start and finish a release in git."""

import pytest
from airflow.sdk import DAG
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import ParamValidationError

from airflow_bluegreen.dag_factory import finish_release_dag, start_release_dag
from airflow_bluegreen.operators.release_flow import FinishReleaseOperator, StartReleaseOperator

PLACE = {"project": "/srv/retail", "environment": "production", "git_conn_id": "my_git"}


@pytest.mark.parametrize(
    ("dag", "kind"),
    [
        (start_release_dag(dag_id="start", **PLACE), StartReleaseOperator),
        (finish_release_dag(dag_id="finish", **PLACE), FinishReleaseOperator),
    ],
)
def test_one_task_that_takes_its_version_from_the_run(dag: DAG, kind: type[StartReleaseOperator]) -> None:
    (task,) = dag.tasks
    assert isinstance(task, kind)
    assert (task.project, task.environment, task.git_conn_id) == tuple(PLACE.values())
    assert task.version == "{{ params.version }}"
    assert task.retries == 2
    assert dag.max_active_runs == 1


def accepted(version: str) -> str:
    params = ParamsDict(start_release_dag(dag_id="start", project="p").params)
    params["version"] = version
    return str(params.validate()["version"])


def test_what_may_be_a_tag_is_a_version() -> None:
    assert accepted("v1.1.0") == "v1.1.0"


@pytest.mark.parametrize("version", ["", "--upload-pack=x", "a..b", "v 1"])
def test_what_cannot_be_a_tag_is_none(version: str) -> None:
    with pytest.raises(ParamValidationError):
        accepted(version)
