"""Topics, offsets, records."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from airflow_bluegreen.core.comparison.hashed import Chosen, HashedRecords, Hashing
from airflow_bluegreen.core.model import KafkaRecord, Offsets, Topic


class RecordReader(Protocol):
    """The records of topics, and where they lie."""

    def identity(self, name: str) -> str:
        """What tells a topic from one that is created under its name later; empty without such a topic, and
        where nothing tells them apart.
        """
        ...

    def begin_offsets(self, *topics: str) -> Offsets:
        """The first offset that each partition of these topics still holds, in one question for all."""
        ...

    def end_offsets(self, *topics: str) -> Offsets:
        """The offset after the last record of each partition of these topics, in one question for all."""
        ...

    def read(self, topic: str, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        """Every record with start <= offset < end; joins no consumer group and commits nothing."""
        ...

    def read_hashed(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing
    ) -> Iterator[HashedRecords]:
        """The same records as hashes, in batches; those of a partition come in the order of offsets.

        Where none come for a while there is a batch without any, at which whoever reads can end it.
        """
        ...

    def hashes_apart(self) -> bool:
        """Whether many records are hashed without Python's interpreter, so that two topics may be at once."""
        ...

    def read_chosen(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing, chosen: Chosen
    ) -> Iterator[KafkaRecord]:
        """Of the same records those that are chosen by their hash."""
        ...

    def read_places(self, topic: str, places: Iterable[int]) -> Iterator[KafkaRecord]:
        """The records at these places (see ``place_of``), as far as they are still there."""
        ...


class TopicReader(RecordReader, Protocol):
    """Topics, offsets, records."""

    def names(self) -> Collection[str]:
        """The names of all topics that we may see."""
        ...

    def topic(self, name: str) -> Topic | None: ...

    def described(self, *names: str) -> Mapping[str, Topic]:
        """Those of these topics that exist, by name, in one question for all."""
        ...

    def log_ends(self, topic: str) -> Offsets:
        """Where the next records will be: what is not committed counts, and transaction markers do."""
        ...

    def retention_ms(self, topic: str) -> int | None:
        """How long its records stay by time, in ms; None where time deletes none (compacted, or for good)."""
        ...

    def group_offsets(self, group: str) -> Offsets:
        """Committed offsets of a consumer group, empty where it has none."""
        ...

    def group_members(self, group: str) -> int:
        """How many consumers are in a group: what it committed is final once none is left."""
        ...

    def allowed(self, topic: str) -> frozenset[str] | None:
        """What our user may do with an existing topic: ``READ``, ``WRITE``, ``DELETE`` and so on.

        Everything where the brokers have no authorizer; nothing where they do not even show us the topic;
        None where there is no such topic, or where they do not tell.
        """
        ...

    def refusal_to_create(self, topic: Topic) -> str | None:
        """Why the brokers would not create it (permission, settings, policy); None if they would.

        They check everything and create nothing.
        """
        ...


class TopicWriter(Protocol):
    def create_topic(self, topic: Topic) -> None:
        """Create it; ConflictError if it exists (compare first)."""
        ...

    def delete_topic(self, name: str) -> None:
        """Delete it and wait until it is gone; an absent topic is fine."""
        ...

    def write_records(self, topic: str, records: Sequence[KafkaRecord]) -> None:
        """Append these records, each to its partition with its timestamp, and wait until all are stored.

        Offsets are the topic's to give. Raises OutcomeUnknownError when not all were acknowledged.
        """
        ...

    def delete_group(self, group: str) -> None:
        """Forget a consumer group; an absent one is fine. Raises ConflictError while it has members."""
        ...


class Topics(TopicReader, TopicWriter, Protocol): ...
