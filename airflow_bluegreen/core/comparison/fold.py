"""Folding a topic into what it says last: 30 bytes a key, in buckets by hash, on disk beyond a limit.

A bucket holds the entries of a range of hashes: first as they come, then sorted and reduced to what counts.
So no step needs more memory than what is kept and a bucket besides, and two topics are compared bucket by
bucket.

The last record of a key counts. Order is defined within a partition only: of a key that lies in several
partitions, the last record of each is kept, and of these the one with the newest timestamp counts (of equal
ones that of the highest partition, so that a comparison says the same each time).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from airflow_bluegreen.core.comparison.hashed import (
    ENTRY,
    Entries,
    HashedRecords,
    Hashes,
    Stamps,
    stamps_of,
)
from airflow_bluegreen.core.comparison.reducing import concatenated, counts, last_of_each, winners

BUCKETS = 256
_FIRST_REDUCTION = 4_096
_CHUNK = 1 << 17
_SPREAD_ABOVE = 1 << 17
"""Up to so many entries one bucket does."""


class Shelf(Protocol):
    """Where a fold puts the entries of a bucket that do not fit into memory."""

    def append(self, bucket: int, entries: Entries) -> None: ...

    def replace(self, bucket: int, entries: Entries) -> None: ...

    def read(self, bucket: int) -> Entries:
        """What was put there, in that order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Folded:
    """A topic, or a bucket of it, folded: ``keys`` sorted and unique, with hash, timestamp (ms) and place of
    the last value of each.

    For a table without key, ``keys`` are hashes of whole rows and ``values`` how often each stands there,
    with the newest timestamp.
    """

    keys: Hashes
    values: Hashes
    stamps: Stamps
    places: Hashes

    def between(self, at: int, of: int) -> "Folded":
        """The keys of bucket ``at`` if there were ``of`` of them."""
        width = (1 << 64) // of
        first = np.searchsorted(self.keys, np.uint64(at * width))
        cut = slice(first, np.searchsorted(self.keys, np.uint64((at + 1) * width - 1), side="right"))
        return Folded(
            keys=self.keys[cut], values=self.values[cut], stamps=self.stamps[cut], places=self.places[cut]
        )


@dataclass(slots=True, kw_only=True)
class _Bucket:
    """``shelved`` counts the sorted pieces of it that are on the shelf."""

    kept: Entries = field(default_factory=lambda: np.empty(0, ENTRY))
    tail: list[Entries] = field(default_factory=list)
    waiting: int = 0
    limit: int = _FIRST_REDUCTION
    shelved: int = 0
    rows: int = 0
    scattered: int = 0
    known: bool = True

    def append(self, entries: Entries) -> None:
        self.tail.append(entries)
        self.waiting += len(entries)
        self.known = False


