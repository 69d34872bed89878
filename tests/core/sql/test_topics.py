import pytest

from airflow_bluegreen.core.sql import TopicSettings, parse, topic_settings
from airflow_bluegreen.exceptions import ConfigurationError


def settings(columns: str, options: str = "") -> TopicSettings:
    definition = parse(f"CREATE TABLE t ({columns}) {options}")[0].definition
    assert definition is not None
    return topic_settings(definition)


def test_defaults() -> None:
    assert settings("a INT") == TopicSettings(partitions=1, config={"cleanup.policy": "delete"})
    keyed = settings("a INT PRIMARY KEY NOT ENFORCED", "DISTRIBUTED INTO 6 BUCKETS")
    assert keyed == TopicSettings(partitions=6, config={"cleanup.policy": "compact"})


def test_changelog_mode_wins_over_the_key() -> None:
    key = "a INT PRIMARY KEY NOT ENFORCED"
    assert settings(key, "WITH ('changelog.mode' = 'append')").config == {"cleanup.policy": "delete"}
    assert settings(key, "WITH ('connector' = 'kafka')").config == {"cleanup.policy": "delete"}
    assert settings(key, "WITH ('connector' = 'upsert-kafka')").config == {"cleanup.policy": "compact"}


@pytest.mark.parametrize(
    ("option", "value", "setting", "expected"),
    [
        ("kafka.retention.time", "7 d", "retention.ms", "604800000"),
        ("kafka.retention.time", "1 day", "retention.ms", "86400000"),
        ("kafka.retention.time", "90min", "retention.ms", "5400000"),
        ("kafka.retention.time", "1000", "retention.ms", "1000"),
        ("kafka.retention.time", "0", "retention.ms", "-1"),
        ("kafka.retention.size", "1 gb", "retention.bytes", "1073741824"),
        ("kafka.retention.size", "0", "retention.bytes", "-1"),
        ("kafka.compaction.time", "2 h", "max.compaction.lag.ms", "7200000"),
        ("kafka.max-message-size", "2 mb", "max.message.bytes", "2097152"),
        ("kafka.cleanup-policy", "delete-compact", "cleanup.policy", "compact,delete"),
        ("kafka.message-timestamp-type", "log-append-time", "message.timestamp.type", "LogAppendTime"),
    ],
)
def test_options_become_settings(option: str, value: str, setting: str, expected: str) -> None:
    assert settings("a INT", f"WITH ('{option}' = '{value}')").config[setting] == expected


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("kafka.retention.time", "soon"),
        ("kafka.retention.time", "7 moons"),
        ("kafka.retention.time", "-1"),
        ("kafka.cleanup-policy", "burn"),
    ],
)
def test_values_that_mean_nothing_are_refused(option: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=option):
        settings("a INT", f"WITH ('{option}' = '{value}')")
