"""Confluent's CREATE TABLE for Apache Flink: which clauses are replaced, and that nothing else is."""

import pytest

from airflow_bluegreen.core.model import Profile
from airflow_bluegreen.core.sql import lower_table, parse
from airflow_bluegreen.exceptions import ConfigurationError, SqlSyntaxError

LOCAL = Profile(name="local")
OPTIONS = {"properties.bootstrap.servers": "kafka:9092", "avro-confluent.url": "http://registry"}


def options_of(sql: str, *, options: dict[str, str] = OPTIONS, rowtime: bool = False) -> dict[str, str]:
    (statement,) = parse(lower_table(sql, LOCAL, options=options, kind="facts", rowtime=rowtime))
    assert statement.definition is not None
    return dict(statement.definition.options)


def test_confluent_text_stays_for_confluent() -> None:
    text = "CREATE TABLE t (a INT) DISTRIBUTED INTO 3 BUCKETS WITH ('changelog.mode' = 'retract')"

    assert lower_table(text, Profile(name="c", dialect="confluent"), options={}, kind="facts") == text


def test_upsert_table() -> None:
    text = """CREATE TABLE IF NOT EXISTS int_3 (
  order_id STRING NOT NULL, -- the key
  amount DECIMAL(10, 2),
  PRIMARY KEY (order_id) NOT ENFORCED
) DISTRIBUTED BY HASH(order_id) INTO 2 BUCKETS
WITH (
  'changelog.mode' = 'upsert',
  'kafka.retention.time' = '0',
  'scan.startup.mode' = 'earliest-offset',
  'value.fields-include' = 'all'
);"""

    assert (
        lower_table(text, LOCAL, options=OPTIONS, kind="facts")
        == """CREATE TABLE IF NOT EXISTS int_3 (
  order_id STRING NOT NULL, -- the key
  amount DECIMAL(10, 2),
  PRIMARY KEY (order_id) NOT ENFORCED
)
WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'int_3',
  'key.format' = 'avro-confluent',
  'value.format' = 'avro-confluent',
  'value.fields-include' = 'ALL',
  'properties.bootstrap.servers' = 'kafka:9092',
  'key.avro-confluent.url' = 'http://registry',
  'value.avro-confluent.url' = 'http://registry'
);"""
    )


def test_primary_key_makes_an_upsert_table_and_leaves_the_key_out_of_the_value() -> None:
    options = options_of("CREATE TABLE t (a INT, b INT, PRIMARY KEY (a) NOT ENFORCED)")

    assert options["connector"] == "upsert-kafka"
    assert options["value.fields-include"] == "EXCEPT_KEY"
    assert "scan.startup.mode" not in options


def test_table_without_key_is_appended_to() -> None:
    options = options_of("CREATE TABLE db.t (a INT)")

    assert options["connector"] == "kafka"
    assert options["topic"] == "t"
    assert options["scan.startup.mode"] == "earliest-offset"
    assert "key.format" not in options
    assert "key.avro-confluent.url" not in options


@pytest.mark.parametrize(
    ("table", "columns", "fields"),
    [
        ("(a INT, b INT) DISTRIBUTED BY (b, a) INTO 2 BUCKETS", "(a INT, b INT)", "b;a"),
        ("(a INT, PRIMARY KEY (a) NOT ENFORCED, b INT)", "(a INT, b INT)", "a"),
        ("(a INT PRIMARY KEY NOT ENFORCED, b INT)", "(a INT, b INT)", "a"),
        (
            "(a INT, b INT, -- key:\n CONSTRAINT c PRIMARY KEY (a) NOT ENFORCED)",
            "(a INT, b INT -- key:\n )",
            "a",
        ),
        ("(PRIMARY KEY (a) NOT ENFORCED, a INT)", "( a INT)", "a"),
    ],
)
def test_appended_table_has_key_fields_and_no_primary_key(table: str, columns: str, fields: str) -> None:
    text = f"CREATE TABLE t {table} WITH ('changelog.mode' = 'append')"

    lowered = lower_table(text, LOCAL, options=OPTIONS, kind="facts")

    assert lowered.startswith(f"CREATE TABLE t {columns} WITH (")
    assert options_of(text)["key.fields"] == fields