class Fold:
    """Folds the records of a topic.

    :param keyed: records are changes of keyed rows, the last one of a key wins and a tombstone deletes it;
        else every record is a row, and equal rows are counted.
    :param memory: bytes of entries above which they go to the ``shelf``; without one all stay in memory.
    """

    def __init__(self, *, keyed: bool = True, memory: int = 1 << 62, shelf: Shelf | None = None) -> None:
        self.keyed = keyed
        self.records = self.tombstones = self.null_keys = 0
        self._memory, self._shelf = memory, shelf
        self._buckets = [_Bucket()]
        self._pending: list[Entries] = []
        self._pending_count = 0

    @property
    def buckets(self) -> int:
        """How many buckets there are, 1 or :data:`BUCKETS`."""
        return len(self._buckets)

    @property
    def held(self) -> int:
        """Bytes of entries in memory."""
        inside = sum(len(one.kept) + one.waiting for one in self._buckets)
        return (inside + self._pending_count) * ENTRY.itemsize

    def add(self, records: HashedRecords) -> None:
        """Fold further records in; those of one partition come in their order."""
        self.records += records.records
        self.tombstones += records.tombstones
        self.null_keys += records.null_keys
        if len(records.entries):
            self._pending.append(records.entries)
            self._pending_count += len(records.entries)
        if self._pending_count >= _CHUNK:
            self._distribute()

    def part(self, at: int, of: int) -> Folded:
        """What the topic says last of the keys in bucket ``at`` of ``of``; ``of`` is no less than
        :attr:`buckets`.
        """
        self._distribute()
        if of != len(self._buckets):
            return self._folded(0).between(at, of)
        return self._folded(at)

    def folded(self) -> Folded:
        """What the topic says last, in one piece."""
        self._distribute()
        parts = [self._folded(at) for at in range(len(self._buckets))]
        return Folded(
            keys=np.concatenate([one.keys for one in parts]),
            values=np.concatenate([one.values for one in parts]),
            stamps=np.concatenate([one.stamps for one in parts]),
            places=np.concatenate([one.places for one in parts]),
        )

    def rows(self) -> int:
        """How many rows are there."""
        return sum(bucket.rows for bucket in self._counted())

    def scattered(self) -> int:
        """How many keys are left out because another partition has a newer record of them."""
        return sum(bucket.scattered for bucket in self._counted())

    def entries(self) -> Iterator[Entries]:
        """All that is kept, as it may be added to another fold in place of the records."""
        self._distribute()
        for at in range(len(self._buckets)):
            yield self._reduced(at)

    def _counted(self) -> list[_Bucket]:
        self._distribute()
        for at, bucket in enumerate(self._buckets):
            if not bucket.known:
                self._folded(at)
        return self._buckets

    def _folded(self, at: int) -> Folded:
        bucket, entries = self._buckets[at], self._reduced(at)
        if self.keyed:
            several = len(entries)
            entries = winners(entries)
            bucket.scattered = several - len(entries)
        values = entries["value"].copy()
        bucket.rows = int(np.count_nonzero(values) if self.keyed else values.sum())
        bucket.known = True
        return Folded(
            keys=entries["key"].copy(),
            values=values,
            stamps=stamps_of(entries),
            places=entries["place"].copy(),
        )

    def _reduced(self, at: int) -> Entries:
        """A bucket sorted and reduced; what is on the shelf is read, and stays there."""
        bucket = self._buckets[at]
        if not bucket.shelved or self._shelf is None:
            self._reduce(bucket)
            return bucket.kept
        entries = self._shelf.read(at)
        if len(bucket.kept) or bucket.waiting or bucket.shelved > 1:
            entries = self._joined([entries, bucket.kept, *bucket.tail])
            self._shelf.replace(at, entries)
            bucket.kept, bucket.tail, bucket.waiting, bucket.shelved = np.empty(0, ENTRY), [], 0, 1
        return entries

    def _reduce(self, bucket: _Bucket) -> None:
        if not bucket.waiting:
            return
        before = len(bucket.kept) + bucket.waiting
        bucket.kept = self._joined([bucket.kept, *bucket.tail])
        bucket.tail, bucket.waiting = [], 0
        # Where hardly a key comes twice, reducing is work that frees nothing.
        rarely = 2 if len(bucket.kept) > 0.9 * before else 1
        bucket.limit = max(_FIRST_REDUCTION, rarely * len(bucket.kept))

    def _joined(self, pieces: list[Entries]) -> Entries:
        entries = concatenated(pieces)
        # Stable: of equal keys the newer record stays behind the older one.
        entries = entries.take(np.argsort(entries["key"], kind="stable"))
        return last_of_each(entries) if self.keyed else counts(entries)

    def _distribute(self) -> None:
        if not self._pending_count:
            return
        entries = concatenated(self._pending)
        self._pending, self._pending_count = [], 0
        if len(self._buckets) == 1:
            (bucket,) = self._buckets
            bucket.append(entries)
            if len(bucket.kept) + bucket.waiting <= _SPREAD_ABOVE:
                return
            entries = concatenated([bucket.kept, *bucket.tail])
            self._buckets = [_Bucket() for _ in range(BUCKETS)]
        numbers = (entries["key"] >> np.uint64(56)).astype(np.uint8)
        entries = entries.take(np.argsort(numbers, kind="stable"))
        ends = np.cumsum(np.bincount(numbers, minlength=BUCKETS)).tolist()
        for bucket, begin, end in zip(self._buckets, [0, *ends], ends, strict=False):
            if begin < end:
                bucket.append(entries[begin:end].copy())
                if bucket.waiting > bucket.limit and not bucket.shelved:
                    self._reduce(bucket)
        self._relieve()

    def _relieve(self) -> None:
        """Put everything onto the shelf when it takes too much, and reducing it does not help."""
        if self._shelf is None or self.held <= self._memory:
            return
        for bucket in self._buckets:
            self._reduce(bucket)
        if self.held <= self._memory * 3 // 4:
            return
        for at, bucket in enumerate(self._buckets):
            self._shelf.append(at, bucket.kept)
            bucket.kept, bucket.shelved = np.empty(0, ENTRY), bucket.shelved + 1
