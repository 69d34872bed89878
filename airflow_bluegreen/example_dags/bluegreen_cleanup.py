"""An Airflow DAG that deletes what retired versions of ``[bluegreen] project`` left behind, each night."""

from airflow_bluegreen.dag_factory import cleanup_dag
from airflow_bluegreen.hooks.settings import environment_name, project_path

dag = cleanup_dag(
    dag_id="bluegreen_cleanup", project=project_path(), environment=environment_name(), schedule="30 3 * * *"
)