def test_formats_are_mapped_and_their_options_go_where_they_are_used() -> None:
    options = options_of(
        "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, b INT) "
        "WITH ('key.format' = 'json-registry', 'value.format' = 'avro-registry')",
        options={
            "avro-confluent.url": "http://r",
            "json.ignore-parse-errors": "true",
            "key.raw.charset": "x",
        },
    )

    assert options["key.format"] == "json"
    assert options["value.format"] == "avro-confluent"
    assert options["value.avro-confluent.url"] == "http://r"
    assert options["key.json.ignore-parse-errors"] == "true"
    assert "key.avro-confluent.url" not in options
    assert "key.raw.charset" not in options


def test_options_of_the_text_win_but_for_servers_and_registry() -> None:
    options = options_of(
        "CREATE TABLE t (a INT) WITH ('scan.startup.mode' = 'latest-offset', 'sink.parallelism' = '1', "
        "'properties.bootstrap.servers' = 'old', 'value.avro-confluent.url' = 'old', 'topic' = 'other')",
        options=OPTIONS | {"sink.parallelism": "2", "properties.group.id": "g", "scan.startup.mode": "x"},
    )

    assert options["scan.startup.mode"] == "latest-offset"
    assert options["sink.parallelism"] == "1"
    assert options["properties.group.id"] == "g"
    assert options["properties.bootstrap.servers"] == "kafka:9092"
    assert options["value.avro-confluent.url"] == "http://registry"
    assert options["topic"] == "other"


def test_environment_decides_the_start_where_the_text_does_not() -> None:
    text = "CREATE TABLE t (a INT)"

    assert (
        options_of(text, options={"scan.startup.mode": "group-offsets"})["scan.startup.mode"]
        == "group-offsets"
    )


