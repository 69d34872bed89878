"""Which records are decoded: all of them, or those of a share of the keys that is the same on both sides."""

import heapq
from dataclasses import dataclass

import numpy as np

from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen
from airflow_bluegreen.core.model import KafkaRecord

_SLACK = 1.25
"""So many times the budget may be drawn before some is put back: some keys have more records than others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRecord:
    """A record with its number in the order of reading and the hash of its key (of its row, where it has no
    key). ``sampled`` is False for one that was drawn only because its key differs.
    """

    number: int
    hash: int
    record: KafkaRecord
    sampled: bool = True


class Draw:
    """The records of one side whose hash is below ``limit``, and all of those ``wanted``.

    Hashes are spread evenly, so the records below any limit are a sample by key; with the lower limit of
    both sides it is the same keys on both.
    """

    def __init__(self, side: TopicFold, budget: int, wanted: frozenset[int]) -> None:
        self._limit = _first_limit(side.fold.records, budget)
        self._drawn: list[DrawnRecord] = []
        self._wanted = wanted
        chosen = Chosen(below=self._limit, keys=np.array(sorted(wanted), np.uint64))
        for number, record in enumerate(side.read_again(chosen)):
            hashed = side.hash_of(record)
            if hashed is None or (hashed >= self._limit and hashed not in wanted):
                continue
            self._drawn.append(DrawnRecord(number=number, hash=hashed, record=record))
            if len(self._drawn) > budget * _SLACK + len(wanted):
                self._lower(budget)

    @property
    def limit(self) -> int:
        """Hashes from here on were left out."""
        return self._limit

    def below(self, limit: int) -> list[DrawnRecord]:
        """The records below a limit that is no higher than the own one, and those wanted, in order."""
        return [
            one
            if one.hash < limit
            else DrawnRecord(number=one.number, hash=one.hash, record=one.record, sampled=False)
            for one in self._drawn
            if one.hash < limit or one.hash in self._wanted
        ]

    def _lower(self, budget: int) -> None:
        hashes = [one.hash for one in self._drawn if one.hash < self._limit]
        if len(hashes) <= budget:
            return
        self._limit = heapq.nsmallest(budget, hashes)[-1]
        self._drawn = [one for one in self._drawn if one.hash < self._limit or one.hash in self._wanted]


def _first_limit(records: int, budget: int) -> int:
    """A limit below which there are about as many records as are decoded, all where there are few more."""
    if records <= budget * _SLACK:
        return EVERYTHING
    return int(EVERYTHING * budget / records)
