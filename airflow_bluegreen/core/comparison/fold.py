"""Folding a topic into what it says last: 30 bytes a key, in buckets by hash, on disk beyond a limit.

A bucket holds the entries of a range of hashes: first as they come, then sorted and reduced to what counts,
in the same blocks of memory. So no step needs more memory than what is kept and a bucket besides, and two
topics are compared bucket by bucket.

The last record of a key counts. Order is defined within a partition only: of a key that lies in several
partitions, the last record of each is kept, and of these the one with the newest timestamp counts (of equal
ones that of the highest partition, so that a comparison says the same each time).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from airflow_bluegreen.core.comparison.blocks import Blocks, Chain
from airflow_bluegreen.core.comparison.hashed import (
    ENTRY,
    Entries,
    HashedRecords,
    Hashes,
    Stamps,
    stamps_of,
)
from airflow_bluegreen.core.comparison.reducing import (
    PLAIN,
    by_bucket,
    by_key,
    concatenated,
    counts,
    last_of_each,
    winners,
)

BUCKETS = 256
_FIRST_REDUCTION = 4_096
_CHUNK = 1 << 16
_BLOCK = 256
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


class _Bucket:
    """Entries of a range of hashes. The first ``reduced`` of them are in order, and what counts of them.

    ``shelved`` counts the sorted pieces of it that are on the shelf. ``rows`` and ``scattered`` are ``known``
    until further entries come.
    """

    __slots__ = ("chain", "known", "reduced", "rows", "scattered", "shelved")

    def __init__(self, blocks: Blocks) -> None:
        self.chain = Chain(blocks)
        self.reduced = self.shelved = self.rows = self.scattered = 0
        self.known = True

    def append(self, entries: Entries, chosen: npt.NDArray[np.intp]) -> None:
        self.chain.append(entries, chosen)
        self.known = False

    def clear(self) -> None:
        self.chain.clear()
        self.reduced = 0


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
        self._blocks = Blocks(_BLOCK)
        self._buckets = [_Bucket(self._blocks)]
        self._limit = _FIRST_REDUCTION
        self._chunk = np.empty(0, PLAIN)
        self._pending = 0

    @property
    def buckets(self) -> int:
        """How many buckets there are, 1 or :data:`BUCKETS`."""
        return len(self._buckets)

    @property
    def held(self) -> int:
        """Bytes that entries take in memory."""
        return self._blocks.held + self._pending * ENTRY.itemsize

    def add(self, records: HashedRecords) -> None:
        """Fold further records in; those of one partition come in their order."""
        self.records += records.records
        self.tombstones += records.tombstones
        self.null_keys += records.null_keys
        plain, at = records.entries.view(PLAIN), 0
        while at < len(plain):
            if not len(self._chunk):
                self._chunk = np.empty(_CHUNK, PLAIN)
            put = min(len(self._chunk) - self._pending, len(plain) - at)
            self._chunk[self._pending : self._pending + put] = plain[at : at + put]
            at, self._pending = at + put, self._pending + put
            if self._pending == len(self._chunk):
                self._distribute()

    def part(self, at: int, of: int) -> Folded:
        """What the topic says last of the keys in bucket ``at`` of ``of``; ``of`` is no less than
        :attr:`buckets`.
        """
        self._gathered()
        if of != len(self._buckets):
            return self._folded(0).between(at, of)
        return self._folded(at)

    def folded(self) -> Folded:
        """What the topic says last, in one piece."""
        self._gathered()
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
        self._gathered()
        for at in range(len(self._buckets)):
            yield self._reduced(at)

    def _counted(self) -> list[_Bucket]:
        self._gathered()
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
            return self._reduce(bucket)
        entries = self._shelf.read(at)
        if bucket.chain.count or bucket.shelved > 1:
            entries = self._joined(concatenated([entries, bucket.chain.entries()]))
            self._shelf.replace(at, entries)
            bucket.clear()
            bucket.shelved = 1
        return entries

    def _reduce(self, bucket: _Bucket) -> Entries:
        """What is in memory of a bucket, sorted and reduced, there as well."""
        entries = bucket.chain.entries()
        if bucket.reduced < len(entries):
            entries = self._joined(entries)
            bucket.chain.replace(entries)
            bucket.reduced = len(entries)
        return entries

    def _joined(self, entries: Entries) -> Entries:
        entries = by_key(entries)  # of equal keys the newer record stays behind the older one
        return last_of_each(entries) if self.keyed else counts(entries)

    def _distribute(self) -> None:
        """Put what waits into the buckets."""
        if not self._pending:
            return
        entries, self._pending = self._chunk[: self._pending].view(ENTRY), 0
        if len(self._buckets) == 1:
            (bucket,) = self._buckets
            bucket.append(entries.view(PLAIN), np.arange(len(entries)))
            if bucket.chain.count <= _SPREAD_ABOVE:
                return
            entries = bucket.chain.entries()
            bucket.clear()
            self._buckets = [_Bucket(self._blocks) for _ in range(BUCKETS)]
        order, ends = by_bucket(entries)
        plain = entries.view(PLAIN)
        for bucket, begin, end in zip(self._buckets, [0, *ends], ends, strict=False):
            if begin < end:
                bucket.append(plain, order[begin:end])
                if bucket.chain.count > self._limit:
                    self._reduce_large(bucket)
        self._relieve()

    def _gathered(self) -> None:
        """Put what waits into the buckets, as for now no more will come."""
        self._distribute()
        self._chunk = np.empty(0, PLAIN)
        self._blocks.let_go()

    def _reduce_large(self, bucket: _Bucket) -> None:
        """Reduce a bucket that has grown.

        Where hardly a key comes twice, that is work that frees nothing: as hashes are spread evenly, what one
        bucket shows is so in all of them, and they may grow to twice that size first.
        """
        before = bucket.chain.count
        if bucket.shelved or before <= 2 * bucket.reduced:
            return
        self._reduce(bucket)
        if bucket.reduced > 0.9 * before:
            self._limit = max(self._limit, 2 * before)

    def _relieve(self) -> None:
        """Put everything onto the shelf when it takes too much, and reducing it does not help."""
        if self._shelf is None or self.held <= self._memory:
            return
        for bucket in self._buckets:
            self._reduce(bucket)
        if self.held <= self._memory * 3 // 4:
            return
        for at, bucket in enumerate(self._buckets):
            self._shelf.append(at, bucket.chain.entries())
            bucket.clear()
            bucket.shelved += 1
        self._blocks.let_go()  # now: when some of them are in use again, they keep whole slabs