def test_options_of_the_topic_are_dropped_and_kafka_ones_renamed() -> None:
    options = options_of(
        "CREATE TABLE t (a INT) WITH ('kafka.retention.time' = '7 d', 'kafka.cleanup-policy' = 'compact', "
        "'kafka.compaction.time' = '1 d', 'kafka.max-message-size' = '2 mb', 'connector' = 'confluent', "
        "'kafka.consumer.isolation-level' = 'read-committed', 'value.avro-registry.schema-context' = '.x', "
        "'error-handling.mode' = 'fail')"
    )

    assert options["properties.isolation.level"] == "read_committed"
    assert [key for key in options if key.startswith(("kafka.", "error-", "value.avro-registry"))] == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("changelog.mode", "retract", "append and upsert"),
        ("changelog.mode", "upsert", "PRIMARY KEY"),
        ("changelog.mode", "other", "append and upsert"),
        ("value.format", "proto-registry", "avro-registry"),
        ("late-handling.mode", "ignore", "no equal"),
        ("error-handling.mode", "ignore", "no equal"),
        ("some.option", "x", "no equal"),
    ],
)
def test_what_cannot_be_mapped_is_refused(option: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        lower_table(
            f"CREATE TABLE db.t (a INT) WITH ('{option}' = '{value}')", LOCAL, options={}, kind="facts"
        )

    message = str(refused.value)
    assert "facts table db.t" in message
    assert option in message
    assert words in message


def test_wrong_fields_include_is_refused() -> None:
    text = "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED) WITH ('value.fields-include' = 'some')"

    with pytest.raises(ConfigurationError, match="all and except-key"):
        lower_table(text, LOCAL, options={}, kind="facts")


def test_types_that_avro_cannot_hold() -> None:
    text = (
        "CREATE TABLE t (a TIMESTAMP_LTZ(3), b timestamp(6), c TIMESTAMP, d TIMESTAMP(3), "
        "e ROW<`timestamp` TIMESTAMP_LTZ, f ARRAY<TIMESTAMP(9) WITH LOCAL TIME ZONE>>, "
        "`timestamp` STRING, g AS CAST(b AS TIMESTAMP(6)), h TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')"
    )

    lowered = lower_table(text, LOCAL, options=OPTIONS, kind="facts")

    assert lowered.startswith(
        "CREATE TABLE t (a TIMESTAMP(3), b TIMESTAMP(3), c TIMESTAMP(3), d TIMESTAMP(3), "
        "e ROW<`timestamp` TIMESTAMP(3), f ARRAY<TIMESTAMP(3)>>, "
        "`timestamp` STRING, g AS CAST(b AS TIMESTAMP(6)), h TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')"
    )
    json = lower_table(text[:-1] + ") WITH ('value.format' = 'json')", LOCAL, options=OPTIONS, kind="facts")
    assert json.startswith(text[:-1])


ROWTIME = "`$rowtime` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL"


def test_rowtime_comes_with_confluents_default_watermark() -> None:
    lowered = lower_table("CREATE TABLE t (a INT)", LOCAL, options=OPTIONS, kind="facts", rowtime=True)

    assert lowered.startswith(
        f"CREATE TABLE t (a INT, {ROWTIME}, WATERMARK FOR `$rowtime` AS `$rowtime` - INTERVAL '5' SECOND)"
    )
    assert "'scan.watermark.idle-timeout' = '15 s'" in lowered
    assert "$rowtime" not in lower_table("CREATE TABLE t (a INT)", LOCAL, options=OPTIONS, kind="facts")


@pytest.mark.parametrize("expression", ["SOURCE_WATERMARK()", "`$rowtime` - INTERVAL '5' SECOND"])
def test_watermark_on_rowtime_brings_the_column(expression: str) -> None:
    text = f"CREATE TABLE t (a INT, WATERMARK FOR $rowtime AS {expression})"

    lowered = lower_table(text, LOCAL, options=OPTIONS, kind="facts")

    assert ROWTIME in lowered
    assert "- INTERVAL '5' SECOND" in lowered
    assert "SOURCE_WATERMARK" not in lowered


def test_own_watermark_and_declared_rowtime_stay() -> None:
    text = "CREATE TABLE t (ts TIMESTAMP(3), `$rowtime` TIMESTAMP_LTZ(3) METADATA, WATERMARK FOR ts AS ts)"

    lowered = lower_table(text, LOCAL, options=OPTIONS, kind="facts", rowtime=True)

    assert lowered.startswith(text)


def test_table_written_for_apache_flink_keeps_its_options() -> None:
    text = "CREATE TABLE raw (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
    assert options_of(text) == {"connector": "datagen", "rows-per-second": "1"}

    kafka = "CREATE TABLE raw (a INT) WITH ('connector' = 'kafka', 'topic' = 'x', 'format' = 'json')"
    assert options_of(kafka) == {
        "connector": "kafka",
        "topic": "x",
        "format": "json",
        "properties.bootstrap.servers": "kafka:9092",
    }


def test_profile_may_choose_the_connector_where_the_text_does_not() -> None:
    text = "CREATE TABLE raw (a INT PRIMARY KEY NOT ENFORCED)"

    assert options_of(text, options={"connector": "kafka"})["connector"] == "kafka"


def test_like_takes_its_connector_from_its_base() -> None:
    options = options_of("CREATE TABLE a LIKE b")

    assert options == {"topic": "a"}


def test_comments_and_partitions_stay() -> None:
    lowered = lower_table(
        "CREATE TABLE t (a INT) COMMENT 'c' PARTITIONED BY (a) DISTRIBUTED INTO 2 BUCKETS",
        LOCAL,
        options=OPTIONS,
        kind="facts",
    )

    assert lowered.startswith("CREATE TABLE t (a INT) COMMENT 'c' PARTITIONED BY (a) WITH (")


@pytest.mark.parametrize("text", ["INSERT INTO a SELECT 1", "", "-- nothing"])
def test_other_statements_are_refused(text: str) -> None:
    with pytest.raises(SqlSyntaxError, match="expected CREATE TABLE"):
        lower_table(text, LOCAL, options={}, kind="facts")
