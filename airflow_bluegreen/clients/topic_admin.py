"""Kafka's admin requests about topics, which both the topics' client and the ledger need."""

import logging
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from functools import cached_property
from typing import Any, TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
    Uuid,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, but not declared as exported
    AdminClient,
    ConfigResource,
    ConfigSource,
    NewTopic,
    OffsetSpec,
    ResourceType,
    TopicDescription,
)
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_exponential,
)

from airflow_bluegreen.clients.librdkafka import REQUEST_SECONDS, UNKNOWN_TOPIC, admin_settings, translated
from airflow_bluegreen.core.model import Offsets, Topic
from airflow_bluegreen.exceptions import (
    AccessError,
    BluegreenError,
    ConfigurationError,
    ConflictError,
    OutcomeUnknownError,
    TransientError,
)

log = logging.getLogger(__name__)

_PROPAGATION_SECONDS = 30.0
_LEADER_SECONDS = 10.0
_BROKER_DEFAULT = -1
_NO_ID = str(Uuid(0, 0))
EARLIEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]

Answer = TypeVar("Answer")


class TopicAdmin:
    """:param conf: a librdkafka configuration; what only consumers know is left out."""

    def __init__(self, conf: Mapping[str, str]) -> None:
        self._conf = dict(conf)

    @cached_property
    def _client(self) -> AdminClient:
        return AdminClient(admin_settings(self._conf), logger=log)

    def close(self) -> None:
        """Forget the connection; librdkafka gives its sockets back with the last reference."""
        self.__dict__.pop("_client", None)

    def _result(self, answer: "Future[Answer]", what: str, *, writing: bool = False) -> Answer:
        try:
            return answer.result()
        except KafkaException as error:
            raise self._error(error, what, writing=writing) from error

    def _error(self, error: KafkaException, what: str, *, writing: bool = False) -> BluegreenError:
        servers = self._conf.get("bootstrap.servers", "(no bootstrap.servers)")
        return translated(error, f"Kafka at {servers}: {what}", writing=writing)

    def names(self) -> tuple[str, ...]:
        """Names of all topics that the user may see, sorted."""
        try:
            return tuple(sorted(self._client.list_topics(timeout=REQUEST_SECONDS).topics))
        except KafkaException as error:
            raise self._error(error, "list of topics") from error

    def partitions(self, topic: str) -> int | None:
        """How many partitions it has; None where there is no such topic. Never creates it."""
        found = self._descriptions((topic,)).get(topic)
        return len(found.partitions) if found else None

    def identity(self, name: str) -> str:
        """The id that the brokers gave it; empty where there is none."""
        found = self._descriptions((name,)).get(name)
        return topic_identity(found.topic_id) if found else ""

    def described(self, *names: str) -> Mapping[str, Topic]:
        """Partitions, their copies, and what was set on the topic itself, of those topics that there are."""
        found = self._descriptions(names)
        configs = self._entries(found)
        explicit = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        return {
            name: Topic(
                name=name,
                partitions=len(one.partitions),
                config={entry.name: entry.value for entry in configs[name] if entry.source == explicit},
                replication=min((len(part.replicas) for part in one.partitions), default=None),
            )
            for name, one in found.items()
        }

    def allowed(self, topic: str) -> frozenset[str] | None:
        """The operations that our user may carry out on a topic; none where it may not even see it."""
        try:
            found = self._descriptions((topic,), operations=True).get(topic)
        except AccessError:
            return frozenset()
        if found is None or found.authorized_operations is None:
            return None
        return frozenset(operation.name for operation in found.authorized_operations)

    def refusal_to_create(self, topic: Topic) -> str | None:
        """Why the brokers would not create it, asked without creating it."""
        answer = self._client.create_topics(
            [_new(topic)], request_timeout=REQUEST_SECONDS, validate_only=True
        )[topic.name]
        try:
            self._result(answer, f"creating topic {topic.name}")
        except (ConflictError, ConfigurationError) as error:
            cause = error.__cause__
            return cause.args[0].str() if isinstance(cause, KafkaException) else error.what
        return None

    def _descriptions(
        self, topics: Collection[str], *, operations: bool = False
    ) -> dict[str, TopicDescription]:
        """What the brokers say of those of these topics that there are."""
        if not topics:
            return {}
        answers = self._client.describe_topics(
            TopicCollection(list(dict.fromkeys(topics))),
            include_authorized_operations=operations,
            request_timeout=REQUEST_SECONDS,
        )
        found: dict[str, TopicDescription] = {}
        for topic, answer in answers.items():
            try:
                found[topic] = answer.result()
            except KafkaException as error:
                if error.args[0].code() not in UNKNOWN_TOPIC:
                    raise self._error(error, f"topic {topic}") from error
        return found

    def effective_config(self, topic: str) -> Mapping[str, str]:
        """What holds for the topic, the brokers' defaults included."""
        entries = self._entries((topic,))[topic]
        return {entry.name: entry.value for entry in entries if entry.value is not None}

    def _entries(self, topics: Collection[str]) -> dict[str, list[Any]]:
        """The settings of topics, in the order of their names."""
        if not topics:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, topic) for topic in topics]
        answers = self._client.describe_configs(resources, request_timeout=REQUEST_SECONDS)
        found = {
            resource.name: self._result(answer, f"configuration of topic {resource.name}").values()
            for resource, answer in answers.items()
        }
        return {topic: sorted(entries, key=_name) for topic, entries in found.items()}

    def offsets(self, spec: OffsetSpec, *topics: str, committed: bool = True) -> Offsets:
        """:data:`EARLIEST` or :data:`LATEST` offset of each partition of these topics.

        :param committed: count only up to the first transaction that is open still.

        Asked again for some seconds when brokers do not know of a new leader yet, as right after a topic was
        created. Raises ConfigurationError where there is no such topic.
        """
        if not topics:
            return {}
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_delay(_LEADER_SECONDS),
            wait=wait_exponential(multiplier=0.05, max=1.0),
            reraise=True,
        )
        return retrying(self._offsets, topics, spec, committed)

    def _offsets(self, topics: Collection[str], spec: OffsetSpec, committed: bool) -> Offsets:
        counts = self._counts(topics)
        answers = self._client.list_offsets(
            {TopicPartition(topic, part): spec for topic, count in counts.items() for part in range(count)},
            isolation_level=IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED,
            request_timeout=REQUEST_SECONDS,
        )
        return {
            (part.topic, part.partition): self._result(answer, f"offsets of topic {part.topic}").offset
            for part, answer in answers.items()
        }

    def _counts(self, topics: Collection[str]) -> dict[str, int]:
        """The number of partitions of each topic, all of which must exist."""
        found = self._descriptions(topics)
        for topic in topics:
            if topic not in found:
                raise unknown_topic(topic)
        return {topic: len(one.partitions) for topic, one in found.items()}

    def group_offsets(self, group: str) -> Offsets:
        """Committed offsets of a consumer group, empty where it has none."""
        asked = [ConsumerGroupTopicPartitions(group)]
        answer = self._client.list_consumer_group_offsets(asked, request_timeout=REQUEST_SECONDS)[group]
        partitions = self._result(answer, f"offsets of consumer group {group}").topic_partitions or []
        return {(part.topic, part.partition): part.offset for part in partitions if part.offset >= 0}

    def group_members(self, group: str) -> int:
        """How many consumers are in a group, 0 where there is no such group."""
        answer = self._client.describe_consumer_groups([group], request_timeout=REQUEST_SECONDS)[group]
        try:
            return len(answer.result().members)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return 0
            raise self._error(error, f"members of consumer group {group}") from error

    def create(self, topic: Topic) -> None:
        """Create it, and wait until it can be seen.

        Raises ConflictError if it exists, ConfigurationError if the brokers refuse its name or configuration.
        """
        answer = self._client.create_topics([_new(topic)], request_timeout=REQUEST_SECONDS)[topic.name]
        self._result(answer, f"creating topic {topic.name}", writing=True)
        self._await(topic.name, exists=True)

    def delete(self, name: str) -> None:
        """Delete it and wait until it is gone; an absent topic is fine."""
        answer = self._client.delete_topics([name], request_timeout=REQUEST_SECONDS)[name]
        try:
            answer.result()
        except KafkaException as error:
            if error.args[0].code() not in UNKNOWN_TOPIC:
                raise self._error(error, f"deleting topic {name}", writing=True) from error
        self._await(name, exists=False)

    def delete_group(self, group: str) -> None:
        """Forget a consumer group; an absent one is fine. Raises ConflictError while it has members."""
        answer = self._client.delete_consumer_groups([group], request_timeout=REQUEST_SECONDS)[group]
        try:
            answer.result()
        except KafkaException as error:
            code = error.args[0].code()
            if code == KafkaError.NON_EMPTY_GROUP:
                raise ConflictError(
                    f"consumer group {group} has members", remedy="Stop what reads with it, then delete it"
                ) from error
            if code != KafkaError.GROUP_ID_NOT_FOUND:
                raise self._error(error, f"deleting consumer group {group}", writing=True) from error

    def _await(self, name: str, *, exists: bool) -> None:
        retrying = Retrying(
            retry=retry_if_result(lambda partitions: (partitions is not None) is not exists),
            stop=stop_after_delay(_PROPAGATION_SECONDS),
            wait=wait_exponential(multiplier=0.02, max=1.0),
        )
        try:
            retrying(self.partitions, name)
        except RetryError as error:
            state = "created and is not visible" if exists else "deleted and is still there"
            raise OutcomeUnknownError(f"topic {name} was {state} after {_PROPAGATION_SECONDS:g} s") from error


def topic_identity(given: Uuid) -> str:
    """A topic's id as text; empty for the zero that stands for none, as brokers without ids tell it."""
    return "" if str(given) == _NO_ID else str(given)


def unknown_topic(topic: str) -> ConfigurationError:
    """The error of everything that is asked of a topic that does not exist."""
    return ConfigurationError(f"there is no topic {topic}", remedy="Create it, or check the name in the SQL")


def _new(topic: Topic) -> NewTopic:
    copies = _BROKER_DEFAULT if topic.replication is None else topic.replication
    return NewTopic(topic.name, topic.partitions, copies, config=dict(topic.config))


def _name(entry: object) -> str:
    return str(getattr(entry, "name", ""))
