"""An Airflow DAG that looks at ``[bluegreen] environment`` every half hour, for its page in Airflow."""

from airflow_bluegreen.dag_factory import environment_dag
from airflow_bluegreen.hooks.settings import environment_name, project_path

dag = environment_dag(
    dag_id="bluegreen_environment",
    project=project_path(),
    environment=environment_name(),
    schedule="*/30 * * * *",
)
