"""Blue/green releases of Flink SQL kept in git, as an Apache Airflow provider."""

__version__ = "0.1.0"
