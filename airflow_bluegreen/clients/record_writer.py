"""Writing records to a topic, in their order."""

import logging
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from airflow_bluegreen.clients.librdkafka import admin_settings, translated
from airflow_bluegreen.core.model import KafkaRecord
from airflow_bluegreen.exceptions import OutcomeUnknownError

log = logging.getLogger(__name__)

WRITE_SECONDS = 60.0
Delivered = Callable[[KafkaError | None, Message], None]


def write_records(conf: Mapping[str, str], topic: str, records: Sequence[KafkaRecord]) -> None:
    """Append these records, each to its partition, and wait until the brokers have stored them.

    Raises OutcomeUnknownError when not all were acknowledged within :data:`WRITE_SECONDS`.
    """
    # Idempotence keeps the order over retries.
    settings = {**admin_settings(conf), "enable.idempotence": True, "linger.ms": 20}
    producer = Producer(settings, logger=log)
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            errors.append(error)

    for record in records:
        _produce(producer, topic, record, delivered)
    left = producer.flush(WRITE_SECONDS)
    what = f"Kafka at {conf.get('bootstrap.servers', '(no bootstrap.servers)')}: writing to {topic}"
    if errors:
        raise translated(errors[0], what, writing=True) from KafkaException(errors[0])
    if left:
        raise OutcomeUnknownError(
            f"{what}: {left} records were not acknowledged within {WRITE_SECONDS:g} s",
            remedy="Check that the brokers run, then start over",
        )


def _produce(producer: Producer, topic: str, record: KafkaRecord, delivered: Delivered) -> None:
    while True:
        try:
            producer.produce(
                topic,
                key=record.key,
                value=record.value,
                partition=record.partition,
                timestamp=record.timestamp,
                on_delivery=delivered,
            )
        except BufferError:  # librdkafka's queue is full: make room
            producer.poll(1.0)
        else:
            producer.poll(0)
            return
