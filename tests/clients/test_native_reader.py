import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from confluent_kafka import KafkaError

from airflow_bluegreen.clients.compiled_hashing import KEEP
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.librdkafka import SILENCE_SECONDS
from airflow_bluegreen.clients.native_library import address_of
from airflow_bluegreen.clients.native_reader import KeepCallback, _Reading
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen, Hashing
from airflow_bluegreen.exceptions import AccessError, StoppedError, TransientError

_ASKED = """
import logging
from airflow_bluegreen.clients.native_reader import can_read
logging.basicConfig(format="%(message)s")
print(can_read({"bootstrap.servers": "a:1"}))
"""
_FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"


def asked(code: str, **environment: str) -> tuple[str, list[str]]:
    """What a new process prints, and the lines that it logs."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), done.stderr.splitlines()


def test_numba_that_does_not_compile_is_left_alone(tmp_path: Path) -> None:
    said, logged = asked(_ASKED, NUMBA_DISABLE_JIT="1", NUMBA_CACHE_DIR=str(tmp_path))
    assert said == "False"
    assert len(logged) == 1
    assert logged[0].startswith("topics are hashed without compiled code: ")


def test_a_cache_without_room_is_done_without(tmp_path: Path) -> None:
    # Python itself would leave truncated files where nothing larger can be written.
    said, logged = asked(_FULL + _ASKED, NUMBA_CACHE_DIR=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")
    assert (said, logged) == ("True", [])


@pytest.mark.parametrize("conf", [{}, {"error_cb": print}])
def test_a_function_of_python_in_the_configuration_is_hashed_with_the_interpreter(conf: Any) -> None:
    cluster = KafkaCluster({"bootstrap.servers": "127.0.0.1:1", **conf})
    assert cluster.hashes_apart() is (not conf)


class FakeLibrary:
    """librdkafka, with a partition of three records that are there at once."""

    def __init__(self, served: Callable[[], object] = lambda: None) -> None:
        self.rd_kafka_message_timestamp = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(
            lambda _message, _kind: 5
        )
        self.rd_kafka_yield = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _client: None)
        self.served = served
        self._memory = [ctypes.create_string_buffer(bytes([number])) for number in range(3)]
        self.left, self.each = 3, 3

    def rd_kafka_consume_start_queue(self, *_: object) -> int:
        return 0

    def rd_kafka_consume_stop(self, *_: object) -> int:
        return 0

    def rd_kafka_poll(self, *_: object) -> int:
        return 0

    def rd_kafka_consume_callback_queue(self, _queue: int, _wait: int, take: int, context: int) -> int:
        call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(take)
        self.served()
        served = min(self.left, self.each)
        for _ in range(served):
            number = 3 - self.left
            at = ctypes.addressof(self._memory[number])
            # error, topic, partition, payload and its length, key and its length, offset
            message = np.array([0, 0, 0, at, 1, at, 1, number], np.int64)
            call(message.ctypes.data, context)
            self.left -= 1
        return served


def reading(library: FakeLibrary) -> _Reading:
    begun = _Reading(library=library, client=0, queue=0, handle=0, topic="t", errors=[], raised=[])
    begun.begin({0: (0, 3)}, Hashing(keyed=True, key_framed=True, value_framed=True))
    return begun


ALL = Chosen(below=EVERYTHING)


def test_chosen_records_are_kept() -> None:
    found = list(reading(FakeLibrary()).chosen(ALL))
    assert [(one.offset, one.key, one.timestamp) for one in found] == [
        (0, b"\0", 5),
        (1, b"\1", 5),
        (2, b"\2", 5),
    ]


def test_what_a_signal_raises_while_a_record_is_kept_is_raised() -> None:
    library = FakeLibrary()
    timestamp = library.rd_kafka_message_timestamp

    def interrupted(message: int, kind: object) -> int:
        if library.left == 2:
            raise KeyboardInterrupt
        return int(timestamp(message, kind))

    begun = reading(library)
    library.rd_kafka_message_timestamp = interrupted  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        list(begun.chosen(ALL))


def test_a_record_that_was_not_kept_is_not_left_out_silently() -> None:
    """As when a signal's handler raises before the first line of the function that keeps records."""
    nothing = KeepCallback(lambda _message, _: 0)

    def deaf() -> None:
        begun._context[KEEP] = address_of(nothing)

    begun = reading(FakeLibrary(deaf))
    with pytest.raises(StoppedError, match="reading t was interrupted"):
        list(begun.chosen(ALL))


REFUSED = KafkaError._AUTHENTICATION, "broker 2: no such user"


def test_credentials_that_the_brokers_refuse_end_the_reading() -> None:
    library = FakeLibrary()
    library.each = 0
    begun = reading(library)
    begun.errors.append(REFUSED)
    with pytest.raises(AccessError, match="broker 2: no such user"):
        list(begun.chosen(ALL))


def test_an_error_of_one_broker_is_not_final_once_records_came() -> None:
    library = FakeLibrary()

    def served() -> None:
        if library.left == 1:
            begun.errors.append(REFUSED)

    library.served, library.each = served, 1
    begun = reading(library)
    assert len(list(begun.chosen(ALL))) == 3


def test_while_no_records_come_there_are_empty_batches() -> None:
    """So that whoever reads can end it, long before the brokers count as silent."""
    library = FakeLibrary()
    library.each = 0
    begun = reading(library)
    heard, batches = begun._heard, begun.batches()
    for _ in range(2):
        empty = next(batches)
        assert (empty.records, len(empty.entries), empty.positions) == (0, 0, {})
    assert begun._heard - heard < 0.1  # nothing was heard
    library.each = 3
    assert next(batches).records == 3


def test_silence_ends_the_reading_between_empty_batches() -> None:
    library = FakeLibrary()
    library.each = 0
    begun = reading(library)
    batches = begun.batches()
    next(batches)
    begun._heard -= SILENCE_SECONDS
    with pytest.raises(TransientError, match="no answer from the brokers of t for 30 s"):
        next(batches)


def test_a_silent_reader_tells_what_it_heard_last() -> None:
    library = FakeLibrary()

    def served() -> None:
        if library.left == 1:
            library.each, begun._heard = 0, -SILENCE_SECONDS
        if library.left == 2:
            begun.errors.append(REFUSED)

    library.served, library.each = served, 1
    begun = reading(library)
    with pytest.raises(
        TransientError, match=r"no answer from the brokers of t for 30 s.*: broker 2: no such user"
    ):
        list(begun.chosen(ALL))
