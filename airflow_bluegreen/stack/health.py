"""Does each server answer?"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack.configs import SLOTS
from airflow_bluegreen.stack.postgres import answers

_TIMEOUT_SECONDS = 2.0


def is_healthy(name: str, endpoints: Endpoints) -> bool:
    """True when the part called ``name`` does its work, not only listens."""
    match name:
        case "kafka":
            return _kafka_answers(endpoints.kafka)
        case "jobmanager" | "zookeeper":
            # No client ever asks ZooKeeper for anything: a JobManager that answers has found it.
            return _get(f"{endpoints.flink_url}/overview") is not None
        case "taskmanager":
            overview = _get(f"{endpoints.flink_url}/overview")
            return isinstance(overview, dict) and overview.get("slots-total", 0) >= SLOTS
        case "gateway":
            return _get(f"{endpoints.gateway_url}/info") is not None
        case "connect":
            return _get(f"{endpoints.connect_url}/connectors") is not None
        case "registry":
            return _get(f"{endpoints.registry_url}/subjects") is not None
        case "postgres":
            return answers(urlsplit(endpoints.lake_url).port or 0, _TIMEOUT_SECONDS)
    raise ValueError(f"no part is called {name}")


def _kafka_answers(config: Mapping[str, str]) -> bool:
    admin = AdminClient({**config, "log_level": 0}, logger=None)
    try:
        return bool(admin.list_topics(timeout=_TIMEOUT_SECONDS).brokers)
    except KafkaException:
        return False


def _get(url: str) -> Any:
    """The JSON that the server answers with status 200, or None."""
    try:
        answer = httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False)
    except httpx.TransportError:
        return None
    return answer.json() if answer.status_code == httpx.codes.OK else None
