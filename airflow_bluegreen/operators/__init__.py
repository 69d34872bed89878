"""The steps of a release as Airflow operators."""
