"""Records as hashes: what the fold keeps of a record, 30 bytes each, and which records are asked for again.

Keys and values are kept as 64-bit hashes (XXH64, which is quick in compiled code and in Python's library
alike): at 100 million keys the chance that any two collide is about 1 in 4,000.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt
import xxhash

from airflow_bluegreen.core.model import KafkaRecord
from airflow_bluegreen.exceptions import UnreadableRecordError

Hashes = npt.NDArray[np.uint64]
Stamps = npt.NDArray[np.int64]
Entries = npt.NDArray[np.void]
"""An array of :data:`ENTRY`."""
Digest = Callable[[bytes], int]
"""Bytes of a record → hash of what is to be compared of them."""

ENTRY = np.dtype([("key", "<u8"), ("value", "<u8"), ("place", "<u8"), ("low", "<u4"), ("high", "<i2")])
"""A record: hash of its key, hash of its value (or how many rows like it there are), where it lies, and its
timestamp (ms) in two parts, 32 and 16 bits.
"""

ABSENT = 0
"""The value hash of a tombstone."""
HEADER_BYTES = 5
EVERYTHING = 1 << 64
"""Every hash is below it."""

_OFFSET_BITS = 48
_BATCH = 50_000


def payload(framed: bytes) -> bytes:
    """The bytes behind the registry's header (a zero byte and the schema id), all of them where there is
    none.
    """
    return framed[HEADER_BYTES:] if len(framed) >= HEADER_BYTES and framed[0] == 0 else framed


def bytes_digest(framed: bytes) -> int:
    """The hash of a record's bytes without the registry's header; never ABSENT."""
    return xxhash.xxh64_intdigest(payload(framed)) or 1


def whole_digest(raw: bytes) -> int:
    """The hash of all of a record's bytes, where a zero byte begins no header; never ABSENT."""
    return xxhash.xxh64_intdigest(raw) or 1


def place_of(partition: int, offset: int) -> int:
    """Where a record lies, in one number: below 2^16 partitions, and 2^48 offsets in each."""
    return partition << _OFFSET_BITS | offset


def partition_of(place: int) -> int:
    """The partition of a place."""
    return place >> _OFFSET_BITS


def offset_of(place: int) -> int:
    """The offset of a place."""
    return place & ((1 << _OFFSET_BITS) - 1)


def stamps_of(entries: Entries) -> Stamps:
    """Timestamps in ms."""
    stamps: Stamps = (entries["high"].astype(np.int64) << 32) | entries["low"]
    return stamps


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashing:
    """How raw records are hashed: key and value, or the whole row where they are not ``keyed``.

    ``key_framed`` and ``value_framed`` say that a registry's header in front is not hashed.
    """

    keyed: bool = True
    key_framed: bool = True
    value_framed: bool = True

    @property
    def key_digest(self) -> Digest:
        """The digest of keys."""
        return bytes_digest if self.key_framed else whole_digest

    @property
    def value_digest(self) -> Digest:
        """The digest of values."""
        return bytes_digest if self.value_framed else whole_digest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HashedRecords:
    """Some records: ``entries`` of those that are folded, in their order within a partition, and counts of
    all of them. Where rows are counted, an entry's key is the hash of the row and its value 1.

    ``size`` is what keys and values take, in bytes; ``positions`` the offset after the last record by
    partition, of those that come in this batch or came before it.
    """

    entries: Entries
    records: int
    tombstones: int = 0
    null_keys: int = 0
    size: int = 0
    positions: Mapping[int, int] = field(default_factory=dict)


def _no_keys() -> Hashes:
    return np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """Records that are wanted again: of the keys whose hash is ``below`` a limit, and of ``keys`` (sorted).

    Where rows are counted, the hash is that of the row.
    """

    below: int = 0
    keys: Hashes = field(default_factory=_no_keys)

    def picker(self) -> Callable[[int], bool]:
        """Whether a hash is among them."""
        below, keys = self.below, frozenset(self.keys.tolist())
        return lambda hashed: hashed < below or hashed in keys


