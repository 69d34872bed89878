"""The real servers, once for all tests of a run."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack import LocalStack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A running stack: that of ``BLUEGREEN_TEST_STACK_DIR``, left running, else one of this run's own.

    It has the lake sinks: start one for ``BLUEGREEN_TEST_STACK_DIR`` with ``--with iceberg --with jdbc``.
    """
    running = os.environ.get("BLUEGREEN_TEST_STACK_DIR")
    if running:
        yield LocalStack(Path(running)).endpoints()
        return
    own = LocalStack(tmp_path_factory.mktemp("stack"))
    yield own.up(owned=True, extras=("iceberg", "jdbc"))
    own.down()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    def wait(done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not done():
            if time.monotonic() > deadline:
                pytest.fail("it never came true")
            time.sleep(0.2)

    return wait
