"""Reading stretches of a topic at librdkafka's own pace: its records become hashes in compiled code.

librdkafka calls the compiled function for each record; Python sees batches. Needs the library that
confluent-kafka brings and numba; :func:`native_reading` says whether both are there.
"""

import ctypes
import logging
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from confluent_kafka import KafkaError

from airflow_bluegreen.clients.librdkafka import SILENCE_SECONDS, consumer_settings, final_error, silent
from airflow_bluegreen.clients.native_library import (
    ErrorCallback,
    address_of,
    native_library,
    open_client,
    settable,
)
from airflow_bluegreen.core.comparison.hashed import ENTRY, EVERYTHING, Chosen, HashedRecords, Hashing
from airflow_bluegreen.core.comparison.reducing import concatenated
from airflow_bluegreen.core.model import KafkaRecord
from airflow_bluegreen.exceptions import StoppedError

log = logging.getLogger(__name__)

_CAPACITY = 1 << 16
_BATCH = 1 << 15
_BATCH_SECONDS = 0.2
_POLL_MS = 50
_QUEUED_KIB, _QUEUED_KIB_EACH = 8 << 10, 1 << 10
"""What librdkafka fetches ahead, of all partitions and of one at least."""
KeepCallback = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
_MESSAGE = struct.Struct("=16xi4x5q")
"""Of an ``rd_kafka_message_t``: partition, payload and its length, key and its length, offset."""
Stretches = Mapping[int, tuple[int, int]]
"""Partition → (first offset, offset to stop before)."""


@cache
def native_reading() -> bool:
    """Whether records can be hashed in compiled code here."""
    return (
        find_spec("numba") is not None
        and ctypes.sizeof(ctypes.c_void_p) == 8
        and np.little_endian
        and native_library() is not None
        and _compiles()
    )


def _compiles() -> bool:
    """Whether the compiled functions come about. Numba may be there and not fit NumPy, be switched off, or
    have a broken cache: each has errors of its own, and none of them is a reason not to compare.
    """
    try:
        import_module("airflow_bluegreen.clients.compiled_hashing")
    except Exception as error:  # noqa: BLE001 - whatever it is, records can be hashed without
        reason = next(iter(str(error).splitlines()), "")
        log.warning("topics are hashed without compiled code: %s: %s", type(error).__name__, reason)
        return False
    return True


def can_read(conf: Mapping[str, Any]) -> bool:
    """Whether it can with this configuration."""
    return settable(conf) and native_reading()


def read_hashed(
    conf: Mapping[str, str], topic: str, wanted: Stretches, hashing: Hashing
) -> Iterator[HashedRecords]:
    """The records of those stretches as hashes, in batches, in the order of offsets within a partition; a
    batch without any where none come for a while.

    Raises TransientError when the brokers fall silent.
    """
    with _reading(conf, topic, wanted, hashing) as reading:
        yield from reading.batches()


def read_chosen(
    conf: Mapping[str, str], topic: str, wanted: Stretches, hashing: Hashing, chosen: Chosen
) -> Iterator[KafkaRecord]:
    """Of those stretches the records whose hash is chosen. Raises TransientError when the brokers fall
    silent, StoppedError when a signal broke in.
    """
    with _reading(conf, topic, wanted, hashing) as reading:
        yield from reading.chosen(chosen)


