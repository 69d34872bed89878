"""Every writing call of a release by a name of its own, and what is done to the process at one of them."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from airflow_bluegreen.core.model import ReleaseRecord
from airflow_bluegreen.ports import Platform
from tests.actions.faults import WRITES

IN_FLIGHT_S = 0.02
"""How long a call is under way when it is killed `during`."""


class When(StrEnum):
    """Where at a call: before it is made, while its answer is awaited, or when it has returned."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a release at which its process can be stopped."""

    call: str
    when: When

    def __str__(self) -> str:
        return f"{self.when} {self.call}"

    @classmethod
    def read(cls, text: str) -> "Point":
        when, _, call = text.partition(" ")
        return cls(call, When(when))


Hook = Callable[[Point], None]
"""Called at every point, in the thread that makes the call; it may end the process."""


def kill_at(target: Point) -> Hook:
    """SIGKILL to this very process when it comes to a point: nothing of it can catch that, or clean up."""

    def hook(point: Point) -> None:
        if point != target:
            return
        if point.when is When.DURING:
            threading.Timer(IN_FLIGHT_S, _kill).start()
        else:
            _kill()

    return hook


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A port whose writing calls go through a hook."""

    def __init__(self, target: Any, line: "Line") -> None:
        self._target = target
        self._line = line

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name not in WRITES:
            return found
        return lambda *args, **kwargs: self._line.through(self._target, name, found, args, kwargs)


class Line:
    """Counts calls of the same name, over all ports and threads, and tells the hooks of them."""

    def __init__(self, *hooks: Hook) -> None:
        self._hooks = hooks
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def through(
        self,
        port: Any,
        method: str,
        call: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> object:
        name = self._numbered(f"{method} {subject(port, method, args, kwargs)}")
        self._tell(Point(name, When.BEFORE))
        self._tell(Point(name, When.DURING))
        answer = call(*args, **kwargs)
        self._tell(Point(name, When.AFTER))
        return answer

    def said(self, line: str) -> None:
        """A line of the narration is a point as well: the boundary of an action that writes nothing."""
        if boundary := boundary_of(line):
            self._tell(Point(self._numbered(boundary), When.AFTER))

    def _numbered(self, name: str) -> str:
        with self._lock:
            self._seen[name] += 1
            times = self._seen[name]
        return name if times == 1 else f"{name} #{times}"

    def _tell(self, point: Point) -> None:
        for hook in self._hooks:
            hook(point)


_BOUNDARIES = {
    "preflight": ("preflight passed",),
    "catch-up": ("has caught up",),
    "comparison": (": match", ": expected", ": new"),
    # Said once, at its end: how often it tells what it sees meanwhile differs from run to run.
    "observation": ("green is well", "green and its connectors were well"),
}


def boundary_of(line: str) -> str | None:
    """The action that has ended when this line is said, None for any other line.

    A comparison says one line for the table and then one, indented, for each check.
    """
    if line.startswith(" "):
        return None
    for action, endings in _BOUNDARIES.items():
        if any(ending in line for ending in endings):
            return f"{action} {line.partition(' ')[0].rstrip(':')}"
    return None


def subject(port: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """What a writing call is about, in words that are the same in every run."""
    match method:
        case "save":
            return _change(args[0], kwargs["expected"])
        case "submit":
            return str(kwargs["job_name"])
        case "cancel" | "stop_with_savepoint":
            job = port.job(args[0])
            return job.name if job else "an unknown job"
        case "create_topic":
            return str(args[0].name)
        case "commit_files":
            return str(kwargs["branch"])
    return str(args[0])


def _change(record: ReleaseRecord, expected: ReleaseRecord | None) -> str:
    """What a save changes, since a release saves its record many times."""
    if expected is None or record.phase is not expected.phase:
        return f"phase {record.phase}"
    if len(record.markers) > len(expected.markers):
        marker = record.markers[-1]
        return f"marker {marker.act} {marker.subject}"
    new = set(record.savepoints) - set(expected.savepoints)
    return f"savepoint of {', '.join(sorted(new))}" if new else f"within {record.phase}"


PORTS = ("repository", "gateway", "jobs", "topics", "connectors", "schemas", "releases", "remote")


def watched(platform: Platform, line: Line) -> Platform:
    """The platform with every port's writes on the line."""
    ports = {name: getattr(platform, name) for name in PORTS}
    changed: dict[str, Any] = {name: Watched(port, line) for name, port in ports.items() if port is not None}
    return replace(platform, **changed)
