"""The ledger: releases and their progress in a compacted Kafka topic, one writer an environment at a time.

A record's key is ``<environment>/<release>``. Each save is a transaction of a producer whose transactional id
is that of the environment: taking the id fences whoever had it before, so that between reading the ledger and
the commit nobody else can have written.
"""

import logging
import re
from collections.abc import Mapping

from confluent_kafka import KafkaException, Producer
from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_fixed,
)

from airflow_bluegreen.clients.librdkafka import FENCED, REQUEST_SECONDS, admin_settings, translated
from airflow_bluegreen.clients.partition_reader import read_partitions
from airflow_bluegreen.clients.topic_admin import EARLIEST, LATEST, TopicAdmin
from airflow_bluegreen.core.documents import from_json, to_json
from airflow_bluegreen.core.model import ReleaseRecord, Topic
from airflow_bluegreen.exceptions import (
    BluegreenError,
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
)

log = logging.getLogger(__name__)

TOPIC_PREFIX = "bluegreen.ledger."
_LEGAL = re.compile(r"[A-Za-z0-9._-]+")
# A writer that dies in the middle holds readers back for no longer than this.
_TRANSACTION_MS = 10_000
_MARKER_SECONDS = 3.0


class KafkaReleaseStore:
    """Implements ``ports.ReleaseStore``.

    :param conf: a librdkafka configuration.
    :param project: names the topic, ``bluegreen.ledger.<project>``; letters, digits, ``.``, ``_`` and ``-``.
    :param environment: whose releases are read and written.
    """

    def __init__(self, conf: Mapping[str, str], project: str, environment: str) -> None:
        if not _LEGAL.fullmatch(project):
            raise ConfigurationError(
                f"project name {project!r} cannot name a Kafka topic",
                remedy="Use letters, digits, '.', '_' and '-' in bluegreen.yaml",
            )
        self.topic = f"{TOPIC_PREFIX}{project}"
        self._conf = dict(conf)
        self._writer = f"bluegreen.{project}.{environment}"
        self._environment = environment
        self._admin = TopicAdmin(conf)

    def close(self) -> None:
        self._admin.close()

    def records(self) -> tuple[ReleaseRecord, ...]:
        """The releases of this environment, oldest change first; none where there is no ledger yet."""
        if self._admin.partitions(self.topic) is None:
            return ()
        mine = f"{self._environment}/".encode()
        last: dict[bytes, bytes] = {}
        for record in read_partitions(self._conf, self.topic, self._stretch()):
            if record.key is not None and record.key.startswith(mine):
                last.pop(record.key, None)
                if record.value is not None:
                    last[record.key] = record.value
        found = (from_json(ReleaseRecord, text) for text in last.values())
        mine_alone = (record for record in found if record.environment == self._environment)
        return tuple(sorted(mine_alone, key=lambda record: record.updated_at))

    def write_complaints(self) -> tuple[str, ...]:
        """Why a record could not be saved: what our user may not do with the topic, or its creation.

        The transactional id is not tried: taking it would fence whoever writes now.
        """
        allowed = self._admin.allowed(self.topic)
        if allowed is not None:
            missing = sorted({"DESCRIBE", "READ", "WRITE"} - allowed)
            return (f"we may not {', '.join(missing)} topic {self.topic}",) if missing else ()
        if self._admin.partitions(self.topic) is not None:
            return ()  # brokers that do not tell
        refusal = self._admin.refusal_to_create(self._wanted_topic())
        return (f"Kafka would not create topic {self.topic}: {refusal}",) if refusal else ()

    def save(self, record: ReleaseRecord, *, expected: ReleaseRecord | None) -> None:
        """Write a record durably, provided that the ledger still holds ``expected`` for that release.

        :param expected: None = the ledger must not hold that release yet.

        Raises ConflictError when it holds something else or when another writer took over, and
        OutcomeUnknownError when the brokers did not confirm: read the ledger before going on.
        """
        self._ensure_topic()
        producer = self._open_writer()
        held = next((kept for kept in self.records() if kept.release == record.release), None)
        if held != _as_stored(expected):
            raise ConflictError(
                f"release {record.release} in {self._environment} is {_phase(held)} in the ledger and was "
                f"expected to be {_phase(expected)}",
                remedy="Another run works on it; look at 'bluegreen release show' before running again",
            )
        key = f"{self._environment}/{record.release}"
        try:
            producer.begin_transaction()
            producer.produce(self.topic, key=key.encode(), value=to_json(record).encode())
            self._commit(producer)
        except KafkaException as error:
            raise self._failed(error) from error

    def _stretch(self) -> dict[int, tuple[int, int]]:
        """What is to be read. Waits for the markers of a transaction that has just been committed.

        The brokers confirm a commit before its marker is in the topic, so that right after a save the record
        is there and not readable yet.
        """
        at = (self.topic, 0)
        end = self._admin.offsets(self.topic, LATEST, committed=False)[at]
        retrying = Retrying(
            retry=retry_if_result(lambda readable: readable < end),
            stop=stop_after_delay(_MARKER_SECONDS),
            wait=wait_fixed(0.01),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else 0,
        )
        readable = retrying(lambda: self._admin.offsets(self.topic, LATEST)[at])
        begin = self._admin.offsets(self.topic, EARLIEST)[at]
        return {0: (begin, min(readable, end))}

    def _ensure_topic(self) -> None:
        if self._admin.partitions(self.topic) is None:
            try:
                self._admin.create(self._wanted_topic())
            except ConflictError:
                log.info("%s was created by another writer", self.topic)

    def _wanted_topic(self) -> Topic:
        return Topic(name=self.topic, partitions=1, config={"cleanup.policy": "compact"})

    def _open_writer(self) -> Producer:
        """The environment's only writer: from here on whoever had its transactional id cannot commit."""
        settings = {
            **admin_settings(self._conf),
            "transactional.id": self._writer,
            "transaction.timeout.ms": _TRANSACTION_MS,
            "linger.ms": 0,
        }
        producer = Producer(settings, logger=log)
        try:
            producer.init_transactions(REQUEST_SECONDS)
        except KafkaException as error:
            raise translated(
                error, f"Kafka at {self._conf.get('bootstrap.servers')}: opening ledger {self.topic}"
            ) from error
        return producer

    def _commit(self, producer: Producer) -> None:
        retrying = Retrying(
            retry=retry_if_exception(
                lambda error: isinstance(error, KafkaException) and error.args[0].retriable()
            ),
            stop=stop_after_attempt(3),
            reraise=True,
        )
        retrying(producer.commit_transaction, REQUEST_SECONDS)

    def _failed(self, error: KafkaException) -> BluegreenError:
        cause = error.args[0]
        if cause.code() in FENCED:
            return ConflictError(
                f"another run took over the ledger of {self._environment}: {cause.str()}",
                remedy="Let that one finish, then run again",
            )
        return OutcomeUnknownError(
            f"ledger {self.topic} did not confirm: {cause.str()}", remedy="Read the ledger before repeating"
        )


def _as_stored(record: ReleaseRecord | None) -> ReleaseRecord | None:
    """What reading a record back gives, so that equal records compare equal."""
    return None if record is None else from_json(ReleaseRecord, to_json(record))


def _phase(record: ReleaseRecord | None) -> str:
    return f"{record.phase} since {record.updated_at}" if record else "absent"
