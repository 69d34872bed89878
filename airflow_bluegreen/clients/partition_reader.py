"""Reading known stretches of partitions to their end, outside any consumer group."""

import logging
import time
from collections.abc import Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from airflow_bluegreen.clients.librdkafka import consumer_settings, final_error
from airflow_bluegreen.core.model import KafkaRecord
from airflow_bluegreen.exceptions import TransientError

log = logging.getLogger(__name__)

SILENCE_SECONDS = 30.0
"""A read that gets neither a record nor the end of a partition for so long gives up."""
_BATCH = 5_000
_BATCH_SECONDS = 0.05

Stretch = tuple[int, int]
"""(first offset, offset to stop before)"""
Partition = tuple[str, int]
"""(topic, number)"""


def read_partitions(conf: Mapping[str, str], wanted: Mapping[Partition, Stretch]) -> Iterator[KafkaRecord]:
    """Every committed record of those stretches by partition, in the order of offsets within a partition.

    A partition is done at its stop offset or at its end, whichever comes first. Raises TransientError when
    the brokers fall silent for :data:`SILENCE_SECONDS`.
    """
    for batch in _batches(conf, wanted):
        for message in batch:
            yield KafkaRecord(
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
                topics = ", ".join(sorted({topic for topic, _ in unfinished}))
                raise TransientError(f"no answer from the brokers of {topics} for {SILENCE_SECONDS:g} s")
            before = set(unfinished)
            yield _within(batch, unfinished)
            if done := before - set(unfinished):
                consumer.pause([TopicPartition(*part) for part in done])
    finally:
        consumer.close()


_NO_MATTER = frozenset({KafkaError._PARTITION_EOF, KafkaError.GROUP_AUTHORIZATION_FAILED})
"""librdkafka asks for the coordinator of a group that is never joined, which not everybody may."""


def _within(batch: list[Message], unfinished: dict[Partition, Stretch]) -> list[Message]:
    """The messages of a batch that are wanted; partitions that are done leave ``unfinished``."""
    kept: list[Message] = []
    for message in batch:
        part = _partition(message)
        error = message.error()
        if error is not None and error.code() not in _NO_MATTER:
            if final := final_error(error, "reading"):
                raise final
            log.info("reading: %s", error)
        elif part in unfinished:
            first, stop = unfinished[part]
            offset = message.offset() or 0
            if error is None and first <= offset < stop:
                kept.append(message)
            if error is not None or offset >= stop - 1:
                del unfinished[part]
    return kept


def _partition(message: Message) -> Partition:
    return message.topic() or "", message.partition() or 0
