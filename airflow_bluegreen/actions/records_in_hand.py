"""Records that somebody else has read, to be compared as if they were topics."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from airflow_bluegreen.core.comparison.hashed import (
    Chosen,
    HashedRecords,
    Hashing,
    choose_records,
    hash_records,
    place_of,
)
from airflow_bluegreen.core.model import KafkaRecord, Offsets


class RecordsInHand:
    """Implements ``ports.RecordReader``.

    :param records: by topic; those of a partition in the order of their offsets.
    """

    def __init__(self, records: Mapping[str, Sequence[KafkaRecord]]) -> None:
        self._records = records

    def identity(self, name: str) -> str:
        """Nothing tells them apart from others of that name."""
        return ""

    def begin_offsets(self, *topics: str) -> Offsets:
        """The offset of the first record of each partition that has one."""
        first: dict[tuple[str, int], int] = {}
        for topic in topics:
            for one in self._records[topic]:
                first.setdefault((topic, one.partition), one.offset)
        return first

    def end_offsets(self, *topics: str) -> Offsets:
        """The offset after the last record of each partition that has one."""
        return {(topic, one.partition): one.offset + 1 for topic in topics for one in self._records[topic]}

    def read(self, topic: str, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        """Every record with start <= offset < end."""
        for one in self._records[topic]:
            at = topic, one.partition
            if start.get(at, 0) <= one.offset < end.get(at, 0):
                yield one

    def read_hashed(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing
    ) -> Iterator[HashedRecords]:
        """The same records as hashes."""
        return hash_records(
            self.read(topic, start, end),
            keyed=hashing.keyed,
            value_digest=hashing.value_digest,
            key_digest=hashing.key_digest,
            topic=topic,
        )

    def hashes_apart(self) -> bool:
        """They are hashed in Python."""
        return False

    def read_chosen(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing, chosen: Chosen
    ) -> Iterator[KafkaRecord]:
        """Of the same records those that are chosen by their hash."""
        return choose_records(
            self.read(topic, start, end),
            chosen,
            keyed=hashing.keyed,
            value_digest=hashing.value_digest,
            key_digest=hashing.key_digest,
        )

    def read_places(self, topic: str, places: Iterable[int]) -> Iterator[KafkaRecord]:
        """The records at these places."""
        wanted = set(places)
        return (one for one in self._records[topic] if place_of(one.partition, one.offset) in wanted)
