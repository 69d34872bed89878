"""What a helper process of :mod:`airflow_bluegreen.clients.sql_helpers` does: answer what comes in."""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

from airflow_bluegreen.clients.sql_cache import front_end_version
from airflow_bluegreen.clients.sql_messages import read_message, write_message
from airflow_bluegreen.core.asking import answer
from airflow_bluegreen.core.sql import Trees

IDLE_S = 60.0
"""Without a question for so long, a helper ends."""


def main() -> None:
    """Answer the questions on standard input, in order, until it ends."""
    # Whoever started it decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(200_000, 20, 100)
    out = os.fdopen(os.dup(1), "wb")
    # Nothing else may write between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    questions: SimpleQueue[list[bytes]] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, questions), daemon=True).start()
    _send(out, [front_end_version()])
    trees = Trees()
    while True:
        try:
            asked = questions.get(timeout=IDLE_S)
        except Empty:
            os._exit(0)
        _send(out, [answer(question, trees) for question in asked])


def _listen(pipe: IO[bytes], questions: "SimpleQueue[list[bytes]]") -> None:
    """Take every question at once, so that whoever asks never waits; end when nobody can ask any more."""
    try:
        while True:
            questions.put(read_message(pipe))
    except (EOFError, OSError):
        os._exit(0)


def _send(out: IO[bytes], parts: Sequence[bytes]) -> None:
    try:
        write_message(out, parts)
    except OSError:
        os._exit(0)
