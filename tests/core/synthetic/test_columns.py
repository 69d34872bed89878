import json

import pytest

from airflow_bluegreen.core.synthetic.columns import record_schema
from airflow_bluegreen.exceptions import ConfigurationError
from tests.core.synthetic.sources import definition


def test_columns_are_the_ddls_where_the_registry_has_none() -> None:
    schema = record_schema(
        definition({"id": "STRING NOT NULL", "n": "TINYINT", "c": "CHAR(3)", "t": "TIMESTAMP(6)"})
    )
    assert [(one.name, one.kind, one.nullable) for one in schema.columns] == [
        ("id", "string", False),
        ("n", "int", True),
        ("c", "string", True),
        ("t", "timestamp-millis", True),
    ]
    assert schema.columns[1].bits == 8
    assert (schema.columns[2].length, schema.columns[2].fixed) == (3, True)


def test_a_key_is_never_null() -> None:
    schema = record_schema(definition({"id": "STRING", "v": "INT"}, key=("id",)))
    assert [one.nullable for one in schema.columns] == [False, True]


def test_the_registered_schema_counts_where_there_is_one() -> None:
    """It may forbid nulls that the DDL allows, and have columns that the DDL leaves out."""
    registered = {
        "type": "record",
        "name": "row",
        "fields": [
            {"name": "id", "type": "string"},
            {"name": "state", "type": {"type": "enum", "name": "state", "symbols": ["on", "off"]}},
            {"name": "before", "type": ["null", "state"]},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        ],
    }
    schema = record_schema(
        definition({"id": "STRING", "state": "STRING", "at": "TIMESTAMP(3)"}), json.dumps(registered)
    )
    assert [(one.name, one.kind, one.nullable) for one in schema.columns] == [
        ("id", "string", False),
        ("state", "enum", False),
        ("before", "enum", True),
        ("at", "timestamp-micros", False),
    ]


def test_debeziums_envelope_is_seen_through() -> None:
    row = {"type": "record", "name": "Value", "fields": [{"name": "id", "type": "int"}]}
    envelope = {
        "type": "record",
        "name": "Envelope",
        "fields": [
            {"name": "before", "type": ["null", row]},
            {"name": "after", "type": ["null", "Value"]},
            {"name": "op", "type": "string"},
        ],
    }
    schema = record_schema(definition({"id": "INT"}), json.dumps(envelope))
    assert schema.envelope
    assert [one.name for one in schema.columns] == ["id"]


def test_a_moment_is_told_from_a_local_time() -> None:
    schema = record_schema(definition({"a": "TIMESTAMP_LTZ(3)", "b": "TIMESTAMP(3)"}))
    assert [one.zoned for one in schema.columns] == [True, False]


def test_a_type_that_no_record_can_hold_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no schema for INTERVAL"):
        record_schema(definition({"a": "INTERVAL DAY"}))
