"""An Airflow DAG that releases the project of ``[bluegreen] project`` to ``[bluegreen] environment``."""

from airflow.sdk import conf

from airflow_bluegreen.dag_factory import release_dag
from airflow_bluegreen.dag_factory.release_group import WaitSettings
from airflow_bluegreen.hooks.settings import environment_name, project_path

dag = release_dag(
    dag_id="bluegreen_release",
    project=project_path(),
    environment=environment_name(),
    waits=WaitSettings(
        deferrable=conf.getboolean("bluegreen", "deferrable", fallback=True),
        poll_interval=conf.getfloat("bluegreen", "poll_interval", fallback=5.0),
    ),
)
