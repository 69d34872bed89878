"""The real platform: the clients of one environment, joined."""

from importlib.util import find_spec
from pathlib import Path

from airflow_bluegreen.clients.clock import SystemClock
from airflow_bluegreen.clients.flink_gateway import FlinkGateway
from airflow_bluegreen.clients.flink_rest import FlinkCluster
from airflow_bluegreen.clients.fold_files import open_folds
from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.clients.release_store import KafkaReleaseStore
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.clients.sql_cache import open_cache
from airflow_bluegreen.clients.sql_helpers import open_helpers
from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.ports import Lake, Platform, Remote, Validator


def open_platform(
    endpoints: Endpoints,
    *,
    project_path: str,
    project_name: str,
    environment: str,
    remote: Remote | None = None,
    data_docs: Path | None = None,
) -> Platform:
    """Clients for one environment. Nothing is asked of any server yet.

    :param project_path: folder of the project's git repository (a checkout, or bare).
    :param project_name: as in ``bluegreen.yaml``; names the ledger.
    :param environment: whose releases the ledger is read and written for.
    :param remote: where rewritten SQL is pushed to; None to leave it in the clone.
    :param data_docs: the folder for what is validated, with its Data Docs; None for ``data_docs`` below the
        working directory.
    """
    topics = KafkaCluster(endpoints.kafka)
    return Platform(
        endpoints=endpoints,
        repository=GitRepository(project_path),
        gateway=FlinkGateway(endpoints.gateway_url, endpoints.gateway_auth),
        jobs=FlinkCluster(endpoints.flink_url, auth=endpoints.flink_auth, topics=topics.names),
        topics=topics,
        connectors=KafkaConnect(endpoints.connect_url, endpoints.connect_auth),
        schemas=SchemaRegistry(endpoints.registry_url, endpoints.registry_auth),
        releases=KafkaReleaseStore(endpoints.kafka, project_name, environment),
        clock=SystemClock(),
        remote=remote,
        lake=_lake(endpoints),
        validator=_validator(data_docs or Path("data_docs")),
        front_end=FrontEnd(open_cache(), open_helpers()),
        folds=open_folds(endpoints.kafka.get("bootstrap.servers", "")),
    )


def _lake(endpoints: Endpoints) -> Lake | None:
    """Imported late: few environments have one, and every command opens a platform."""
    if not endpoints.lake_url:
        return None
    from airflow_bluegreen.clients.lake import LakeEngine

    return LakeEngine(endpoints.lake_url)


def _validator(folder: Path) -> Validator | None:
    """Great Expectations, where it is installed; it is imported when there is something to validate."""
    if find_spec("great_expectations") is None:
        return None
    from airflow_bluegreen.clients.expectations import GreatExpectations

    return GreatExpectations(folder)
