"""The topic of a green table: what its DDL asks for, and for the rest what blue's topic has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import TableDefinition, Topic
from airflow_bluegreen.core.sql import topic_settings

_POLICY = "cleanup.policy"
_OF_THE_MOMENT = frozenset(
    {"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"}
)
"""Set while partitions are moved; they name blue's replicas."""
_KEEPING = frozenset(
    {
        "delete.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.timestamp.type",
        "min.compaction.lag.ms",
        "retention.bytes",
        "retention.ms",
        _POLICY,
    }
)
"""What decides which records a topic takes and keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenTopic:
    """A topic to create; ``carried`` are those of its settings that only blue's topic says."""

    topic: Topic
    carried: Mapping[str, str] = field(default_factory=dict)


def green_topic(name: str, definition: TableDefinition, blue: Topic | None) -> GreenTopic:
    """The topic of that name that the DDL asks for.

    Where the DDL says nothing, blue's number of partitions, its replication and what was set on it count.
    Its clean-up policy only counts where it compacts as this table needs.

    :param blue: None for a table that is new.
    :raises ConfigurationError: for an option that cannot be read.
    """
    settings = topic_settings(definition)
    config = dict(settings.config)
    if blue is None:
        return GreenTopic(topic=Topic(name=name, partitions=settings.partitions, config=config))
    carried = {
        key: value for key, value in blue.config.items() if key not in config and key not in _OF_THE_MOMENT
    }
    policy = blue.config.get(_POLICY)
    if policy is not None and "kafka.cleanup-policy" not in definition.options:
        other = _policies(policy) != _policies(config[_POLICY])
        if other and ("compact" in _policies(policy)) == ("compact" in _policies(config[_POLICY])):
            carried[_POLICY] = policy
    topic = Topic(
        name=name,
        partitions=blue.partitions if definition.buckets is None else settings.partitions,
        config={**config, **carried},
        replication=blue.replication,
    )
    return GreenTopic(topic=topic, carried=carried)


def differences(found: Topic, wanted: Topic) -> tuple[str, ...]:
    """What an existing topic has otherwise than wanted, one line each.

    A setting that nobody asked for counts where it decides which records stay.
    """
    lines = []
    if found.partitions != wanted.partitions:
        lines.append(f"{found.partitions} partitions instead of {wanted.partitions}")
    if None not in (found.replication, wanted.replication) and found.replication != wanted.replication:
        lines.append(f"replication {found.replication} instead of {wanted.replication}")
    for key in sorted({*wanted.config, *(found.config.keys() & _KEEPING)}):
        there, asked = found.config.get(key, "unset"), wanted.config.get(key, "unset")
        if there != asked and not (key == _POLICY and _policies(there) == _policies(asked)):
            lines.append(f"{key}={there} instead of {asked}")
    return tuple(lines)


def _policies(policy: str) -> frozenset[str]:
    return frozenset(part.strip() for part in policy.split(","))
