import json
from typing import Any

import pytest

from airflow_bluegreen.core.sql import parse, subject_schemas
from airflow_bluegreen.exceptions import ConfigurationError

AVRO = "'key.format' = 'avro-confluent', 'value.format' = 'avro-confluent'"
UPSERT = f"'connector' = 'upsert-kafka', {AVRO}"


def schemas(columns: str, options: str = UPSERT, topic: str = "t_v2") -> dict[str, Any]:
    definition = parse(f"CREATE TABLE t_v2 ({columns}) WITH ({options})")[0].definition
    assert definition is not None
    return {one.subject: json.loads(one.schema) for one in subject_schemas(definition, topic)}


def type_of(written: str) -> Any:
    (field,) = schemas(f"a {written}", "'connector' = 'kafka', 'format' = 'avro-confluent'")["t_v2-value"][
        "fields"
    ]
    return field["type"]


def names(schema: dict[str, Any]) -> list[str]:
    return [field["name"] for field in schema["fields"]]


def test_key_and_value_of_an_upsert_table() -> None:
    found = schemas("a INT, k STRING, b STRING NOT NULL, PRIMARY KEY (k) NOT ENFORCED")
    assert found == {
        "t_v2-key": {
            "type": "record",
            "name": "record",
            "namespace": "org.apache.flink.avro.generated",
            "fields": [{"name": "k", "type": "string"}],
        },
        "t_v2-value": {
            "type": "record",
            "name": "record",
            "namespace": "org.apache.flink.avro.generated",
            "fields": [
                {"name": "a", "type": ["null", "int"], "default": None},
                {"name": "k", "type": "string"},
                {"name": "b", "type": "string"},
            ],
        },
    }


def test_the_value_without_the_key() -> None:
    found = schemas(
        "k STRING, a INT, PRIMARY KEY (k) NOT ENFORCED", f"{UPSERT}, 'value.fields-include' = 'EXCEPT_KEY'"
    )
    assert names(found["t_v2-value"]) == ["a"]


def test_the_key_of_an_append_table_is_what_its_options_say() -> None:
    options = f"'connector' = 'kafka', {AVRO}, 'key.fields' = 'k_b;k_a', 'key.fields-prefix' = 'k_'"
    found = schemas("k_a INT, k_b INT, a INT", options)
    assert names(found["t_v2-key"]) == ["b", "a"]
    assert names(found["t_v2-value"]) == ["k_a", "k_b", "a"]


def test_only_stored_columns_count() -> None:
    found = schemas("k STRING, at TIMESTAMP_LTZ(3) METADATA, b AS UPPER(k), PRIMARY KEY (k) NOT ENFORCED")
    assert names(found["t_v2-value"]) == ["k"]


def test_other_formats_have_no_subjects() -> None:
    assert schemas("a INT", "'connector' = 'kafka', 'format' = 'json'") == {}
    mixed = "'connector' = 'upsert-kafka', 'key.format' = 'raw', 'value.format' = 'avro-confluent'"
    assert list(schemas("k STRING PRIMARY KEY NOT ENFORCED", mixed)) == ["t_v2-value"]


def test_a_subject_and_a_schema_of_its_own() -> None:
    options = f"{UPSERT}, 'value.avro-confluent.subject' = 'shared'"
    assert list(schemas("k STRING PRIMARY KEY NOT ENFORCED", options, "topic")) == ["topic-key", "shared"]
    options = f"{UPSERT}, 'value.avro-confluent.schema' = '{{\"type\": \"string\"}}'"
    assert schemas("k STRING PRIMARY KEY NOT ENFORCED", options)["t_v2-value"] == {"type": "string"}


@pytest.mark.parametrize(
    ("written", "avro"),
    [
        ("BOOLEAN NOT NULL", "boolean"),
        ("TINYINT NOT NULL", "int"),
        ("BIGINT", ["null", "long"]),
        ("DOUBLE PRECISION NOT NULL", "double"),
        ("CHARACTER VARYING (20) NOT NULL", "string"),
        ("VARBINARY(3) NOT NULL", "bytes"),
        ("DECIMAL NOT NULL", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 0}),
        ("NUMERIC(14, 2) NOT NULL", {"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 2}),
        ("DATE NOT NULL", {"type": "int", "logicalType": "date"}),
        ("TIME NOT NULL", {"type": "int", "logicalType": "time-millis"}),
        ("TIMESTAMP(3) NOT NULL", {"type": "long", "logicalType": "timestamp-millis"}),
        ("TIMESTAMP(0) WITHOUT TIME ZONE NOT NULL", {"type": "long", "logicalType": "timestamp-millis"}),
        ("ARRAY<INT NOT NULL> NOT NULL", {"type": "array", "items": "int"}),
        ("INT ARRAY NOT NULL", {"type": "array", "items": ["null", "int"]}),
        ("MAP<STRING, BIGINT> NOT NULL", {"type": "map", "values": ["null", "long"]}),
        ("MULTISET<STRING> NOT NULL", {"type": "map", "values": ["null", "int"]}),
        (
            "ROW<x INT NOT NULL, y ROW<z DATE>> NOT NULL",
            {
                "type": "record",
                "name": "record_a",
                "fields": [
                    {"name": "x", "type": "int"},
                    {
                        "name": "y",
                        "type": [
                            "null",
                            {
                                "type": "record",
                                "name": "record_a_y",
                                "fields": [
                                    {
                                        "name": "z",
                                        "type": ["null", {"type": "int", "logicalType": "date"}],
                                        "default": None,
                                    }
                                ],
                            },
                        ],
                        "default": None,
                    },
                ],
            },
        ),
    ],
)
def test_types(written: str, avro: Any) -> None:
    assert type_of(written) == avro


@pytest.mark.parametrize(
    "written",
    [
        "TIMESTAMP",
        "TIMESTAMP(6)",
        "TIMESTAMP_LTZ(3)",
        "TIMESTAMP(3) WITH LOCAL TIME ZONE",
        "TIME(6)",
        "MAP<INT, INT>",
        "MULTISET<INT>",
        "INTERVAL DAY",
        "db.money",
        "VARIANT",
    ],
)
def test_types_that_avro_cannot_hold(written: str) -> None:
    with pytest.raises(ConfigurationError, match="Flink's Avro format has no schema for"):
        type_of(written)


def test_a_column_that_cannot_be_a_field() -> None:
    with pytest.raises(ConfigurationError, match="'a-b' cannot be a field in Avro"):
        schemas("k STRING PRIMARY KEY NOT ENFORCED, `a-b` INT")
