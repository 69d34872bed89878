"""What the actions need of the outside, as protocols: readers apart from writers.

Planner, explainer and preflight get readers only, so that a dry run cannot change anything. The real
implementations are in :mod:`airflow_bluegreen.clients`; both they and the fakes of the tests pass the same
contract suites.

Errors, for all of them: :class:`TransientError` when the server cannot be reached or asks to wait,
:class:`OutcomeUnknownError` when a writing request may have been carried out, :class:`StatementError`,
:class:`ConflictError` or :class:`ConfigurationError` when the server refuses.
"""

from airflow_bluegreen.ports.expectations import Validator
from airflow_bluegreen.ports.flink import JobReader, Jobs, JobWriter, SqlGateway
from airflow_bluegreen.ports.folds import FoldStore
from airflow_bluegreen.ports.git import Remote, Repository, RepositoryReader, RepositoryWriter
from airflow_bluegreen.ports.kafka import RecordReader, TopicReader, Topics, TopicWriter
from airflow_bluegreen.ports.kafka_connect import ConnectorReader, Connectors, ConnectorWriter
from airflow_bluegreen.ports.lake import Lake
from airflow_bluegreen.ports.ledger import ReleaseReader, ReleaseStore, ReleaseWriter
from airflow_bluegreen.ports.platform import Clock, Narrator, Platform
from airflow_bluegreen.ports.schema_registry import SchemaReader, Schemas, SchemaWriter

__all__ = [
    "Clock",
    "ConnectorReader",
    "ConnectorWriter",
    "Connectors",
    "FoldStore",
    "JobReader",
    "JobWriter",
    "Jobs",
    "Lake",
    "Narrator",
    "Platform",
    "RecordReader",
    "ReleaseReader",
    "ReleaseStore",
    "ReleaseWriter",
    "Remote",
    "Repository",
    "RepositoryReader",
    "RepositoryWriter",
    "SchemaReader",
    "SchemaWriter",
    "Schemas",
    "SqlGateway",
    "TopicReader",
    "TopicWriter",
    "Topics",
    "Validator",
]
