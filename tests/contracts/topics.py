"""Topics, offsets, records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from airflow_bluegreen.core.comparison.hashed import (
    EVERYTHING,
    Chosen,
    HashedRecords,
    Hashing,
    bytes_digest,
    hash_records,
    place_of,
)
from airflow_bluegreen.core.model import KafkaRecord, Topic
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError
from airflow_bluegreen.ports import Topics


@dataclass(frozen=True, kw_only=True)
class TopicsWorld:
    """``name`` is a topic that does not exist; ``produce(topic, partition, key, value)``; ``mark`` ends a
    transaction in a partition, which takes an offset; ``commit(group, topic, offset)`` commits in partition
    0; ``join(group, topic)`` lets a member join and returns what lets it leave. ``broker_retention_ms`` is
    that of topics which say nothing."""

    topics: Topics
    name: str
    produce: Callable[[str, int, bytes | None, bytes | None], None]
    mark: Callable[[str, int], None]
    commit: Callable[[str, str, int], None]
    join: Callable[[str, str], Callable[[], None]]
    broker_retention_ms: int | None


def hashed(records: Iterable[KafkaRecord], hashing: Hashing) -> Iterator[HashedRecords]:
    return hash_records(
        records,
        keyed=hashing.keyed,
        value_digest=hashing.value_digest,
        key_digest=hashing.key_digest,
    )


def _entries(found: Iterable[HashedRecords]) -> list[tuple[int, ...]]:
    return sorted((entry for one in found for entry in one.entries.tolist()), key=lambda entry: entry[2])


def seen(records: Iterator[KafkaRecord]) -> list[tuple[int, int, bytes | None, bytes | None]]:
    return sorted((record.partition, record.offset, record.key, record.value) for record in records)


class TopicsContract:
    @pytest.fixture
    def world(self) -> TopicsWorld:
        raise NotImplementedError

    @pytest.fixture
    def filled(self, world: TopicsWorld) -> TopicsWorld:
        """A topic with three records in partition 0, the last a tombstone, and one in partition 1."""
        world.topics.create_topic(Topic(name=world.name, partitions=2))
        for partition, key, value in ((0, b"a", b"1"), (0, b"b", b"2"), (0, b"a", None), (1, None, b"x")):
            world.produce(world.name, partition, key, value)
        return world

    def test_unknown_topic_is_absent(self, world: TopicsWorld) -> None:
        assert world.topics.topic(world.name) is None

    def test_asking_an_unknown_topic_is_refused_and_does_not_create_it(self, world: TopicsWorld) -> None:
        with pytest.raises(ConfigurationError, match="no topic"):
            world.topics.end_offsets(world.name)
        with pytest.raises(ConfigurationError, match="no topic"):
            world.topics.begin_offsets(world.name)
        with pytest.raises(ConfigurationError, match="no topic"):
            list(world.topics.read(world.name, {}, {(world.name, 0): 1}))
        assert world.topics.topic(world.name) is None

    def test_topic_tells_what_was_set_and_not_the_defaults(self, world: TopicsWorld) -> None:
        wanted = Topic(name=world.name, partitions=3, config={"cleanup.policy": "compact"})
        world.topics.create_topic(wanted)
        assert world.topics.topic(world.name) == replace(wanted, replication=1)

    def test_many_topics_are_told_at_once_without_those_that_do_not_exist(self, world: TopicsWorld) -> None:
        wanted = Topic(name=world.name, partitions=2, config={"cleanup.policy": "compact"}, replication=1)
        world.topics.create_topic(wanted)
        assert world.topics.described(f"{world.name}-none", world.name, world.name) == {world.name: wanted}
        assert world.topics.described() == {}

    def test_a_topic_may_say_how_many_copies_it_gets(self, world: TopicsWorld) -> None:
        wanted = Topic(name=world.name, partitions=1, replication=1)
        world.topics.create_topic(wanted)
        assert world.topics.topic(world.name) == wanted

    def test_without_an_authorizer_everything_is_allowed(self, world: TopicsWorld) -> None:
        world.topics.create_topic(Topic(name=world.name, partitions=1))
        allowed = world.topics.allowed(world.name)
        assert allowed is not None
        assert allowed >= {"CREATE", "DELETE", "DESCRIBE", "DESCRIBE_CONFIGS", "READ", "WRITE"}

    def test_nothing_is_said_of_a_topic_that_does_not_exist(self, world: TopicsWorld) -> None:
        assert world.topics.allowed(world.name) is None

    def test_what_would_be_created_is_not(self, world: TopicsWorld) -> None:
        assert world.topics.refusal_to_create(Topic(name=world.name, partitions=2)) is None
        assert world.topics.topic(world.name) is None

    def test_what_would_not_be_created_is_told_why(self, world: TopicsWorld) -> None:
        wrong = Topic(name=world.name, partitions=1, config={"cleanup.policy": "burn"})
        assert "cleanup.policy" in (world.topics.refusal_to_create(wrong) or "")
        world.topics.create_topic(Topic(name=world.name, partitions=1))
        assert "exists" in (world.topics.refusal_to_create(Topic(name=world.name, partitions=1)) or "")

    def test_creating_twice_is_a_conflict(self, world: TopicsWorld) -> None:
        world.topics.create_topic(Topic(name=world.name, partitions=1))
        with pytest.raises(ConflictError):
            world.topics.create_topic(Topic(name=world.name, partitions=1))

    def test_an_empty_topic_begins_and_ends_at_zero(self, world: TopicsWorld) -> None:
        world.topics.create_topic(Topic(name=world.name, partitions=2))
        empty = {(world.name, 0): 0, (world.name, 1): 0}
        assert world.topics.begin_offsets(world.name) == empty
        assert world.topics.end_offsets(world.name) == empty

    def test_end_offsets_are_those_after_the_last_record(self, filled: TopicsWorld) -> None:
        assert filled.topics.end_offsets(filled.name) == {(filled.name, 0): 3, (filled.name, 1): 1}

    def test_end_offsets_move_with_new_records(self, filled: TopicsWorld) -> None:
        filled.topics.end_offsets(filled.name)
        filled.produce(filled.name, 1, b"c", b"3")
        assert filled.topics.end_offsets(filled.name) == {(filled.name, 0): 3, (filled.name, 1): 2}

    def test_topics_have_names(self, filled: TopicsWorld) -> None:
        assert filled.name in filled.topics.names()
        filled.topics.delete_topic(filled.name)
        assert filled.name not in filled.topics.names()

    def test_records_are_written_in_their_order_with_their_times(self, world: TopicsWorld) -> None:
        world.topics.create_topic(Topic(name=world.name, partitions=2, config={"retention.ms": "-1"}))
        wanted = [
            KafkaRecord(partition=0, offset=0, timestamp=1_767_225_600_000, key=b"a", value=b"1"),
            KafkaRecord(partition=0, offset=1, timestamp=1_767_225_599_000, key=None, value=b"2"),
            KafkaRecord(partition=0, offset=2, timestamp=1_767_225_601_000, key=b"a", value=None),
            KafkaRecord(partition=1, offset=0, timestamp=1_767_225_602_000, key=b"b", value=b""),
        ]
        world.topics.write_records(world.name, wanted)
        ends = world.topics.end_offsets(world.name)
        assert ends == {(world.name, 0): 3, (world.name, 1): 1}
        found = sorted(world.topics.read(world.name, {}, ends), key=lambda one: (one.partition, one.offset))
        assert found == wanted

    def test_nothing_is_written_to_an_unknown_topic(self, world: TopicsWorld) -> None:
        record = KafkaRecord(partition=0, offset=0, timestamp=0, key=None, value=b"1")
        with pytest.raises(ConfigurationError, match="no topic"):
            world.topics.write_records(world.name, [record])
        assert world.topics.topic(world.name) is None

    def test_transaction_markers_are_not_records(self, filled: TopicsWorld) -> None:
        filled.mark(filled.name, 1)
        ends = filled.topics.end_offsets(filled.name)
        assert ends[filled.name, 1] == max(record.offset for record in _partition(filled, 1)) + 1

    def test_the_log_ends_behind_transaction_markers(self, filled: TopicsWorld) -> None:
        before = filled.topics.end_offsets(filled.name)
        assert filled.topics.log_ends(filled.name)[filled.name, 0] >= before[filled.name, 0]
        filled.mark(filled.name, 1)
        ends = filled.topics.log_ends(filled.name)
        assert ends[filled.name, 1] > filled.topics.end_offsets(filled.name)[filled.name, 1]

    def test_reads_everything_up_to_the_end(self, filled: TopicsWorld) -> None:
        records = filled.topics.read(filled.name, {}, filled.topics.end_offsets(filled.name))
        assert seen(records) == [
            (0, 0, b"a", b"1"),
            (0, 1, b"b", b"2"),
            (0, 2, b"a", None),
            (1, 0, None, b"x"),
        ]

    def test_reads_in_the_order_of_offsets(self, filled: TopicsWorld) -> None:
        assert [record.offset for record in _partition(filled, 0)] == [0, 1, 2]

    def test_reads_from_start_inclusive_to_end_exclusive(self, filled: TopicsWorld) -> None:
        at = (filled.name, 0)
        assert seen(filled.topics.read(filled.name, {at: 1}, {at: 2})) == [(0, 1, b"b", b"2")]

    def test_reads_nothing_of_an_empty_stretch(self, filled: TopicsWorld) -> None:
        at = (filled.name, 0)
        assert seen(filled.topics.read(filled.name, {at: 2}, {at: 2})) == []

    def test_a_partition_without_end_is_not_read(self, filled: TopicsWorld) -> None:
        assert {r.partition for r in filled.topics.read(filled.name, {}, {(filled.name, 1): 1})} == {1}

    def test_reading_stops_where_the_log_ends(self, filled: TopicsWorld) -> None:
        assert len(list(filled.topics.read(filled.name, {}, {(filled.name, 0): 1000}))) == 3

    def test_hashes_are_those_of_the_records(self, filled: TopicsWorld) -> None:
        """Compiled code and Python hash alike, also what is empty, framed, or longer than a stripe."""
        for number in range(70):
            filled.produce(filled.name, number % 2, bytes(range(number)), bytes([number]) * number * 3)
        filled.produce(filled.name, 1, b"\0\0\0\0\1key", b"\0\0\0\0\1value")
        ends = filled.topics.end_offsets(filled.name)
        records = list(filled.topics.read(filled.name, {}, ends))
        for hashing in (Hashing(), Hashing(key_framed=False, value_framed=False), Hashing(keyed=False)):
            expected = list(hashed(records, hashing))
            found = list(filled.topics.read_hashed(filled.name, {}, ends, hashing))
            assert _entries(found) == _entries(expected)
            for counted in ("records", "tombstones", "null_keys", "size"):
                assert sum(getattr(one, counted) for one in found) == sum(
                    getattr(one, counted) for one in expected
                )

    def test_hashes_come_from_start_to_end(self, filled: TopicsWorld) -> None:
        at = (filled.name, 0)
        batches = filled.topics.read_hashed(filled.name, {at: 1}, {at: 2}, Hashing())
        (found,) = (one for one in batches if one.records)
        assert (found.entries["place"].tolist(), found.records) == ([1], 1)
        assert list(filled.topics.read_hashed(filled.name, {at: 2}, {at: 2}, Hashing())) == []
        beyond = list(filled.topics.read_hashed(filled.name, {}, {at: 1000}, Hashing()))
        assert sum(one.records for one in beyond) == 3

    def test_records_are_chosen_by_their_hash(self, filled: TopicsWorld) -> None:
        name, ends = filled.name, filled.topics.end_offsets(filled.name)
        one = bytes_digest(b"a")

        def chosen(chosen: Chosen, hashing: Hashing) -> list[tuple[int, int, bytes | None, bytes | None]]:
            return seen(filled.topics.read_chosen(name, {}, ends, hashing, chosen))

        assert chosen(Chosen(keys=np.array([one], np.uint64)), Hashing()) == [
            (0, 0, b"a", b"1"),
            (0, 2, b"a", None),
        ]
        everything = [(0, 0, b"a", b"1"), (0, 1, b"b", b"2"), (0, 2, b"a", None)]
        assert chosen(Chosen(below=EVERYTHING), Hashing()) == everything
        assert chosen(Chosen(below=one), Hashing()) == [
            record for record in everything if bytes_digest(record[2] or b"") < one
        ]
        row = np.array([bytes_digest(b"x")], np.uint64)
        assert chosen(Chosen(keys=row), Hashing(keyed=False)) == [(1, 0, None, b"x")]

    def test_reads_the_records_at_places(self, filled: TopicsWorld) -> None:
        for _ in range(1_200):
            filled.produce(filled.name, 0, b"many", b"m")
        places = [place_of(0, 1), place_of(0, 1_150), place_of(1, 0), place_of(0, 5_000), place_of(0, 2)]
        assert seen(filled.topics.read_places(filled.name, places)) == [
            (0, 1, b"b", b"2"),
            (0, 2, b"a", None),
            (0, 1_150, b"many", b"m"),
            (1, 0, None, b"x"),
        ]
        assert list(filled.topics.read_places(filled.name, [])) == []

    def test_timestamps_are_milliseconds(self, filled: TopicsWorld) -> None:
        assert all(
            1_500_000_000_000 < record.timestamp < 4_000_000_000_000 for record in _partition(filled, 0)
        )

    def test_reading_commits_nothing(self, filled: TopicsWorld) -> None:
        list(filled.topics.read(filled.name, {}, filled.topics.end_offsets(filled.name)))
        assert filled.topics.group_offsets("bluegreen-reader") == {}

    def test_an_unknown_group_has_no_offsets(self, world: TopicsWorld) -> None:
        assert world.topics.group_offsets(f"group-{world.name}") == {}

    def test_retention_is_what_holds_for_the_topic(self, world: TopicsWorld) -> None:
        hour = {"retention.ms": "3600000"}
        settings = {
            "hour": hour,
            "for-good": {"retention.ms": "-1"},
            "compacted": {"cleanup.policy": "compact", **hour},
            "both": {"cleanup.policy": "compact,delete", **hour},
        }
        for name, config in settings.items():
            world.topics.create_topic(Topic(name=f"{world.name}.{name}", partitions=1, config=config))
        found = {name: world.topics.retention_ms(f"{world.name}.{name}") for name in settings}
        assert found == {"hour": 3_600_000, "for-good": None, "compacted": None, "both": 3_600_000}

    def test_without_a_setting_of_its_own_a_topic_has_the_brokers_retention(self, world: TopicsWorld) -> None:
        world.topics.create_topic(Topic(name=world.name, partitions=1))
        assert world.topics.retention_ms(world.name) == world.broker_retention_ms

    def test_the_retention_of_an_unknown_topic_is_refused(self, world: TopicsWorld) -> None:
        with pytest.raises(ConfigurationError, match="no topic"):
            world.topics.retention_ms(world.name)

    def test_a_group_is_forgotten_and_can_be_deleted_again(self, filled: TopicsWorld) -> None:
        group = f"group-{filled.name}"
        filled.commit(group, filled.name, 2)
        assert filled.topics.group_offsets(group) == {(filled.name, 0): 2}
        filled.topics.delete_group(group)
        assert filled.topics.group_offsets(group) == {}
        filled.topics.delete_group(group)

    def test_a_group_with_members_stays(self, filled: TopicsWorld) -> None:
        group = f"group-{filled.name}"
        leave = filled.join(group, filled.name)
        with pytest.raises(ConflictError, match="has members"):
            filled.topics.delete_group(group)
        leave()

    def test_an_unknown_group_has_no_members(self, world: TopicsWorld) -> None:
        assert world.topics.group_members(f"group-{world.name}") == 0

    def test_deleted_is_gone_and_can_be_deleted_again(self, filled: TopicsWorld) -> None:
        filled.topics.delete_topic(filled.name)
        assert filled.topics.topic(filled.name) is None
        filled.topics.delete_topic(filled.name)

    def test_created_anew_it_is_another_one(self, world: TopicsWorld) -> None:
        assert world.topics.identity(world.name) == ""
        world.topics.create_topic(Topic(name=world.name, partitions=1))
        first = world.topics.identity(world.name)
        assert first
        assert world.topics.identity(world.name) == first
        world.topics.delete_topic(world.name)
        world.topics.create_topic(Topic(name=world.name, partitions=1))
        assert world.topics.identity(world.name) not in ("", first)

    def test_created_anew_it_is_empty(self, filled: TopicsWorld) -> None:
        filled.topics.end_offsets(filled.name)
        filled.topics.delete_topic(filled.name)
        filled.topics.create_topic(Topic(name=filled.name, partitions=1))
        assert filled.topics.end_offsets(filled.name) == {(filled.name, 0): 0}


def _partition(world: TopicsWorld, partition: int) -> list[KafkaRecord]:
    at = (world.name, partition)
    return list(world.topics.read(world.name, {}, {at: 1000}))
