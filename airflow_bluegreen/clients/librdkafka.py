"""What the two Kafka clients share: errors by what may be done next, and where a partition's records end."""

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException

from airflow_bluegreen.exceptions import (
    AccessError,
    BluegreenError,
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
    TransientError,
)

REQUEST_SECONDS = 20.0
SILENCE_SECONDS = 30.0
"""A read that gets neither a record nor the end of a partition for so long gives up."""

_REFUSED_ACCESS = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    }
)
_UNREACHABLE = frozenset(
    {
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.CONCURRENT_TRANSACTIONS,
    }
)
UNKNOWN_TOPIC = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})
# librdkafka had no broker to send it to.
_NOT_SENT = "Failed while waiting for"
FENCED = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})


def translated(error: KafkaException | KafkaError, what: str, *, writing: bool = False) -> BluegreenError:
    """The error of this package for one of librdkafka's.

    :param what: what was tried, for the message.
    :param writing: the request may have been carried out, so that no answer means an unknown outcome.
    """
    cause = error.args[0] if isinstance(error, KafkaException) else error
    reason = f"{what}: {cause.str()}"
    if cause.code() in _REFUSED_ACCESS:
        return AccessError(reason, remedy="Check the credentials and ACLs of the kafka connection")
    if cause.code() in _UNREACHABLE:
        if writing and _NOT_SENT not in cause.str():
            return OutcomeUnknownError(reason, remedy="Look whether it was carried out before repeating it")
        return TransientError(reason, remedy="Check bootstrap.servers, and that the brokers run")
    if cause.code() == KafkaError.TOPIC_ALREADY_EXISTS or cause.code() in FENCED:
        return ConflictError(reason)
    if cause.retriable():
        return TransientError(reason)
    return ConfigurationError(reason)


def final_error(error: KafkaError, what: str) -> BluegreenError | None:
    """The error for one that librdkafka does not mend by itself while reading, else None."""
    if error.retriable() and not error.fatal() and error.code() not in UNKNOWN_TOPIC:
        return None
    translation = translated(error, what)
    return None if isinstance(translation, TransientError) else translation


def silent(*topics: str, reason: str = "nothing") -> TransientError:
    """The error for brokers that do not answer a reader any more.

    :param reason: the last error that they were heard of by.
    """
    return TransientError(
        f"no answer from the brokers of {', '.join(topics)} for {SILENCE_SECONDS:g} s",
        remedy=f"Check that the brokers run; heard of them last: {reason}",
    )


def admin_settings(conf: Mapping[str, str]) -> dict[str, str | int | float | bool]:
    """A librdkafka configuration for an admin client: without what only consumers and producers know."""
    return {key: value for key, value in conf.items() if key not in _CONSUMER_ONLY}


def consumer_settings(conf: Mapping[str, str]) -> dict[str, str | int | float | bool]:
    """A librdkafka configuration for reading partitions to a known end, outside any group.

    Only committed records are delivered: an aborted transaction's never count as data. The group is named
    because librdkafka insists; with ``assign`` and without commits it is neither joined nor written.
    """
    return {
        "client.id": "bluegreen-reader",  # so that a quota of the brokers can be for these alone
        **conf,
        "group.id": conf.get("group.id", "bluegreen-reader"),
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # The end of a partition is told by an empty fetch, for which the broker would wait half a second.
        "fetch.wait.max.ms": 20,
        # A full queue makes librdkafka pause for a second by default: a fast reader would mostly wait.
        "fetch.queue.backoff.ms": 5,
    }


_CONSUMER_ONLY = frozenset(
    {
        "group.id",
        "auto.offset.reset",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.partition.eof",
        "isolation.level",
        "session.timeout.ms",
        "max.poll.interval.ms",
        "fetch.min.bytes",
        "fetch.wait.max.ms",
    }
)
