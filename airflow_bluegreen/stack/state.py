"""The two files by which a stack is known: what was to be started, and what runs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from airflow_bluegreen.stack.files import write_whole
from airflow_bluegreen.stack.parts import Part
from airflow_bluegreen.stack.processes import ProcessId, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What the supervisor is to start. It stops when ``owner`` ends; without one it waits to be told.

    ``extras`` are the optional parts among it.
    """

    parts: tuple[Part, ...]
    ports: Mapping[str, int]
    owner: ProcessId | None = None
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """A part as the supervisor last saw it; ``exit_code`` is negative for a signal, None while it runs."""

    name: str
    port: int
    process: ProcessId
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """Written by the supervisor alone; ``repairs`` counts how often it was asked to start what had ended."""

    supervisor: ProcessId
    ports: Mapping[str, int]
    parts: tuple[PartState, ...]
    repairs: int = 0

    @property
    def processes(self) -> tuple[ProcessId, ...]:
        """Everything of the stack that may run, the supervisor last."""
        return (*(part.process for part in self.parts if part.exit_code is None), self.supervisor)


def write_launch(path: Path, launch: Launch) -> None:
    """Keep ``launch`` for the supervisor."""
    write_whole(path, json.dumps(asdict(launch), indent=1))


def read_launch(path: Path) -> Launch:
    """What :func:`write_launch` wrote."""
    raw = json.loads(path.read_text())
    parts = tuple(
        Part(**{**each, "command": tuple(each["command"]), "loads": tuple(each["loads"])})
        for each in raw["parts"]
    )
    owner = ProcessId(**raw["owner"]) if raw["owner"] else None
    return Launch(parts=parts, ports=raw["ports"], owner=owner, extras=tuple(raw.get("extras", ())))


def last_ports(path: Path) -> dict[str, int]:
    """The ports of the last launch, whichever version of this package wrote it."""
    return dict(json.loads(path.read_text()).get("ports", {})) if path.exists() else {}


def write_state(path: Path, state: StackState) -> None:
    """Replace the state file in one step."""
    write_whole(path, json.dumps(asdict(state), indent=1))


def read_state(path: Path) -> StackState | None:
    """The state of the stack, or None where none was started."""
    if not path.exists():
        return None
    raw = json.loads(path.read_text())
    parts = tuple(PartState(**{**each, "process": ProcessId(**each["process"])}) for each in raw["parts"])
    supervisor = ProcessId(**raw["supervisor"])
    return StackState(supervisor=supervisor, ports=raw["ports"], parts=parts, repairs=raw.get("repairs", 0))


def running_state(path: Path) -> StackState | None:
    """The state of a stack whose supervisor runs, else None."""
    state = read_state(path)
    return state if state and find(state.supervisor) else None
