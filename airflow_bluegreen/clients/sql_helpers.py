"""Processes that read SQL beside this one, where there is much of it and more than one processor.

They are plain children that are asked over a pipe: nothing is forked, so threads and Airflow's tasks may use
them. A helper ends when this process does, however it ends, and by itself when nobody asks for a minute.
"""

import os
import subprocess
import sys
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import IO

from airflow_bluegreen.clients.sql_cache import front_end_version
from airflow_bluegreen.clients.sql_messages import read_message, write_message

VARIABLE = "BLUEGREEN_SQL_PROCESSES"
"""Environment variable: how many processes may read SQL at once, this one included; 1 for no helpers."""

_WORTHWHILE = 400
"""Questions from which on a helper has won back the time that it needs to start."""
_RUNNING_ALREADY = 8
"""By how much fewer questions are worthwhile when no helper has to start for them."""
_MOST = 4
_BATCH = 32
"""Questions in a message, at most."""
_SHARE = 8
"""One message takes no more than this part of what is left, so that all are done at about the same time."""
_AHEAD = 2
"""Messages that a helper has at hand, so that it need not wait for the next one."""
_COMMAND = "from airflow_bluegreen.clients.sql_helper import main; main()"
_ENDING_S = 5.0


class HelperProcesses:
    """Implements :class:`airflow_bluegreen.core.reading.Helpers`. Nothing is started before it is worthwhile.

    :param processes: how many of them read at once, this one included.
    :param least: questions below which no helper is asked.
    """

    def __init__(self, processes: int, *, least: int = _WORTHWHILE) -> None:
        self._wanted = processes - 1
        self._least = least
        self._lock = Lock()
        self._helpers: list[Helper] = []
        self._owner = os.getpid()
        self._finalizer = weakref.finalize(self, _end_all, self._helpers, self._owner)

    def worthwhile(self, count: int) -> bool:
        """Whether there are enough questions, and processors."""
        least = self._least // _RUNNING_ALREADY if self._helpers else self._least
        return self._wanted > 0 and count >= least

    def share(
        self, count: int, question: Callable[[int], bytes], here: Callable[[int], None]
    ) -> Mapping[int, bytes]:
        """Answer the questions from the front here, while the helpers answer them from the back.

        What a helper took and did not answer, because it was killed or could not start, is answered here. One
        thread at a time has the helpers; others do without.
        """
        if not self.worthwhile(count) or not self._lock.acquire(blocking=False):
            for at in range(count):
                here(at)
            return {}
        try:
            return self._share(count, question, here)
        finally:
            self._lock.release()

    def _share(
        self, count: int, question: Callable[[int], bytes], here: Callable[[int], None]
    ) -> Mapping[int, bytes]:
        waiting = deque(range(count))
        answers: dict[int, bytes] = {}
        done: set[int] = set()
        threads = [
            Thread(target=one.answer, args=(waiting, question, answers), daemon=True)
            for one in self._running()
        ]
        for thread in threads:
            thread.start()
        try:
            while (at := _next(waiting)) is not None:
                here(at)
                done.add(at)
        finally:
            waiting.clear()
            for thread in threads:
                thread.join()
        for at in range(count):
            if at not in answers and at not in done:
                here(at)
        return answers

    def _running(self) -> list["Helper"]:
        if self._owner != os.getpid():  # forked: those are the parent's
            self._owner = os.getpid()
            self._helpers = []
            self._finalizer = weakref.finalize(self, _end_all, self._helpers, self._owner)
        self._helpers[:] = [one for one in self._helpers if one.is_alive]
        with suppress(OSError):  # no processes left, or no memory
            while len(self._helpers) < self._wanted:
                self._helpers.append(Helper())
        return list(self._helpers)

    def close(self) -> None:
        """End the helpers; they come back when they are needed."""
        with self._lock:
            _end_all(self._helpers, self._owner)


class Helper:
    """One such process. Raises OSError when none can be started."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # It must find what this process found, wherever that was.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._greeted = False

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def answer(
        self, waiting: deque[int], question: Callable[[int], bytes], answers: dict[int, bytes]
    ) -> None:
        """Have questions from the back answered until none is left. A helper that fails is ended."""
        asked: deque[list[int]] = deque()
        try:
            self._greet()
            while True:
                self._ask(waiting, question, asked)
                if not asked:
                    return
                given = read_message(self._pipe(self._process.stdout))
                answers.update(zip(asked[0], given, strict=True))
                asked.popleft()
        except (OSError, EOFError, ValueError, TypeError):
            self.end()

    def _greet(self) -> None:
        """Raises ValueError when it is another front-end than this process has."""
        if not self._greeted and read_message(self._pipe(self._process.stdout)) != [front_end_version()]:
            raise ValueError("another front-end")
        self._greeted = True

    def _ask(self, waiting: deque[int], question: Callable[[int], bytes], asked: deque[list[int]]) -> None:
        while len(asked) < _AHEAD and (batch := _batch(waiting)):
            asked.append(batch)
            write_message(self._pipe(self._process.stdin), [question(at) for at in batch])

    def end(self) -> None:
        """End it, and wait until it is gone."""
        with suppress(OSError):
            self._pipe(self._process.stdin).close()
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_S)
        self._pipe(self._process.stdout).close()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise OSError("no pipe")
        return pipe


def open_helpers() -> HelperProcesses:
    """As many as the environment asks for, by default one less than there are processors, up to three."""
    configured = os.environ.get(VARIABLE, "")
    if configured.isdecimal():
        return HelperProcesses(int(configured))
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return HelperProcesses(min(_MOST, processors))


def _batch(waiting: deque[int]) -> list[int]:
    """The next positions from the back, none when none are left."""
    wanted = max(1, min(_BATCH, len(waiting) // _SHARE))
    batch: list[int] = []
    while len(batch) < wanted and (at := _next(waiting, back=True)) is not None:
        batch.append(at)
    return batch


def _next(waiting: deque[int], *, back: bool = False) -> int | None:
    """The next position from the front or the back, which other threads take from too."""
    try:
        return waiting.pop() if back else waiting.popleft()
    except IndexError:
        return None


def _end_all(helpers: list[Helper], owner: int) -> None:
    if owner == os.getpid():
        while helpers:
            helpers.pop().end()
