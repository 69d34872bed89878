"""Processes by pid and start time, so that a pid that the system gave to somebody else is never touched."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

# The start time is computed from the boot time, which moves a little when the clock is set.
_SAME_START_SECONDS = 2.0
_KILL_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """A process: ``started`` in seconds since the epoch."""

    pid: int
    started: float


def identify(pid: int) -> ProcessId:
    """The identity of a running process."""
    return ProcessId(pid=pid, started=psutil.Process(pid).create_time())


def find(identity: ProcessId) -> psutil.Process | None:
    """The process, or None when it has ended (a zombie has)."""
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.started) < _SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end(identities: Iterable[ProcessId], *, grace_seconds: float, politely: bool = True) -> None:
    """SIGTERM to each that still runs, SIGKILL to those that outlive the grace period.

    :param politely: False to begin with SIGKILL.
    """
    running = [process for process in map(find, identities) if process]
    for process in running if politely else ():
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(running, timeout=grace_seconds)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=_KILL_SECONDS)
