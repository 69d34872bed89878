"""Airflow DAGs that start and finish a release of ``[bluegreen] project`` in git."""

from airflow_bluegreen.dag_factory import finish_release_dag, start_release_dag
from airflow_bluegreen.hooks.settings import environment_name, project_path

start = start_release_dag(
    dag_id="bluegreen_start_release", project=project_path(), environment=environment_name()
)
finish = finish_release_dag(
    dag_id="bluegreen_finish_release", project=project_path(), environment=environment_name()
)