def hash_records(
    records: Iterable[KafkaRecord],
    *,
    keyed: bool,
    value_digest: Digest,
    key_digest: Digest,
    topic: str = "",
) -> Iterator[HashedRecords]:
    """Records hashed one by one, in batches. Raises UnreadableRecordError, with the place of the record in
    the ``topic``, where a digest does.
    """
    waiting = iter(records)
    batches = iter(lambda: list(islice(waiting, _BATCH)), [])
    return hash_batches(batches, keyed=keyed, value_digest=value_digest, key_digest=key_digest, topic=topic)


def hash_batches(
    batches: Iterable[Sequence[KafkaRecord]],
    *,
    keyed: bool,
    value_digest: Digest,
    key_digest: Digest,
    topic: str = "",
) -> Iterator[HashedRecords]:
    """The same of batches, also of empty ones."""
    for batch in batches:
        kept = [one for one in batch if (one.key if keyed else one.value) is not None]
        keys, values = array("Q"), array("Q")
        for one in kept:
            try:
                value = ABSENT if one.value is None else value_digest(one.value)
                keys.append(key_digest(one.key) if keyed and one.key is not None else value)
                values.append(value if keyed else 1)
            except UnreadableRecordError as error:
                raise placed(topic, one, error) from error
        yield HashedRecords(
            entries=_entries(kept, keys, values),
            records=len(batch),
            tombstones=sum(one.value is None for one in (kept if keyed else batch)),
            null_keys=len(batch) - len(kept) if keyed else 0,
            size=sum(len(one.key or b"") + len(one.value or b"") for one in batch),
            positions={one.partition: one.offset + 1 for one in batch},
        )


def placed(topic: str, record: KafkaRecord, error: UnreadableRecordError) -> UnreadableRecordError:
    """The error with the place of its record."""
    place = f"{topic}, partition {record.partition}, offset {record.offset}"
    return UnreadableRecordError(f"{place}: {error.what}", remedy=error.remedy)


def choose_records(
    records: Iterable[KafkaRecord],
    chosen: Chosen,
    *,
    keyed: bool,
    value_digest: Digest,
    key_digest: Digest,
) -> Iterator[KafkaRecord]:
    """Those that are chosen."""
    is_chosen = chosen.picker()
    for record in records:
        hashed = key_hash(record, keyed=keyed, value_digest=value_digest, key_digest=key_digest)
        if hashed is not None and is_chosen(hashed):
            yield record


class LastRecords:
    """The record that counts of each hash: the last one in a partition, and of several partitions the one
    with the newest timestamp, as in the fold.
    """

    def __init__(self) -> None:
        self._last: dict[int, dict[int, KafkaRecord]] = {}

    def add(self, hashed: int, record: KafkaRecord) -> None:
        """A record that comes after those of its partition that were added."""
        self._last.setdefault(hashed, {})[record.partition] = record

    def items(self) -> Iterator[tuple[int, KafkaRecord]]:
        """Hash and record."""
        for hashed, by_partition in self._last.items():
            yield hashed, max(by_partition.values(), key=lambda one: (one.timestamp, one.partition))


def key_hash(record: KafkaRecord, *, keyed: bool, value_digest: Digest, key_digest: Digest) -> int | None:
    """The hash by which the fold knows a record; None for one that it leaves out."""
    if keyed:
        return None if record.key is None else key_digest(record.key)
    return None if record.value is None else value_digest(record.value)


def _entries(kept: list[KafkaRecord], keys: "array[int]", values: "array[int]") -> Entries:
    entries = np.empty(len(kept), ENTRY)
    entries["key"], entries["value"] = keys, values
    entries["place"] = array("Q", [place_of(one.partition, one.offset) for one in kept])
    set_stamps(entries, np.array([one.timestamp for one in kept], np.int64))
    return entries


def set_stamps(entries: Entries, stamps: Stamps) -> None:
    """Write timestamps (ms) into entries."""
    entries["low"] = (stamps & 0xFFFFFFFF).astype(np.uint32)
    entries["high"] = (stamps >> 32).astype(np.int16)
