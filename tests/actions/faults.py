"""A platform on which the n-th writing call goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from airflow_bluegreen.exceptions import OutcomeUnknownError, TransientError
from airflow_bluegreen.ports import Platform

WRITES = frozenset(
    {
        "commit_files",
        "make_commit",
        "make_merge",
        "make_tag",
        "move_refs",
        "push",
        "submit",
        "stop_with_savepoint",
        "take_savepoint",
        "dispose_savepoint",
        "cancel",
        "create_topic",
        "delete_topic",
        "delete_group",
        "put_config",
        "stop_connector",
        "set_offsets",
        "resume_connector",
        "delete_connector",
        "delete_subject",
        "register",
        "write_records",
        "run",
        "save",
    }
)
"""State changes only in these, so a process that is killed anywhere is as one killed right after one of them.
"""


class Killed(BaseException):
    """The process is gone: nothing of it may catch this."""


def kill(method: str, call: Callable[[], object]) -> object:
    call()
    raise Killed(method)


def lose_answer(method: str, call: Callable[[], object]) -> object:
    call()
    raise OutcomeUnknownError(f"no answer to {method}")


def refuse_once(method: str, call: Callable[[], object]) -> object:
    raise TransientError(f"{method}: the server did not answer")


Fault = Callable[[str, Callable[[], object]], object]


@dataclass
class Line:
    """Counts the writing calls of all ports together; the one with number ``at`` goes through ``fault``.

    ``last``: no call goes through after it, as the process is gone and cannot even tidy up.
    """

    at: int
    fault: Fault
    watch: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)
    last: bool = False

    def through(self, method: str, call: Callable[[], object]) -> object:
        if self.last and self.hit:
            raise Killed(method)
        self.calls.append(method)
        if len(self.calls) - 1 == self.at:
            return self.fault(method, call)
        result = call()
        self.watch()
        return result

    @property
    def hit(self) -> bool:
        return len(self.calls) > self.at


class _Port:
    def __init__(self, target: Any, line: Line) -> None:
        self._target = target
        self._line = line

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name not in WRITES:
            return found
        return lambda *args, **kwargs: self._line.through(name, lambda: found(*args, **kwargs))


def faulty(platform: Platform, line: Line) -> Platform:
    """The platform with every port's writes on the line."""
    ports = {one.name: getattr(platform, one.name) for one in fields(platform)}
    del ports["endpoints"], ports["clock"], ports["actor"]
    return replace(platform, **{name: _Port(port, line) for name, port in ports.items() if port is not None})
