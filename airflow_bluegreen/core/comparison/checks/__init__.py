"""One check a file; they are listed in :data:`airflow_bluegreen.core.comparison.verdict.CHECKS`."""
