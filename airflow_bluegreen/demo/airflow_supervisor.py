"""The parent of Airflow's parts: nothing of it outlives the process that started it, however that one ends.

Run as ``python -m airflow_bluegreen.demo.airflow_supervisor``. It reads what to start, one line of JSON,
from standard input and stops everything when that is closed, on SIGTERM, or when one part ends, unless
parts that end are to be started again.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 10.0
"""How long the parts may take to end by themselves."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start: commands by part, the environment and folder of all, and the folder of their logs.

    The pid of each part is in ``<part>.pid`` beside its log. With ``restart`` a part that ends is started
    again, as a service manager does.
    """

    commands: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    directory: str
    logs: str
    restart: bool = False

    def as_line(self) -> str:
        """One line for :func:`main`."""
        return json.dumps(asdict(self)) + "\n"


def main() -> int:
    """Start the parts, watch, stop; 1 when a part ended by itself."""
    launch = Launch(**json.loads(sys.stdin.readline()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _adopt_orphans()
    parts = {name: _start(launch, name) for name in launch.commands}
    try:
        return _watch(launch, parts)
    finally:
        _stop()


def _start(launch: Launch, name: str) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    with (Path(launch.logs) / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(
            launch.commands[name],
            cwd=launch.directory,
            env={**os.environ, **launch.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: _die_with(parent),
        )
    (Path(launch.logs) / f"{name}.pid").write_text(str(started.pid))
    return started


def _watch(launch: Launch, parts: dict[str, subprocess.Popen[bytes]]) -> int:
    while True:
        closed, _, _ = select.select([sys.stdin], [], [], _WATCH_SECONDS)
        if closed:
            return 0
        for name, process in list(parts.items()):
            if process.poll() is None:
                continue
            sys.stdout.write(f"{name} ended with code {process.returncode}\n")
            sys.stdout.flush()
            if not launch.restart:
                return 1
            parts[name] = _start(launch, name)


def _stop() -> None:
    """Ask the parts to end, then end whatever is left, what they had started included."""
    me = psutil.Process()
    for process in me.children():
        process.terminate()
    psutil.wait_procs(me.children(recursive=True), timeout=STOP_SECONDS)
    while left := me.children(recursive=True):
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=1.0)


def _adopt_orphans() -> None:
    """Become the parent of what the parts leave behind, so that it is found at the end (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _die_with(parent: int) -> None:
    """In the child: ask the kernel for SIGKILL at the parent's end, however it ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
