"""Reading known stretches of partitions to their end, outside any consumer group."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from airflow_bluegreen.clients.librdkafka import SILENCE_SECONDS, consumer_settings, final_error, silent
from airflow_bluegreen.core.comparison.hashed import offset_of, partition_of
from airflow_bluegreen.core.model import KafkaRecord

log = logging.getLogger(__name__)

_BATCH = 5_000
_BATCH_SECONDS = 0.05
_FEW = 500
_NEAR = 1_000
"""Records that are read and not wanted, where seeking would take longer."""
_SEEKS = 3
"""As often is one place sought before it counts as gone."""

Stretch = tuple[int, int]
"""(first offset, offset to stop before)"""
Partition = tuple[str, int]
"""(topic, number)"""


def read_partitions(conf: Mapping[str, str], wanted: Mapping[Partition, Stretch]) -> Iterator[KafkaRecord]:
    """Every committed record of those stretches by partition, in the order of offsets within a partition.

    A partition is done at its stop offset or at its end, whichever comes first. Raises TransientError when
    the brokers fall silent for :data:`SILENCE_SECONDS`.
    """
    for batch in read_batches(conf, wanted):
        yield from batch


def read_batches(conf: Mapping[str, str], wanted: Mapping[Partition, Stretch]) -> Iterator[list[KafkaRecord]]:
    """The same as they come; an empty batch where none come for a while, so that whoever reads can end it."""
    for batch in _batches(conf, wanted):
        yield [_record(message) for message in batch]


def read_places(conf: Mapping[str, str], topic: str, places: Iterable[int]) -> Iterator[KafkaRecord]:
    """The records at these places; those that are gone are left out.

    Partitions are read side by side, and what lies far apart within one is skipped. Raises TransientError
    when the brokers fall silent.
    """
    waiting: dict[int, list[int]] = {}
    for place in sorted(set(places), reverse=True):
        waiting.setdefault(partition_of(place), []).append(offset_of(place))
    if not waiting:
        return
    consumer = Consumer(consumer_settings(conf), logger=log)
    try:
        consumer.assign([TopicPartition(topic, part, offsets[-1]) for part, offsets in waiting.items()])
        heard = time.monotonic()
        sought: Counter[tuple[int, int]] = Counter()
        while any(waiting.values()):
            batch = consumer.consume(_FEW, timeout=_BATCH_SECONDS)
            heard = _heard(topic, heard) if not batch else time.monotonic()
            moved: set[int] = set()
            for message in batch:
                yield from _at_place(message, waiting, moved)
            for part, offset in _sought(waiting, moved, sought).items():
                consumer.seek(TopicPartition(topic, part, offset))
    finally:
        consumer.close()


def _sought(
    waiting: dict[int, list[int]], moved: Iterable[int], sought: Counter[tuple[int, int]]
) -> dict[int, int]:
    """Where to go on in the partitions whose next record is far away.

    A place behind the end of the log is answered with the log's first record, again and again: when seeking
    has not come nearer, the topic has been made anew, and what is waited for is gone.
    """
    found: dict[int, int] = {}
    for part in moved:
        place = (part, waiting[part][-1])
        sought[place] += 1
        if sought[place] > _SEEKS:
            waiting[part] = []
        else:
            found[part] = place[1]
    return found


def _at_place(message: Message, waiting: dict[int, list[int]], moved: set[int]) -> Iterator[KafkaRecord]:
    """The message if it is waited for; ``moved`` are partitions whose next record is far away."""
    part, offset = message.partition() or 0, message.offset() or 0
    if not _is_record(message):
        if message.error().code() == KafkaError._PARTITION_EOF:  # type: ignore[union-attr]
            waiting[part] = []
            moved.discard(part)
        return
    offsets = waiting[part]
    if offsets and offsets[-1] == offset:
        yield _record(message)
    while offsets and offsets[-1] <= offset:
        offsets.pop()
    if offsets and offsets[-1] > offset + _NEAR:
        moved.add(part)
    else:
        moved.discard(part)


def _heard(topic: str, before: float) -> float:
    if time.monotonic() - before > SILENCE_SECONDS:
        raise silent(topic)
    return before


def _record(message: Message) -> KafkaRecord:
    return KafkaRecord(
        partition=message.partition(),  # type: ignore[arg-type]  # a record that was read has one
        offset=message.offset(),  # type: ignore[arg-type]
        timestamp=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
    )


def last_records(conf: Mapping[str, str], wanted: Mapping[Partition, Stretch]) -> dict[Partition, int]:
    """The offset of the last committed record in each stretch; left out where a stretch holds none.

    Looks at the last offset first and then further and further back, as the tail of a partition may hold
    transaction markers and holes that compaction left.
    """
    found: dict[Partition, int] = {}
    missing = dict(wanted)
    distance = 1
    while missing:
        tails = {part: (max(first, stop - distance), stop) for part, (first, stop) in missing.items()}
        for batch in _batches(conf, tails):
            found |= {_partition(message): message.offset() or 0 for message in batch}
        missing = {
            part: stretch
            for part, stretch in missing.items()
            if part not in found and tails[part][0] > stretch[0]
        }
        distance *= 16
    return found


def _batches(conf: Mapping[str, str], wanted: Mapping[Partition, Stretch]) -> Iterator[list[Message]]:
    unfinished = {part: stretch for part, stretch in wanted.items() if stretch[0] < stretch[1]}
    if not unfinished:
        return
    consumer = Consumer(consumer_settings(conf), logger=log)
    try:
        consumer.assign([TopicPartition(*part, first) for part, (first, _) in unfinished.items()])
        heard = time.monotonic()
        while unfinished:
            batch = consumer.consume(_BATCH, timeout=_BATCH_SECONDS)
            if batch:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise silent(*sorted({topic for topic, _ in unfinished}))
            before = set(unfinished)
            kept, given = _within(batch, unfinished), time.monotonic()
            yield kept
            heard += time.monotonic() - given  # nobody listened while they were looked at
            if done := before - set(unfinished):
                consumer.pause([TopicPartition(*part) for part in done])
    finally:
        consumer.close()


_NO_MATTER = frozenset({KafkaError._PARTITION_EOF, KafkaError.GROUP_AUTHORIZATION_FAILED})
"""librdkafka asks for the coordinator of a group that is never joined, which not everybody may."""


def _is_record(message: Message) -> bool:
    """Whether it is a record, and not the end of a partition or an error; one that lasts is raised."""
    error = message.error()
    if error is not None and error.code() not in _NO_MATTER:
        if final := final_error(error, "reading"):
            raise final
        log.info("reading: %s", error)
    return error is None


def _within(batch: list[Message], unfinished: dict[Partition, Stretch]) -> list[Message]:
    """The messages of a batch that are wanted; partitions that are done leave ``unfinished``."""
    kept: list[Message] = []
    for message in batch:
        part, ended = _partition(message), not _is_record(message)
        if part not in unfinished or (ended and message.error().code() not in _NO_MATTER):  # type: ignore[union-attr]
            continue
        first, stop = unfinished[part]
        offset = message.offset() or 0
        if not ended and first <= offset < stop:
            kept.append(message)
        if ended or offset >= stop - 1:
            del unfinished[part]
    return kept


def _partition(message: Message) -> Partition:
    return message.topic() or "", message.partition() or 0
