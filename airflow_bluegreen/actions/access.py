"""What our own user of Kafka must be allowed to do with a topic."""

from airflow_bluegreen.ports import TopicReader

READING = frozenset({"DESCRIBE", "DESCRIBE_CONFIGS", "READ"})
"""For offsets, settings and the comparison."""
REMOVING = frozenset({"DELETE"})
"""For taking a release back."""


def missing_operations(topics: TopicReader, name: str, needed: frozenset[str]) -> tuple[str, ...]:
    """The operations that we may not carry out on an existing topic, by name.

    None are missing where the brokers do not tell.
    """
    allowed = topics.allowed(name)
    return () if allowed is None else tuple(sorted(needed - allowed))