def reading_settings(conf: Mapping[str, str], partitions: int) -> dict[str, Any]:
    """A configuration without a group, in which what waits to be hashed takes little memory.

    librdkafka would keep up to 64 MiB for each partition.
    """
    settings: dict[str, Any] = {
        "queued.max.messages.kbytes": max(_QUEUED_KIB // max(1, partitions), _QUEUED_KIB_EACH),
        **consumer_settings(conf),
    }
    settings.pop("group.id")
    return settings


@contextmanager
def _reading(
    conf: Mapping[str, str], topic: str, wanted: Stretches, hashing: Hashing
) -> "Iterator[_Reading]":
    library = native_library()
    errors: list[tuple[int, str]] = []
    raised: list[BaseException] = []

    def noted(_client: Any, code: int, reason: bytes | None, _opaque: Any) -> None:
        try:
            errors.append((code, (reason or b"").decode(errors="replace")))
        except BaseException as error:  # noqa: BLE001 - it is raised again, where it can be
            raised.append(error)

    on_error = ErrorCallback(noted)
    client = open_client(library, reading_settings(conf, len(wanted)), on_error)
    queue = library.rd_kafka_queue_new(client)
    handle = library.rd_kafka_topic_new(client, topic.encode(), None)
    reading = _Reading(
        library=library,
        client=client,
        queue=queue,
        handle=handle,
        topic=topic,
        errors=errors,
        raised=raised,
    )
    try:
        reading.begin(wanted, hashing)
        yield reading
    finally:
        reading.stop()
        library.rd_kafka_topic_destroy(handle)
        library.rd_kafka_queue_destroy(queue)
        library.rd_kafka_destroy(client)


@dataclass(slots=True, kw_only=True)
class _Reading:
    library: Any
    client: int
    queue: int
    handle: int
    topic: str
    errors: list[tuple[int, str]]
    raised: list[BaseException]
    """What a signal's handler raised while librdkafka called us: ctypes would print it and go on."""
    _context: Any = None
    _running: set[int] = field(default_factory=set)
    _bounds: Any = None
    _entries: Any = None
    _heard: float = 0.0
    _last_error: str = "nothing"

    def begin(self, wanted: Stretches, hashing: Hashing) -> None:
        """Let librdkafka fetch."""
        from airflow_bluegreen.clients import compiled_hashing as code

        unfinished = {part: one for part, one in wanted.items() if one[0] < one[1]}
        self._bounds = np.zeros((4, max(unfinished, default=0) + 1), np.int64)
        self._entries = np.empty(_CAPACITY, ENTRY)
        context = self._context = np.zeros(code.CONTEXT_LENGTH, np.int64)
        context[code.CAPACITY], context[code.ENTRIES] = _CAPACITY, self._entries.ctypes.data
        rows = [self._bounds[at].ctypes.data for at in range(4)]
        context[code.FIRSTS], context[code.STOPS], context[code.DONE], context[code.NEXT] = rows
        context[code.PARTITIONS] = self._bounds.shape[1]
        context[code.KEYED] = hashing.keyed
        context[code.KEY_FRAMED], context[code.VALUE_FRAMED] = hashing.key_framed, hashing.value_framed
        context[code.TIMESTAMP] = address_of(self.library.rd_kafka_message_timestamp)
        context[code.YIELD] = address_of(self.library.rd_kafka_yield)
        context[code.CLIENT] = self.client
        self._heard = time.monotonic()
        for part, (first, stop) in unfinished.items():
            self._bounds[:2, part] = first, stop
            if self.library.rd_kafka_consume_start_queue(self.handle, part, first, self.queue) != 0:
                self._refuse(self.library.rd_kafka_last_error(), f"partition {part}")
            self._running.add(part)

    def batches(self) -> Iterator[HashedRecords]:
        """Everything, as hashes; what came in the meantime, also where that is nothing, so that whoever reads
        can end it.
        """
        from airflow_bluegreen.clients import compiled_hashing as code

        context = self._context
        while self._running:
            until = time.monotonic() + _BATCH_SECONDS
            while self._running and context[code.COUNT] < _BATCH and time.monotonic() < until:
                self._serve()
            given = time.monotonic()
            yield HashedRecords(
                entries=concatenated([self._entries[: int(context[code.COUNT])]]),
                records=int(context[code.RECORDS]),
                tombstones=int(context[code.TOMBSTONES]),
                null_keys=int(context[code.NULL_KEYS]),
                size=int(context[code.SIZE]),
                positions={at: end for at, end in enumerate(self._bounds[3].tolist()) if end},
            )
            self._heard += time.monotonic() - given  # nobody listened while they were looked at
            context[[code.COUNT, code.RECORDS, code.TOMBSTONES, code.NULL_KEYS, code.SIZE]] = 0

    def chosen(self, chosen: Chosen) -> Iterator[KafkaRecord]:
        """The chosen ones, as records."""
        from airflow_bluegreen.clients import compiled_hashing as code

        kept: list[KafkaRecord] = []
        keys, context = np.ascontiguousarray(chosen.keys), self._context

        def keep(message: int, _: int) -> int:
            try:
                kept.append(_record(self.library, message))
            except BaseException as error:  # noqa: BLE001 - it is raised again, where it can be
                self.raised.append(error)
            return 0

        callback = KeepCallback(keep)
        context[code.KEEP] = address_of(callback)
        context[code.ALL] = chosen.below >= EVERYTHING
        context.view(np.uint64)[code.BELOW] = min(chosen.below, EVERYTHING - 1)
        context[code.WANTED], context[code.WANTED_COUNT] = keys.ctypes.data, len(keys)
        while self._running:
            self._serve()
            if len(kept) != context[code.ASKED]:  # it was raised before the function could catch it
                raise StoppedError(f"reading {self.topic} was interrupted", remedy="Run it again")
            context[code.ASKED] = 0
            if kept:
                yield from kept
                kept.clear()
                self._heard = time.monotonic()

    def stop(self) -> None:
        """Fetch nothing more."""
        for part in self._running:
            self.library.rd_kafka_consume_stop(self.handle, part)
        self._running.clear()

    def _serve(self) -> None:
        """Let the compiled function have what is there, and look for the ends of partitions and errors."""
        from airflow_bluegreen.clients.compiled_hashing import ERROR, TAKE

        served = self.library.rd_kafka_consume_callback_queue(
            self.queue, _POLL_MS, TAKE, self._context.ctypes.data
        )
        self.library.rd_kafka_poll(self.client, 0)
        if self.raised:
            raise self.raised[0]
        if served:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > SILENCE_SECONDS:
            raise silent(self.topic, reason=self._last_error)
        if code := int(self._context[ERROR]):
            self._context[ERROR] = 0
            self._refuse(code, "")
        self._look_at_errors()
        for part in [part for part in self._running if self._bounds[2, part]]:
            self.library.rd_kafka_consume_stop(self.handle, part)
            self._running.discard(part)

    def _look_at_errors(self) -> None:
        """Those of the whole client are final until a record or an end came: later on the credentials are
        good, and librdkafka mends what one broker has, or falls silent.
        """
        while self.errors:
            code, reason = self.errors.pop(0)
            if not self._bounds[2:].any():
                self._refuse(code, reason)
            self._last_error = reason

    def _refuse(self, code: int, reason: str) -> None:
        """Raise what librdkafka does not mend by itself."""
        if final := final_error(KafkaError(code, reason or None), f"reading {self.topic}"):
            raise final


def _record(library: Any, message: int) -> KafkaRecord:
    """A message of librdkafka (``rd_kafka_message_t``) as a record."""
    partition, payload, length, key, key_length, offset = _MESSAGE.unpack(
        ctypes.string_at(message, _MESSAGE.size)
    )
    return KafkaRecord(
        partition=partition,
        offset=offset,
        timestamp=library.rd_kafka_message_timestamp(message, None),
        key=ctypes.string_at(key, key_length) if key else None,
        value=ctypes.string_at(payload, length) if payload else None,
    )
