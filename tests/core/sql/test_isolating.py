import pytest

from airflow_bluegreen.core.sql import (
    is_shared_option,
    parse,
    refuse_redirecting_hints,
    value_subject,
    with_own_topic,
)
from airflow_bluegreen.exceptions import ConfigurationError

NATIVE = """\
CREATE TABLE t (id STRING) WITH (
  'connector' = 'kafka', 'topic' = 'shop.orders', 'properties.group.id' = 'billing', 'format' = 'json',
  'scan.startup.mode' = 'latest-offset', 'sink.transactional-id-prefix' = 'billing', 'value.format' = 'a''b',
  'properties.commit.offsets.on.checkpoint' = 'true', 'properties.enable.auto.commit' = 'true',
  'sink.delivery-guarantee' = 'exactly-once', 'value.avro-confluent.subject' = 'orders'
)"""


def test_everything_shared_is_taken_out() -> None:
    definition = parse(with_own_topic(NATIVE, "own"), "a.sql")[0].definition
    assert definition is not None
    assert definition.options == {
        "connector": "kafka",
        "topic": "own",
        "format": "json",
        "value.format": "a'b",
    }


def test_a_pattern_of_topics_becomes_the_one_topic() -> None:
    text = "CREATE TABLE t (id STRING) WITH ('connector' = 'kafka', 'topic-pattern' = 'a.*')"
    definition = parse(with_own_topic(text, "own"), "a.sql")[0].definition
    assert definition is not None
    assert definition.options == {"connector": "kafka", "topic": "own"}


@pytest.mark.parametrize(
    "text", ["CREATE TABLE t (id STRING)", "CREATE VIEW v AS SELECT 1 AS a", "SET 'a' = 'b'"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert with_own_topic(text, "own") == text


def test_options_that_only_say_how_stay() -> None:
    assert not is_shared_option("properties.bootstrap.servers")
    assert not is_shared_option("scan.watermark.idle-timeout")
    assert is_shared_option("scan.startup.timestamp-millis")


@pytest.mark.parametrize("side", ["", "key.", "value."])
@pytest.mark.parametrize("form", ["avro-confluent", "debezium-avro-confluent"])
@pytest.mark.parametrize("last", ["subject", "schema-registry.subject"])
def test_a_subject_is_shared_however_it_is_written(side: str, form: str, last: str) -> None:
    """Flink reads ``schema-registry.subject`` where there is no ``subject``."""
    assert is_shared_option(f"{side}{form}.{last}")


def test_the_subject_of_values_is_found_however_it_is_written() -> None:
    older = {"key.avro-confluent.subject": "k", "value.avro-confluent.schema-registry.subject": "old"}
    assert value_subject(older) == "old"
    assert value_subject({**older, "avro-confluent.subject": "new"}) == "new"
    assert value_subject({"key.avro-confluent.subject": "k"}) is None


@pytest.mark.parametrize(
    "option",
    [
        "topic",
        "sink.parallelism",
        "scan.startup.mode",
        "connector",
        "properties.bootstrap.servers",
        "value.avro-confluent.subject",
        "value.avro-confluent.schema-registry.subject",
        "value.avro-confluent.url",
    ],
)
def test_a_hint_that_leads_elsewhere_is_refused(option: str) -> None:
    with pytest.raises(ConfigurationError, match=f"dml.t has a hint with '{option}'"):
        refuse_redirecting_hints(
            f"INSERT INTO t /*+ OPTIONS('value.json.a' = 'b', '{option}' = 'x') */ SELECT 1", "dml.t"
        )


@pytest.mark.parametrize(
    "hint", ["options(topic='x')", "OPTIONS(`topic` = 'x')", "STATE_TTL('t'='1d'), OPTIONS('topic'\n=\n'x')"]
)
def test_a_hint_is_read_as_flink_reads_it(hint: str) -> None:
    with pytest.raises(ConfigurationError, match="would lead out of the test"):
        refuse_redirecting_hints(f"SELECT * FROM t /*+ {hint} */", "dml.t")


def test_other_hints_are_fine() -> None:
    refuse_redirecting_hints("INSERT INTO t SELECT /*+ STATE_TTL('a' = '1d') */ 1 -- 'topic' = 'x'", "dml.t")


def test_a_hint_about_a_table_of_such_a_name_is_fine() -> None:
    refuse_redirecting_hints("INSERT INTO t SELECT /*+ STATE_TTL('topic' = '1d') */ 1", "dml.t")
    refuse_redirecting_hints("INSERT INTO t SELECT '/*+ OPTIONS(''topic'' = ''x'') */' AS s", "dml.t")
    refuse_redirecting_hints("SELECT * FROM t /*+ OPTIONS('scan.watermark.idle-timeout' = '1 s') */", "dml.t")
