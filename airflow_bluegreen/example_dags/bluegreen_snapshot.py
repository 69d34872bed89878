"""An Airflow DAG that draws the release DAG of ``[bluegreen] project`` anew, four times an hour."""

from airflow_bluegreen.dag_factory import snapshot_dag
from airflow_bluegreen.hooks.settings import environment_name, project_path

dag = snapshot_dag(
    dag_id="bluegreen_snapshot",
    project=project_path(),
    environment=environment_name(),
    schedule="*/15 * * * *",
)
