"""The parent of the stack's servers: they never outlive it, and it never outlives an owner.

Run as ``python -m airflow_bluegreen.stack.supervisor DIRECTORY``. SIGTERM stops all in order, SIGINT at
once, SIGHUP starts again what has ended. On Linux the kernel kills the servers if the supervisor is killed.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from airflow_bluegreen.stack.archives import keep_archive
from airflow_bluegreen.stack.parts import Part
from airflow_bluegreen.stack.place import STOP_SECONDS, Place
from airflow_bluegreen.stack.processes import ProcessId, find, identify
from airflow_bluegreen.stack.state import PartState, StackState, read_launch, write_state

_PR_SET_PDEATHSIG = 1
_WATCH_SECONDS = 0.3
_UNWANTED = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")


@dataclass(slots=True, kw_only=True)
class _Server:
    part: Part
    process: subprocess.Popen[bytes]
    identity: ProcessId

    def state(self) -> PartState:
        return PartState(
            name=self.part.name, port=self.part.port, process=self.identity, exit_code=self.process.poll()
        )


class Supervisor:
    """Starts the parts of a launch file and stays until it is told to stop or its owner is gone."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._launch = read_launch(place.launch_file)
        self._servers: dict[str, _Server] = {}
        self._saved: tuple[PartState, ...] = ()
        self._repairs = 0
        self._received: set[int] = set()

    def run(self) -> None:
        """Start, watch, stop."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            for part in self._launch.parts:
                self._start(part)
            self._save()
            self._watch()
        finally:
            self._stop()

    def _watch(self) -> None:
        while not self._received & {signal.SIGTERM, signal.SIGINT} and self._owner_lives():
            if signal.SIGHUP in self._received:
                self._received.remove(signal.SIGHUP)
                self._repair()
            if self._part_states() != self._saved:
                self._save()
            time.sleep(_WATCH_SECONDS)

    def _repair(self) -> None:
        for server in [each for each in self._servers.values() if each.process.poll() is not None]:
            self._start(server.part)
        self._repairs += 1
        self._save()

    def _stop(self) -> None:
        """In order only when asked to: nobody is to wait for what an owner left behind."""
        in_order = signal.SIGTERM in self._received and signal.SIGINT not in self._received
        processes = [server.process for server in self._servers.values()]
        if in_order:
            # Kafka, the first part, goes last: without it Connect takes most of a minute to end.
            _stop_politely(processes[1:], STOP_SECONDS / 2)
            _stop_politely(processes[:1], STOP_SECONDS / 2)
        for process in processes:
            process.kill()
        for server in self._servers.values():
            keep_archive(server.part, server.process.wait())
            if server.part.scratch:
                shutil.rmtree(server.part.scratch, ignore_errors=True)
        self._save()

    def _start(self, part: Part) -> None:
        supervisor = os.getpid()
        inherited = {key: value for key, value in os.environ.items() if key not in _UNWANTED}
        with self._place.log(part.name).open("ab") as log:
            process = subprocess.Popen(
                part.command,
                cwd=part.directory,
                env={**inherited, **part.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=part.user,
                group=part.user,
                extra_groups=None if part.user is None else [],
                preexec_fn=lambda: _die_with(supervisor),
            )
        self._servers[part.name] = _Server(part=part, process=process, identity=identify(process.pid))

    def _owner_lives(self) -> bool:
        return self._launch.owner is None or find(self._launch.owner) is not None

    def _part_states(self) -> tuple[PartState, ...]:
        return tuple(server.state() for server in self._servers.values())

    def _save(self) -> None:
        self._saved = self._part_states()
        state = StackState(
            supervisor=identify(os.getpid()),
            ports=self._launch.ports,
            parts=self._saved,
            repairs=self._repairs,
        )
        write_state(self._place.state_file, state)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._received.add(number)


def _stop_politely(processes: list[subprocess.Popen[bytes]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))


def _die_with(parent: int) -> None:
    """In the child: ask the kernel for SIGKILL at the parent's end, however it ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    Supervisor(Place(root=Path(sys.argv[1]))).run()
