"""Airflow connections to the servers of an environment."""
