"""An Airflow DAG that takes a release of ``[bluegreen] project`` in ``[bluegreen] environment`` back."""

from airflow.sdk import conf

from airflow_bluegreen.dag_factory import rollback_dag
from airflow_bluegreen.dag_factory.release_group import WaitSettings
from airflow_bluegreen.hooks.settings import environment_name, project_path

dag = rollback_dag(
    dag_id="bluegreen_rollback",
    project=project_path(),
    environment=environment_name(),
    waits=WaitSettings(
        deferrable=conf.getboolean("bluegreen", "deferrable", fallback=True),
        poll_interval=conf.getfloat("bluegreen", "poll_interval", fallback=5.0),
    ),
)
