"""Gates on the line to the fake servers: a task stands at one until it is opened, or the task killed."""

import os
import time
from pathlib import Path
from typing import Literal

When = Literal["before", "after"]


class Gates:
    """Gates as files in a folder, so that tasks in processes of their own stand at them.

    A call is the part of the platform and its method, such as ``gateway.submit``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def close(self, call: str, when: When = "after") -> None:
        """From now on nobody passes: ``before`` the call has its effect, or ``after`` it."""
        self._folder.mkdir(exist_ok=True)
        self._gate(call, when).touch()

    def open(self, call: str, when: When = "after") -> None:
        """Let all pass."""
        self._gate(call, when).unlink()

    def standing(self, call: str, when: When = "after") -> list[int]:
        """The processes that have come to the gate, those included that were killed there."""
        return [int(path.suffix[1:]) for path in self._folder.glob(f"{call}.{when}.*")]

    def stand(self, call: str, when: When) -> None:
        """In the task: come to the gate, and wait where it is closed."""
        gate = self._gate(call, when)
        if not gate.exists():
            return
        gate.with_name(f"{gate.name}.{os.getpid()}").touch()
        while gate.exists():
            time.sleep(0.05)

    def _gate(self, call: str, when: When) -> Path:
        return self._folder / f"{call}.{when}"
