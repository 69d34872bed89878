import pytest
from confluent_kafka import KafkaError, KafkaException

from airflow_bluegreen.clients.librdkafka import admin_settings, consumer_settings, final_error, translated
from airflow_bluegreen.exceptions import (
    AccessError,
    BluegreenError,
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
    TransientError,
)


@pytest.mark.parametrize(
    ("code", "reading", "writing"),
    [
        (KafkaError._TIMED_OUT, TransientError, OutcomeUnknownError),
        (KafkaError._ALL_BROKERS_DOWN, TransientError, OutcomeUnknownError),
        (KafkaError.NOT_LEADER_FOR_PARTITION, TransientError, OutcomeUnknownError),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, AccessError, AccessError),
        (KafkaError._AUTHENTICATION, AccessError, AccessError),
        (KafkaError.TOPIC_ALREADY_EXISTS, ConflictError, ConflictError),
        (KafkaError._FENCED, ConflictError, ConflictError),
        (KafkaError.INVALID_CONFIG, ConfigurationError, ConfigurationError),
    ],
)
def test_errors(code: int, reading: type[BluegreenError], writing: type[BluegreenError]) -> None:
    error = KafkaException(KafkaError(code, "why"))
    assert type(translated(error, "topic a")) is reading
    assert type(translated(error, "topic a", writing=True)) is writing
    assert str(translated(error, "topic a")).startswith("topic a: why")


def test_what_was_never_sent_is_not_unknown() -> None:
    error = KafkaError(KafkaError._TIMED_OUT, "Failed while waiting for controller: Local: Timed out")
    assert type(translated(error, "creating topic a", writing=True)) is TransientError


def test_what_librdkafka_mends_by_itself_does_not_end_a_read() -> None:
    assert final_error(KafkaError(KafkaError._TRANSPORT), "reading") is None
    assert final_error(KafkaError(KafkaError._ALL_BROKERS_DOWN), "reading") is None
    assert isinstance(
        final_error(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), "reading"), ConfigurationError
    )
    assert isinstance(
        final_error(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), "reading"), ConfigurationError
    )


def test_a_connections_settings_go_through() -> None:
    conf = {
        "bootstrap.servers": "b:9092",
        "sasl.username": "me",
        "group.id": "g",
        "auto.offset.reset": "latest",
    }
    assert admin_settings(conf) == {"bootstrap.servers": "b:9092", "sasl.username": "me"}
    settings = consumer_settings(conf)
    assert (settings["sasl.username"], settings["group.id"]) == ("me", "g")
    assert (settings["enable.auto.commit"], settings["isolation.level"]) == (False, "read_committed")
    assert settings["auto.offset.reset"] == "earliest"
