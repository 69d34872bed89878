"""What the contract suites need of the real stack: names nobody else has, and patience."""

import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.core.model import Endpoints


@pytest.fixture
def unique() -> str:
    """A prefix for everything that a test creates."""
    return f"contract.{uuid.uuid4().hex[:8]}"


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    def wait(done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not done():
            if time.monotonic() > deadline:
                pytest.fail("it never came true")
            time.sleep(0.2)

    return wait


@pytest.fixture
def topics(stack: Endpoints, unique: str) -> Iterator[KafkaCluster]:
    """The cluster; topics that begin with the prefix are deleted afterwards."""
    cluster = KafkaCluster(stack.kafka)
    yield cluster
    for name in cluster.names():
        if name.startswith(unique):
            cluster.delete_topic(name)
    cluster.close()
