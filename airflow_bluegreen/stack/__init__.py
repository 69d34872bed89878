"""A real Kafka, Flink, Kafka Connect and schema registry on this machine, for development, demo and tests.

Needs the optional dependencies ``local``; they are imported only when a stack is used.
"""

from airflow_bluegreen.stack.local import LocalStack

__all__ = ["LocalStack"]
