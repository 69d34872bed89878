"""The Airflow DAGs of a project whose graph moves: its release, the way back, and the one that draws it."""

import os

from airflow_bluegreen.dag_factory import release_dag, rollback_dag, snapshot_dag

place = {"project": os.environ["BLUEGREEN_TEST_PROJECT"], "environment": "moving"}
release = release_dag(dag_id="release_moving", **place)
back = rollback_dag(dag_id="rollback_moving", **place)
draw = snapshot_dag(dag_id="draw_moving", **place)
