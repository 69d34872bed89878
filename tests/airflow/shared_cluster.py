"""The fake cluster in a file, so that tasks in processes of their own all see the same one."""

import fcntl
import json
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import GeneratorType
from typing import Any, TypeVar

from airflow_bluegreen.core.model import Profile
from airflow_bluegreen.core.window_section import read_window
from airflow_bluegreen.hooks.platform import Site
from airflow_bluegreen.ports import Platform
from tests.airflow.gates import Gates
from tests.fakes.platform import ENDPOINTS, FakeCluster

VARIABLE = "BLUEGREEN_TEST_CLUSTER"
"""The environment variable with the file's path."""

BUSY = "BLUEGREEN_TEST_WHEN_BUSY"
"""The environment variable with what a release does while another one is in progress."""

WINDOW = "BLUEGREEN_TEST_WINDOW"
"""The environment variable with the release window, as JSON of its settings."""

Answer = TypeVar("Answer")


class SharedCluster:
    """A fake cluster that lives in ``path``; each use takes it out, alone, and puts it back.

    Of what it was asked the arguments are forgotten then: most of the file would be those, and most of the
    time would go into reading it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, cluster: FakeCluster) -> "SharedCluster":
        for wire in cluster.wires.values():
            wire.calls[:] = [call._replace(arguments=()) for call in wire.calls]
        self.path.write_bytes(pickle.dumps(cluster))
        return self

    @contextmanager
    def use(self) -> Iterator[FakeCluster]:
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            cluster: FakeCluster = pickle.loads(self.path.read_bytes())
            try:
                yield cluster
            finally:
                self.create(cluster)

    @property
    def gates(self) -> Gates:
        """Where tasks can be made to stand still."""
        return Gates(self.path.with_suffix(".gates"))

    def ask(self, question: Callable[[FakeCluster], Answer]) -> Answer:
        with self.use() as cluster:
            return question(cluster)

    @property
    def platform(self) -> Platform:
        parts: dict[str, Any] = {
            name: _Line(self, name)
            for name in (
                "repository",
                "gateway",
                "jobs",
                "topics",
                "connectors",
                "schemas",
                "releases",
                "clock",
            )
        }
        return Platform(endpoints=ENDPOINTS, **parts)


class _Line:
    """One part of the shared cluster: every call of it is a use of the cluster."""

    def __init__(self, shared: SharedCluster, part: str) -> None:
        self._shared = shared
        self._part = part

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if method == "sleep":
                time.sleep(0.05)
            gates, name = self._shared.gates, f"{self._part}.{method}"
            gates.stand(name, "before")
            with self._shared.use() as cluster:
                if method == "now":
                    # Nobody sleeps in the triggerer: there it is looking that lets time pass.
                    cluster.clock.advance(1.0)
                answer = getattr(getattr(cluster, self._part), method)(*arguments, **named)
                answer = iter(list(answer)) if isinstance(answer, GeneratorType) else answer
            gates.stand(name, "after")
            return answer

        return call


def place_of(path: Path, environment: str) -> Path:
    """Where an environment lives: it may have a cluster of its own beside the one that is for all others."""
    own = path.with_name(f"{environment}-{path.name}")
    return own if own.exists() else path


def open_site(project: str, environment: str, ref: str) -> Site:
    """For ``[bluegreen] site``."""
    shared = SharedCluster(place_of(Path(os.environ[VARIABLE]), environment))
    with shared.use() as cluster:
        cluster.run()
    window = os.environ.get(WINDOW)
    profile = Profile(
        name=environment,
        observation=20.0,
        when_busy=os.environ.get(BUSY, "refuse"),
        window=read_window(json.loads(window)) if window else None,
    )
    return Site(platform=shared.platform, profile=profile)
