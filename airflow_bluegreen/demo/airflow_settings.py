"""The settings with which a small machine runs Airflow well, and the connections of a local stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airflow_bluegreen.core.model import Endpoints, ServerAccess
from airflow_bluegreen.stack.free_ports import HOST


def airflow_settings(home: Path, dags: Path, port: int, endpoints: Endpoints | None) -> dict[str, str]:
    """Environment variables for every part of Airflow; the API listens on ``port`` of 127.0.0.1."""
    url = f"http://{HOST}:{port}"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
        # A task that parks and is resumed while its worker lingers is marked failed; it lingers as long as
        # this.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # The default of 5 s is too short for a machine that is busy with the demo itself.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        **(connections(endpoints) if endpoints else {}),
    }


def connections(endpoints: Endpoints) -> dict[str, str]:
    """The endpoints as ``AIRFLOW_CONN_…`` variables under the default connection ids."""
    return {
        "AIRFLOW_CONN_FLINK_GATEWAY_DEFAULT": _web(
            "flink_sql_gateway",
            endpoints.gateway_url,
            endpoints.gateway_auth,
            {"jobmanager_url": endpoints.flink_url},
        ),
        "AIRFLOW_CONN_KAFKA_DEFAULT": json.dumps({"conn_type": "kafka", "extra": dict(endpoints.kafka)}),
        "AIRFLOW_CONN_KAFKA_CONNECT_DEFAULT": _web(
            "kafka_connect", endpoints.connect_url, endpoints.connect_auth
        ),
        "AIRFLOW_CONN_SCHEMA_REGISTRY_DEFAULT": _web(
            "schema_registry", endpoints.registry_url, endpoints.registry_auth
        ),
    }


def _web(kind: str, url: str, auth: ServerAccess | None, extra: Mapping[str, str] | None = None) -> str:
    parts = urlsplit(url)
    path = {"base_path": parts.path} if parts.path.strip("/") else {}
    connection: dict[str, Any] = {
        "conn_type": kind,
        "schema": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "extra": {**path, **(extra or {})},
    }
    if auth:
        connection["login"], connection["password"] = auth.user, auth.password
    return json.dumps(connection)
