"""The line between an action and a fake server: records the calls, loses or refuses them on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from airflow_bluegreen.exceptions import BluegreenError, OutcomeUnknownError


class Call(NamedTuple):
    """One call as it reached the fake."""

    method: str
    arguments: tuple[object, ...]


class Wire:
    """Every port method of a fake passes through :meth:`call`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._faults: dict[str, list[BluegreenError]] = {}

    def fail_next(self, method: str, error: BluegreenError, *, times: int = 1) -> None:
        """Let the next ``times`` calls of ``method`` raise ``error``.

        An OutcomeUnknownError is raised after the effect (the answer was lost), any other error before it.
        """
        self._faults.setdefault(method, []).extend([error] * times)

    def called(self, method: str) -> list[tuple[object, ...]]:
        """The arguments of every call of ``method`` so far."""
        return [call.arguments for call in self.calls if call.method == method]

    @contextmanager
    def call(self, method: str, *arguments: object) -> Iterator[None]:
        self.calls.append(Call(method, arguments))
        faults = self._faults.get(method)
        fault = faults.pop(0) if faults else None
        if fault is not None and not isinstance(fault, OutcomeUnknownError):
            raise fault
        yield
        if fault is not None:
            raise fault
