"""What the contract suites need of the real stack: names nobody else has."""

import uuid
from collections.abc import Iterator

import pytest

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.core.model import Endpoints


@pytest.fixture
def unique() -> str:
    """A prefix for everything that a test creates."""
    return f"contract.{uuid.uuid4().hex[:8]}"


@pytest.fixture
def topics(stack: Endpoints, unique: str) -> Iterator[KafkaCluster]:
    """The cluster; topics that begin with the prefix are deleted afterwards."""
    cluster = KafkaCluster(stack.kafka)
    yield cluster
    for name in cluster.names():
        if name.startswith(unique):
            cluster.delete_topic(name)
    cluster.close()
