"""An Airflow DAG that takes a release of ``[bluegreen] project`` in ``[bluegreen] environment`` back."""

from airflow_bluegreen.dag_factory import rollback_dag
from airflow_bluegreen.hooks.settings import environment_name, project_path

dag = rollback_dag(dag_id="bluegreen_rollback", project=project_path(), environment=environment_name())
