"""An Airflow DAG of a release for each environment of the tests, and one that takes it back."""

import os

from airflow_bluegreen.dag_factory import release_dag, rollback_dag
from airflow_bluegreen.operators.catch_up import AwaitCatchUpOperator
from tests.airflow.hasty import HastyCatchUpOperator

for environment in os.environ["BLUEGREEN_TEST_ENVIRONMENTS"].split():
    release = release_dag(dag_id=f"release_{environment}", project="/srv/retail", environment=environment)
    if environment == "hasty":
        for task in release.tasks:
            if isinstance(task, AwaitCatchUpOperator):
                task.__class__ = HastyCatchUpOperator
    back = rollback_dag(dag_id=f"rollback_{environment}", project="/srv/retail", environment=environment)
    globals().update({release.dag_id: release, back.dag_id: back})
