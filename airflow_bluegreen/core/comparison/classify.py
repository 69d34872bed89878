"""Which keys are the same on both sides, and which are not, and since when."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from airflow_bluegreen.core.comparison.fold import Fold, Folded
from airflow_bluegreen.core.comparison.hashed import Hashes, Stamps
from airflow_bluegreen.core.model import KeyCounts


class Side(IntEnum):
    """Where a key that differs stands."""

    BLUE_ONLY = 0
    GREEN_ONLY = 1
    DIFF = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classified:
    """``match`` rows are the same. The others, sorted by nothing in particular: ``keys`` with their
    :class:`Side`, the newest timestamp (ms) of either side, and how many rows each stands for (1 for a keyed
    table).
    """

    match: int
    keys: Hashes
    sides: npt.NDArray[np.uint8]
    stamps: Stamps
    weights: npt.NDArray[np.int64]

    @property
    def differing(self) -> int:
        return len(self.keys)

    def counts(self, lasting: "Classified") -> KeyCounts:
        """Keys by class; of those that differ, all but the ``lasting`` ones are in flight."""
        counted = {side: int(lasting.weights[lasting.sides == side].sum()) for side in Side}
        return KeyCounts(
            match=self.match,
            blue_only=counted[Side.BLUE_ONLY],
            green_only=counted[Side.GREEN_ONLY],
            diff=counted[Side.DIFF],
            in_flight=int(self.weights.sum() - lasting.weights.sum()),
        )

    def settled(self, *, in_flight_since: int) -> "Classified":
        """Only what last changed before ``in_flight_since`` (ms)."""
        return self.only(self.stamps < in_flight_since)

    def standing_since(self, before: "Classified") -> "Classified":
        """Only what differed ``before`` already, by the same records."""
        order = np.argsort(before.keys)
        at, known = _lookup(before.keys[order], self.keys)
        return self.only(known & (_taken(before.stamps[order], at) == self.stamps))

    def of(self, side: Side) -> "Classified":
        """Only what differs in that way."""
        return self.only(self.sides == side)

    def only(self, chosen: npt.NDArray[np.bool_]) -> "Classified":
        """The differing keys that are chosen, by position."""
        return Classified(
            match=self.match,
            keys=self.keys[chosen],
            sides=self.sides[chosen],
            stamps=self.stamps[chosen],
            weights=self.weights[chosen],
        )


def classify(blue: Fold, green: Fold) -> Classified:
    """Compare two topics, bucket by bucket: keyed tables key by key, others as multisets of rows."""
    by = classify_keys if green.keyed else classify_rows
    count = max(blue.buckets, green.buckets)
    found = [by(blue.part(at, count), green.part(at, count)) for at in range(count)]
    return Classified(
        match=sum(one.match for one in found),
        keys=np.concatenate([one.keys for one in found]),
        sides=np.concatenate([one.sides for one in found]),
        stamps=np.concatenate([one.stamps for one in found]),
        weights=np.concatenate([one.weights for one in found]),
    )


def classify_keys(blue: Folded, green: Folded) -> Classified:
    """Compare two keyed tables, key by key; a deleted key is one that is not there."""
    blue_at_green, known = _lookup(green.keys, blue.keys)
    green_values = np.where(known, _taken(green.values, blue_at_green), 0).astype(np.uint64)
    green_stamps = np.where(known, _taken(green.stamps, blue_at_green), blue.stamps)
    differs = blue.values != green_values
    sides = np.where(
        green_values == 0, Side.BLUE_ONLY, np.where(blue.values == 0, Side.GREEN_ONLY, Side.DIFF)
    )
    fresh = ~_lookup(blue.keys, green.keys)[1] & (green.values != 0)
    keys = np.concatenate([blue.keys[differs], green.keys[fresh]])
    return Classified(
        match=int(np.count_nonzero(~differs & (blue.values != 0))),
        keys=keys,
        sides=np.concatenate([sides[differs], np.full(int(fresh.sum()), Side.GREEN_ONLY)]).astype(np.uint8),
        stamps=np.concatenate([np.maximum(blue.stamps, green_stamps)[differs], green.stamps[fresh]]),
        weights=np.ones(len(keys), np.int64),
    )


def classify_rows(blue: Folded, green: Folded) -> Classified:
    """Compare two tables without key as multisets of rows."""
    keys = np.union1d(blue.keys, green.keys)
    blue_counts, blue_stamps = _spread(blue, keys)
    green_counts, green_stamps = _spread(green, keys)
    surplus = green_counts - blue_counts
    differs = surplus != 0
    sides = np.where(surplus < 0, Side.BLUE_ONLY, Side.GREEN_ONLY)
    return Classified(
        match=int(np.minimum(blue_counts, green_counts).sum()),
        keys=keys[differs],
        sides=sides[differs].astype(np.uint8),
        stamps=np.maximum(blue_stamps, green_stamps)[differs],
        weights=np.abs(surplus)[differs],
    )


def _lookup(within: Hashes, wanted: Hashes) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Position of each wanted key in the sorted array, and whether it is there."""
    if len(within) == 0:
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    if np.array_equal(within, wanted):  # as most buckets are, of two topics with hardly a difference
        return np.arange(len(within)), np.ones(len(within), np.bool_)
    at = np.minimum(np.searchsorted(within, wanted), len(within) - 1)
    return at, within[at] == wanted


def _taken(values: npt.NDArray[np.generic], at: npt.NDArray[np.intp]) -> npt.NDArray[np.generic]:
    return values[at] if len(values) else np.zeros(len(at), values.dtype)


def _spread(side: Folded, keys: Hashes) -> tuple[npt.NDArray[np.int64], Stamps]:
    at, known = _lookup(side.keys, keys)
    counts = np.where(known, _taken(side.values, at), 0).astype(np.int64)
    stamps = np.where(known, _taken(side.stamps, at), np.iinfo(np.int64).min).astype(np.int64)
    return counts, stamps
