"""Folding a topic into what it says last: hashes in sorted arrays, 24 bytes a key at rest.

Keys and values are kept as 64-bit hashes: at 100 million keys the chance that any two collide is about 1 in
4,000.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash

from airflow_bluegreen.core.model import KafkaRecord

Hashes = npt.NDArray[np.uint64]
Stamps = npt.NDArray[np.int64]
Digest = Callable[[bytes], int]
"""Bytes of a record → hash of what is to be compared of them."""

ABSENT = 0
"""The value hash of a key whose last record is a tombstone."""

HEADER_BYTES = 5
_FIRST_MERGE = 1 << 18


def payload(framed: bytes) -> bytes:
    """The bytes behind the registry's header (a zero byte and the schema id), all of them where there is
    none.
    """
    return framed[HEADER_BYTES:] if len(framed) >= HEADER_BYTES and framed[0] == 0 else framed


def bytes_digest(framed: bytes) -> int:
    """The hash of a record's bytes without the registry's header; never ABSENT."""
    return xxhash.xxh3_64_intdigest(payload(framed)) or 1


def whole_digest(raw: bytes) -> int:
    """The hash of all of a record's bytes, where a zero byte begins no header; never ABSENT."""
    return xxhash.xxh3_64_intdigest(raw) or 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Folded:
    """A topic folded: ``keys`` sorted and unique, with the hash and timestamp (ms) of the last value of each.

    For a table without key, ``keys`` are hashes of whole rows and ``values`` how often each stands there.
    ``records`` counts what the topic holds, ``rows`` what is there once it is folded.
    """

    keys: Hashes
    values: Hashes
    stamps: Stamps
    records: int
    rows: int
    tombstones: int
    null_keys: int


class ChangelogFold:
    """Folds the changelog of a keyed table: the last record of a key wins, a tombstone deletes it.

    :param digest: what of a value is compared.
    :param key_digest: what two records of one key have in common.
    """

    def __init__(self, digest: Digest = bytes_digest, key_digest: Digest = bytes_digest) -> None:
        self._digest = digest
        self._key_digest = key_digest
        self._keys: Hashes = np.empty(0, np.uint64)
        self._values: Hashes = np.empty(0, np.uint64)
        self._stamps: Stamps = np.empty(0, np.int64)
        self._clear()
        self._records = self._tombstones = self._null_keys = 0

    def add(self, records: Iterable[KafkaRecord]) -> None:
        """Fold further records in; those of one key come in their order in the topic."""
        digest, limit = self._digest, max(_FIRST_MERGE, len(self._keys) // 4)
        for record in records:
            self._records += 1
            if record.key is None:
                self._null_keys += 1
                continue
            self._new_keys.append(self._key_digest(record.key))
            if record.value is None:
                self._tombstones += 1
                self._new_values.append(ABSENT)
            else:
                self._new_values.append(digest(record.value))
            self._new_stamps.append(record.timestamp)
            if len(self._new_keys) >= limit:
                self._merge()
                limit = max(_FIRST_MERGE, len(self._keys) // 4)

    def folded(self) -> Folded:
        """What the topic says last, so far."""
        self._merge()
        return Folded(
            keys=self._keys,
            values=self._values,
            stamps=self._stamps,
            records=self._records,
            rows=int(np.count_nonzero(self._values)),
            tombstones=self._tombstones,
            null_keys=self._null_keys,
        )

    def _merge(self) -> None:
        if not self._new_keys:
            return
        keys = _joined(self._keys, self._new_keys, np.uint64)
        order = np.argsort(keys, kind="stable")  # stable: of equal keys the newest record stays last
        keys = keys[order]
        last = np.empty(len(keys), np.bool_)
        last[-1] = True
        np.not_equal(keys[1:], keys[:-1], out=last[:-1])
        self._keys = keys[last]
        del keys
        order = order[last]
        self._values = _joined(self._values, self._new_values, np.uint64)[order]
        self._stamps = _joined(self._stamps, self._new_stamps, np.int64)[order]
        self._clear()

    def _clear(self) -> None:
        self._new_keys, self._new_values, self._new_stamps = array("Q"), array("Q"), array("q")


class RowFold:
    """Counts the rows of a table without key, where every record is a row.

    :param digest: what of a row is compared.
    """

    def __init__(self, digest: Digest = bytes_digest) -> None:
        self._digest = digest
        self._rows, self._stamps = array("Q"), array("q")
        self._tombstones = 0

    def add(self, records: Iterable[KafkaRecord]) -> None:
        """Count further records."""
        for record in records:
            if record.value is None:
                self._tombstones += 1
                continue
            self._rows.append(self._digest(record.value))
            self._stamps.append(record.timestamp)

    def folded(self) -> Folded:
        """How often each row stands there, with the newest timestamp of each."""
        rows = np.array(self._rows, np.uint64)
        keys, inverse, counts = np.unique(rows, return_inverse=True, return_counts=True)
        stamps = np.full(len(keys), np.iinfo(np.int64).min, np.int64)
        np.maximum.at(stamps, inverse, np.array(self._stamps, np.int64))
        return Folded(
            keys=keys,
            values=counts.astype(np.uint64),
            stamps=stamps,
            records=len(rows) + self._tombstones,
            rows=len(rows),
            tombstones=self._tombstones,
            null_keys=0,
        )


def _joined(old: npt.NDArray[Any], new: "array[int]", kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate([old, np.frombuffer(new, kind)])
