"""What the answers to the queries of :mod:`~airflow_bluegreen.core.comparison.flink_sql` say."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.comparison.flink_marks import Place, milliseconds, place_of
from airflow_bluegreen.core.comparison.flink_tables import BLUE, GREEN
from airflow_bluegreen.core.model import ConvergencePoint, KafkaRecord, KeyCounts

Answer = Sequence[Any]
"""A row that Flink answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksums:
    """Both sides by their buckets: ``equal`` rows lie in buckets that agree, ``differing`` are the others."""

    facts: Mapping[str, Facts]
    equal: int
    differing: frozenset[int]


def read_checksums(answers: Iterable[Answer], topics: Mapping[str, str], *, keyed: bool) -> Checksums:
    """What the checksum query answered.

    :param topics: the topic of each side.
    """
    sums: dict[str, dict[int, tuple[int, int, int]]] = {side: {} for side in topics}
    facts: dict[str, Counter[str]] = {side: Counter() for side in topics}
    for side, bucket, records, tombstones, rows, *checksum in answers:
        placed = bucket >= 0
        facts[side]["records"] += records
        facts[side]["tombstones"] += tombstones if placed or not keyed else 0
        facts[side]["null_keys"] += 0 if placed or not keyed else records
        facts[side]["rows"] += rows
        if placed and rows:
            sums[side][bucket] = (rows, *checksum)
    blue, green = sums.get(BLUE, {}), sums[GREEN]
    agreeing = {bucket for bucket in blue if blue[bucket] == green.get(bucket)}
    return Checksums(
        facts={side: Facts(topic=topic, **_counted(facts[side])) for side, topic in topics.items()},
        equal=sum(blue[bucket][0] for bucket in agreeing),
        differing=frozenset((blue.keys() | green.keys()) - agreeing) if BLUE in topics else frozenset(),
    )


def _counted(found: Counter[str]) -> dict[str, int]:
    return {name: found[name] for name in ("records", "rows", "tombstones", "null_keys")}


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingKey:
    """A key that differs for good: its presence, and where each side's newest record lies, if it has one."""

    side: str
    blue: Place | None
    green: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What differs in the buckets that differ: rows by presence and age."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def young(self) -> int:
        """Rows that differ since a moment ago: nobody knows yet whether that lasts."""
        return sum(rows for (side, age), rows in self.counts.items() if age == "young" and side != "match")

    @property
    def differing(self) -> int:
        """Rows that differ, lasting or not."""
        return sum(rows for (side, _), rows in self.counts.items() if side != "match")

    @property
    def shared(self) -> int:
        """Rows on both sides, the same or not."""
        return sum(rows for (side, _), rows in self.counts.items() if side in ("match", "diff"))

    def point(self, *, at_ms: int) -> ConvergencePoint:
        """What a look at that time saw."""
        lasting = sum(
            rows for (side, age), rows in self.counts.items() if age == "lasting" and side != "match"
        )
        return ConvergencePoint(at_ms=at_ms, differing=self.differing, in_flight=self.differing - lasting)

    def key_counts(self, equal: int) -> KeyCounts:
        """Keys by class, with those of the buckets that agree."""
        lasting = {side: rows for (side, age), rows in self.counts.items() if age == "lasting"}
        matching = sum(rows for (side, _), rows in self.counts.items() if side == "match")
        single = {side: lasting.get(side, 0) for side in ("blue_only", "green_only", "diff")}
        return KeyCounts(match=equal + matching, **single, in_flight=self.differing - sum(single.values()))


def read_counts(answers: Iterable[Answer]) -> dict[tuple[str, str], int]:
    """What the count query answered, by presence and age."""
    return {(side, age): rows for side, age, rows in answers}


def read_keys(answers: Iterable[Answer]) -> tuple[DifferingKey, ...]:
    """What the key query answered."""
    return tuple(
        DifferingKey(
            side=side,
            blue=place_of(blue) if blue else None,
            green=place_of(green) if green else None,
        )
        for side, blue, green in answers
    )


def records_of(listed: Iterable[DifferingKey], *, keyed: bool) -> dict[str, set[Place]]:
    """Where the records of these keys lie, by side; of rows without a key only those of the side that has
    more of them.
    """
    places: dict[str, set[Place]] = {BLUE: set(), GREEN: set()}
    for one in listed:
        if one.blue is not None and (keyed or one.side == "blue_only"):
            places[BLUE].add(one.blue)
        if one.green is not None and (keyed or one.side == "green_only"):
            places[GREEN].add(one.green)
    return places


def read_drawn(answers: Iterable[Answer]) -> dict[str, list[KafkaRecord]]:
    """What the query for records, or drawn records, answered: by side, as they lie in their topic."""
    found: dict[str, list[KafkaRecord]] = {}
    for side, partition, offset, at, key, value in answers:
        record = KafkaRecord(
            partition=partition,
            offset=offset,
            timestamp=milliseconds(at),
            key=_bytes(key),
            value=_bytes(value),
        )
        found.setdefault(side, []).append(record)
    return {
        side: sorted(records, key=lambda one: (one.partition, one.offset)) for side, records in found.items()
    }


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
