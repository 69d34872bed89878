"""What a table's definition says about its topic."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model import TableDefinition
from airflow_bluegreen.exceptions import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSettings:
    """A topic to create: number of partitions, and the settings that differ from the broker's defaults."""

    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


_KAFKA = frozenset({"", "confluent", "kafka", "upsert-kafka"})
"""What the option ``connector`` says of tables in Kafka; Confluent's tables need not say it."""
_POLICIES = {"delete": "delete", "compact": "compact", "delete-compact": "compact,delete"}
_TIMESTAMP_TYPES = {"create-time": "CreateTime", "log-append-time": "LogAppendTime"}
_DURATION = re.compile(r"(\d+)\s*([a-zA-Zµ]*)")
_MILLISECONDS = {
    "ms": 1, "milli": 1, "millis": 1, "millisecond": 1, "milliseconds": 1, "": 1,
    "s": 1_000, "sec": 1_000, "secs": 1_000, "second": 1_000, "seconds": 1_000,
    "m": 60_000, "min": 60_000, "mins": 60_000, "minute": 60_000, "minutes": 60_000,
    "h": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
    "d": 86_400_000, "day": 86_400_000, "days": 86_400_000,
    "w": 604_800_000, "week": 604_800_000, "weeks": 604_800_000,
}  # fmt: skip
_BYTES = {
    "": 1, "b": 1, "bytes": 1, "k": 1 << 10, "kb": 1 << 10, "kibibytes": 1 << 10, "m": 1 << 20, "mb": 1 << 20,
    "mebibytes": 1 << 20, "g": 1 << 30, "gb": 1 << 30, "gibibytes": 1 << 30, "t": 1 << 40, "tb": 1 << 40,
}  # fmt: skip


def topic_of(definition: TableDefinition, table: str) -> str | None:
    """The Kafka topic behind a table, its own name unless an option says another; None for other stores."""
    if definition.options.get("connector", "") not in _KAFKA:
        return None
    return definition.options.get("topic", table)


def topic_settings(definition: TableDefinition) -> TopicSettings:
    """The topic that a table needs.

    Partitions are the buckets of ``DISTRIBUTED … INTO n BUCKETS``, else one. The clean-up policy is the
    text's (``kafka.cleanup-policy``), else ``compact`` for upsert tables and ``delete`` for others. A
    retention of 0 is for ever, as on Confluent.

    :raises ConfigurationError: for a value that cannot be read.
    """
    options = definition.options
    config = {"cleanup.policy": _policy(definition)}
    for option, setting, units in (
        ("kafka.retention.time", "retention.ms", _MILLISECONDS),
        ("kafka.retention.size", "retention.bytes", _BYTES),
        ("kafka.compaction.time", "max.compaction.lag.ms", _MILLISECONDS),
        ("kafka.max-message-size", "max.message.bytes", _BYTES),
    ):
        if option in options:
            amount = _amount(option, options[option], units)
            config[setting] = "-1" if amount == 0 and setting.startswith("retention.") else str(amount)
    if "kafka.message-timestamp-type" in options:
        kind = options["kafka.message-timestamp-type"]
        config["message.timestamp.type"] = _known("kafka.message-timestamp-type", kind, _TIMESTAMP_TYPES)
    return TopicSettings(partitions=definition.buckets or 1, config=config)


def _policy(definition: TableDefinition) -> str:
    asked = definition.options.get("kafka.cleanup-policy")
    if asked is not None:
        return _known("kafka.cleanup-policy", asked, _POLICIES)
    mode = definition.options.get("changelog.mode")
    if definition.options.get("connector") == "kafka":
        mode = "append"
    upsert = mode == "upsert" or (mode is None and bool(definition.primary_key))
    return "compact" if upsert else "delete"


def _known(option: str, value: str, values: Mapping[str, str]) -> str:
    if value.lower() not in values:
        raise ConfigurationError(
            f"the option {option!r} has the unknown value {value!r}", remedy=f"Known are {', '.join(values)}"
        )
    return values[value.lower()]


def _amount(option: str, value: str, units: Mapping[str, int]) -> int:
    match = _DURATION.fullmatch(value.strip())
    if match is None or match[2].lower() not in units:
        raise ConfigurationError(
            f"the option {option!r} has the value {value!r}, which is no amount",
            remedy=f"Write a number and one of the units {', '.join(filter(None, units))}",
        )
    return int(match[1]) * units[match[2].lower()]
