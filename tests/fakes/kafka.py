"""Topics in memory."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from airflow_bluegreen.core.comparison.hashed import (
    Chosen,
    HashedRecords,
    Hashing,
    choose_records,
    hash_records,
    place_of,
)
from airflow_bluegreen.core.model import KafkaRecord, Offsets, Topic
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError
from tests.fakes.clock import FakeClock
from tests.fakes.wire import Wire

OPERATIONS = frozenset(
    {"ALTER", "ALTER_CONFIGS", "CREATE", "DELETE", "DESCRIBE", "DESCRIBE_CONFIGS", "READ", "WRITE"}
)


def _digests(hashing: Hashing) -> dict[str, Any]:
    return {
        "keyed": hashing.keyed,
        "value_digest": hashing.value_digest,
        "key_digest": hashing.key_digest,
    }


class Consumers(Protocol):
    """A fake that consumes in groups."""

    def members(self, group: str) -> int: ...


class FakeTopics:
    """Implements ``ports.Topics``. Offsets keep their holes when a topic is compacted, as in Kafka.

    ``denied`` maps topics to operations that we may not carry out there, ``refusals`` to why they would not
    be created. ``without_ids``: as brokers that give topics no ids. ``compiled``: as if many were hashed
    in compiled code.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self._topics: dict[str, Topic] = {}
        self._identities: dict[str, int] = {}
        self._logs: dict[tuple[str, int], list[KafkaRecord]] = {}
        self._ends: dict[tuple[str, int], int] = {}
        self._begins: dict[tuple[str, int], int] = {}
        self.without_ids = False
        self.compiled = True
        self.groups: dict[str, dict[tuple[str, int], int]] = {}
        self.denied: dict[str, frozenset[str]] = {}
        self.refusals: dict[str, str] = {}
        self.members: set[str] = set()
        self.consumers: list[Consumers] = []

    # --- the port ---

    def names(self) -> set[str]:
        return set(self._topics)

    def topic(self, name: str) -> Topic | None:
        with self.wire.call("topic", name):
            return self._topics.get(name)

    def described(self, *names: str) -> Mapping[str, Topic]:
        with self.wire.call("described", *names):
            return {name: self._topics[name] for name in names if name in self._topics}

    def identity(self, name: str) -> str:
        with self.wire.call("identity", name):
            known = name in self._topics and not self.without_ids
            return str(self._identities[name]) if known else ""

    def begin_offsets(self, *topics: str) -> Offsets:
        with self.wire.call("begin_offsets", *topics):
            return {
                (name, part): self._begins[name, part] for name in topics for part in self._partitions(name)
            }

    def end_offsets(self, *topics: str) -> Offsets:
        with self.wire.call("end_offsets", *topics):
            return {
                (name, part): self._data_end(name, part) for name in topics for part in self._partitions(name)
            }

    def log_ends(self, topic: str) -> Offsets:
        with self.wire.call("log_ends", topic):
            return {(topic, part): self._ends[topic, part] for part in self._partitions(topic)}

    def retention_ms(self, topic: str) -> int | None:
        with self.wire.call("retention_ms", topic):
            self._partitions(topic)
            config = self._topics[topic].config
            kept = int(config.get("retention.ms", str(7 * 86_400_000)))
            return kept if "delete" in config.get("cleanup.policy", "delete") and kept >= 0 else None

    def delete_group(self, group: str) -> None:
        with self.wire.call("delete_group", group):
            if group in self.members:
                raise ConflictError(f"consumer group {group} has members")
            self.groups.pop(group, None)

    def group_offsets(self, group: str) -> Offsets:
        with self.wire.call("group_offsets", group):
            return dict(self.groups.get(group, {}))

    def group_members(self, group: str) -> int:
        with self.wire.call("group_members", group):
            return sum(consumers.members(group) for consumers in self.consumers)

    def read(self, topic: str, start: Offsets, end: Offsets) -> Iterator[KafkaRecord]:
        with self.wire.call("read", topic, start, end):
            self._partitions(topic)
        for (name, partition), stop in end.items():
            if name == topic:
                first = start.get((name, partition), 0)
                yield from [r for r in self._logs[name, partition] if first <= r.offset < stop]

    def read_hashed(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing
    ) -> Iterator[HashedRecords]:
        return hash_records(self.read(topic, start, end), **_digests(hashing))

    def hashes_apart(self) -> bool:
        return self.compiled

    def read_chosen(
        self, topic: str, start: Offsets, end: Offsets, hashing: Hashing, chosen: Chosen
    ) -> Iterator[KafkaRecord]:
        return choose_records(self.read(topic, start, end), chosen, **_digests(hashing))

    def read_places(self, topic: str, places: Iterable[int]) -> Iterator[KafkaRecord]:
        wanted = set(places)
        with self.wire.call("read_places", topic, wanted):
            parts = self._partitions(topic)
        for part in parts:
            yield from [r for r in self._logs[topic, part] if place_of(r.partition, r.offset) in wanted]

    def allowed(self, topic: str) -> frozenset[str] | None:
        with self.wire.call("allowed", topic):
            denied = self.denied.get(topic, frozenset())
            if "DESCRIBE" in denied:
                return frozenset()
            return OPERATIONS - denied if topic in self._topics else None

    def refusal_to_create(self, topic: Topic) -> str | None:
        with self.wire.call("refusal_to_create", topic):
            if topic.name in self._topics:
                return f"Topic '{topic.name}' already exists."
            if not set(topic.config.get("cleanup.policy", "delete").split(",")) <= {"delete", "compact"}:
                return "Invalid value for configuration cleanup.policy"
            return self.refusals.get(topic.name)

    def create_topic(self, topic: Topic) -> None:
        with self.wire.call("create_topic", topic):
            if topic.name in self._topics:
                raise ConflictError(f"topic {topic.name} exists already")
            copies = topic.replication or 1
            self._identities[topic.name] = self._identities.get(topic.name, 0) + 1
            self._topics[topic.name] = replace(topic, config=dict(topic.config), replication=copies)
            for partition in range(topic.partitions):
                self._logs[topic.name, partition] = []
                self._ends[topic.name, partition] = 0
                self._begins[topic.name, partition] = 0

    def delete_topic(self, name: str) -> None:
        with self.wire.call("delete_topic", name):
            topic = self._topics.pop(name, None)
            for partition in range(topic.partitions if topic else 0):
                for kept in (self._logs, self._ends, self._begins):
                    kept.pop((name, partition), None)

    def write_records(self, topic: str, records: Sequence[KafkaRecord]) -> None:
        with self.wire.call("write_records", topic):
            for one in records:
                self.produce(topic, one.key, one.value, partition=one.partition, timestamp=one.timestamp)

    # --- what tests do to the cluster ---

    def configure(self, name: str, **config: str) -> None:
        """Set something on a topic by hand; underscores stand for dots."""
        named = {key.replace("_", "."): value for key, value in config.items()}
        topic = self._topics[name]
        self._topics[name] = replace(topic, config={**topic.config, **named})

    def ensure(self, name: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> None:
        """Have that topic, without a call being recorded."""
        if name not in self._topics:
            calls = len(self.wire.calls)
            self.create_topic(Topic(name=name, partitions=partitions, config=config or {}))
            del self.wire.calls[calls:]

    def recreate(self, name: str, config: Mapping[str, str]) -> None:
        """The topic anew and empty, with that configuration, without a call being recorded."""
        calls, partitions = len(self.wire.calls), self._topics[name].partitions
        self.delete_topic(name)
        self.create_topic(Topic(name=name, partitions=partitions, config=config))
        del self.wire.calls[calls:]

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int | None = None,
        timestamp: int | None = None,
    ) -> KafkaRecord:
        """Append a record; equal keys go to the same partition. ``timestamp`` in ms, else the clock's."""
        parts = self._partitions(topic)
        chosen = partition if partition is not None else zlib.crc32(key or b"") % len(parts)
        record = KafkaRecord(
            partition=chosen,
            offset=self._ends[topic, chosen],
            timestamp=self.clock.now_ms() if timestamp is None else timestamp,
            key=key,
            value=value,
        )
        self._logs[topic, chosen].append(record)
        self._ends[topic, chosen] += 1
        return record

    def mark(self, topic: str, partition: int = 0) -> None:
        """A transaction marker: it takes an offset and is no record."""
        self._partitions(topic)
        self._ends[topic, partition] += 1

    def records(self, topic: str) -> list[KafkaRecord]:
        """Everything in the topic, partition by partition."""
        return [record for part in self._partitions(topic) for record in self._logs[topic, part]]

    def compact(self, topic: str) -> None:
        """Keep the last record of each key, drop tombstones; end offsets stay."""
        for part in self._partitions(topic):
            last = {record.key: record for record in self._logs[topic, part]}
            self._logs[topic, part] = sorted(
                (record for record in last.values() if record.value is not None), key=lambda r: r.offset
            )

    def truncate(self, topic: str, before: int) -> None:
        """Drop records below that offset, as retention does."""
        for part in self._partitions(topic):
            self._begins[topic, part] = min(before, self._ends[topic, part])
            self._logs[topic, part] = [r for r in self._logs[topic, part] if r.offset >= before]

    def commit(self, group: str, offsets: Offsets) -> None:
        self.groups.setdefault(group, {}).update(offsets)

    def _data_end(self, topic: str, partition: int) -> int:
        log = self._logs[topic, partition]
        return log[-1].offset + 1 if log else self._begins[topic, partition]

    def _partitions(self, topic: str) -> range:
        if topic not in self._topics:
            raise ConfigurationError(f"no topic {topic}")
        return range(self._topics[topic].partitions)
