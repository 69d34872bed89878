"""A Kafka cluster: topics, offsets and records, through librdkafka."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from airflow_bluegreen.clients import native_reader
from airflow_bluegreen.clients.partition_reader import (
    last_records,
    read_batches,
    read_partitions,
    read_places,
)
from airflow_bluegreen.clients.record_writer import write_records
from airflow_bluegreen.clients.topic_admin import EARLIEST, LATEST, TopicAdmin, unknown_topic
from airflow_bluegreen.core.comparison.hashed import (
    Chosen,
    HashedRecords,
    Hashing,
    choose_records,
    hash_batches,
)
from airflow_bluegreen.core.model import KafkaRecord, Offsets, Topic

NATIVE_ABOVE = 100_000
"""Of fewer records, compiled code would not make up for the time in which it is loaded."""


class KafkaCluster:
    """Implements ``ports.Topics``.

    :param conf: a librdkafka configuration (``bootstrap.servers``, SASL, TLS …), as the Kafka provider's
        connections hold it.
    :param native_above: how many records are hashed in compiled code, where it can be had.
    """

    def __init__(self, conf: Mapping[str, str], native_above: int = NATIVE_ABOVE) -> None:
        self._conf = dict(conf)
        self.native_above = native_above
        self._admin = TopicAdmin(conf)
        self._data_ends: dict[tuple[str, int], tuple[int, int]] = {}

    def close(self) -> None:
        self._admin.close()

    # --- reading ---

    def names(self) -> tuple[str, ...]:
        """Names of all topics that the user may see, sorted."""
        return self._admin.names()

    def topic(self, name: str) -> Topic | None:
        """Partitions, their copies and what was set on the topic itself; None where there is none."""
        return self._admin.described(name).get(name)

    def described(self, *names: str) -> Mapping[str, Topic]:
        """Those of these topics that exist, as :meth:`topic` tells them, in two requests for all.

        Raises AccessError when we may not see one of them.
        """
        return self._admin.described(*names)

    def identity(self, name: str) -> str:
        """The id that the brokers gave the topic; empty without such a topic, or where they give no ids."""
        return self._admin.identity(name)

    def allowed(self, topic: str) -> frozenset[str] | None:
        """What our user may do with an existing topic; none of it where it may not even see the topic."""
        return self._admin.allowed(topic)

    def refusal_to_create(self, topic: Topic) -> str | None:
        """Why the brokers would not create it; None if they would. They are asked to check it only."""
        return self._admin.refusal_to_create(topic)

    def begin_offsets(self, *topics: str) -> Offsets:
        """The first offset that each partition still holds. Raises ConfigurationError without a topic."""
        return self._admin.offsets(EARLIEST, *topics)

    def end_offsets(self, *topics: str) -> Offsets:
        """The offset after the last committed record of each partition.

        Transaction markers behind it are not counted (the broker's end offset counts them): a reader that has
        everything would otherwise seem one record behind until somebody writes. A partition without a record
        ends where it begins. Raises ConfigurationError without such a topic.
        """
        log_ends = self._admin.offsets(LATEST, *topics)
        moved = {at: end for at, end in log_ends.items() if self._data_ends.get(at, (-1, 0))[0] != end}
        if moved:
            begins = self.begin_offsets(*{topic for topic, _ in moved})
            stretches = {at: (begins[at], end) for at, end in moved.items()}
            found = last_records(self._conf, stretches)
            for at, (begin, end) in stretches.items():
                self._data_ends[at] = (end, found[at] + 1 if at in found else begin)
        return {at: self._data_ends[at][1] for at in log_ends}

    def log_ends(self, topic: str) -> Offsets:
        """Where the next records will be: what is not committed counts, and transaction markers do.

        Raises ConfigurationError without such a topic.
        """
        return self._admin.offsets(LATEST, topic, committed=False)

    def retention_ms(self, topic: str) -> int | None:
        """How long its records stay by time, in ms; None where time deletes none (compacted, or for good).

        What ``retention.bytes`` deletes earlier depends on how much is written, and is not counted. Raises
        ConfigurationError without such a topic.
        """
        if self._admin.partitions(topic) is None:
            raise unknown_topic(topic)
        settings = self._admin.effective_config(topic)
        if "delete" not in settings.get("cleanup.policy", "delete"):
            return None
        kept = int(settings.get("retention.ms", "-1"))
        return kept if kept >= 0 else None

    def group_offsets(self, group: str) -> Offsets:
        """Committed offsets of a consumer group, empty where it has none."""
        return self._admin.group_offsets(group)

    def group_members(self, group: str) -> int:
        """How many consumers are in a group, 0 where there is no such group."""
        return self._admin.group_members(group)

    def read(self, topic: str, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        """Every committed record with start <= offset < end, in the order of offsets within a partition.

        A partition that ``start`` does not name is read from its beginning, one that ``end`` does not name
        not at all. Ends also where the tail was compacted away, holds transaction markers or is not committed
        yet. Joins no consumer group. Raises ConfigurationError without such a topic, TransientError when the
        brokers fall silent.
        """
        return read_partitions(self._conf, self._stretches(topic, start, end))

    def read_hashed(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing
    ) -> Iterator[HashedRecords]:
        """The same records as hashes, in batches: many of them in compiled code, where it can be had. A batch
        without records where none come for a while.
        """
        wanted = self._stretches(topic, start, end)
        if self._native(wanted):
            return native_reader.read_hashed(self._conf, topic, _by_partition(wanted), hashing)
        return hash_batches(
            read_batches(self._conf, wanted),
            keyed=hashing.keyed,
            value_digest=hashing.value_digest,
            key_digest=hashing.key_digest,
        )

    def hashes_apart(self) -> bool:
        """Whether compiled code can be had for many records, with this configuration."""
        return native_reader.can_read(self._conf)

    def read_chosen(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing, chosen: Chosen
    ) -> Iterator[KafkaRecord]:
        """Of the same records those that are chosen by their hash."""
        wanted = self._stretches(topic, start, end)
        if self._native(wanted):
            return native_reader.read_chosen(self._conf, topic, _by_partition(wanted), hashing, chosen)
        return choose_records(
            read_partitions(self._conf, wanted),
            chosen,
            keyed=hashing.keyed,
            value_digest=hashing.value_digest,
            key_digest=hashing.key_digest,
        )

    def read_places(self, topic: str, places: Iterable[int]) -> Iterator[KafkaRecord]:
        """The records at these places, as far as they are still there, by partition and offset."""
        self._stretches(topic, {}, {})
        return read_places(self._conf, topic, places)

    def _native(self, wanted: Mapping[tuple[str, int], tuple[int, int]]) -> bool:
        spanned = sum(max(0, stop - first) for first, stop in wanted.values())
        return spanned >= self.native_above and native_reader.can_read(self._conf)

    def _stretches(
        self, topic: str, start: Offsets, end: Offsets
    ) -> Mapping[tuple[str, int], tuple[int, int]]:
        if self._admin.partitions(topic) is None:
            raise unknown_topic(topic)
        return {at: (start.get(at, 0), stop) for at, stop in end.items() if at[0] == topic}

    # --- writing ---

    def create_topic(self, topic: Topic) -> None:
        """Create it, and wait until it can be seen.

        Raises ConflictError if it exists, ConfigurationError if the brokers refuse its name or configuration.
        """
        self._admin.create(topic)

    def delete_topic(self, name: str) -> None:
        """Delete it and wait until it is gone; an absent topic is fine."""
        self._admin.delete(name)
        self._data_ends = {at: known for at, known in self._data_ends.items() if at[0] != name}

    def write_records(self, topic: str, records: Sequence[KafkaRecord]) -> None:
        """Append these records, each to its partition with its timestamp, and wait until all are stored.

        Raises ConfigurationError without such a topic, OutcomeUnknownError when not all were acknowledged.
        """
        if self._admin.partitions(topic) is None:
            raise unknown_topic(topic)
        write_records(self._conf, topic, records)

    def delete_group(self, group: str) -> None:
        """Forget a consumer group; an absent one is fine. Raises ConflictError while it has members."""
        self._admin.delete_group(group)


def _by_partition(wanted: Mapping[tuple[str, int], tuple[int, int]]) -> native_reader.Stretches:
    return {part: stretch for (_, part), stretch in wanted.items()}
