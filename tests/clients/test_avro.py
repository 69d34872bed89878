import io
import json
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from airflow_bluegreen.clients.avro import SchemaDecoder, split
from airflow_bluegreen.exceptions import ConfigurationError
from tests.fakes.schema_registry import FakeSchemas

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
SCHEMA = {
    "type": "record",
    "name": "row",
    "fields": [{"name": "id", "type": "int"}, {"name": "amount", "type": ["null", DECIMAL], "default": None}],
}


def encoded(schemas: FakeSchemas, schema: Any, value: Any) -> bytes:
    registered = schemas.register("orders-value", json.dumps(schema))
    payload = io.BytesIO()
    fastavro.schemaless_writer(payload, fastavro.parse_schema(schema), value)
    return b"\x00" + registered.schema_id.to_bytes(4, "big") + payload.getvalue()


def test_header_and_payload() -> None:
    assert split(b"\x00\x00\x00\x01\x02rest") == (258, b"rest")


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00\x01", b'{"json": 1}'])
def test_a_record_without_header_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match="does not begin with a schema id"):
        split(data)


def test_decodes_logical_types() -> None:
    schemas = FakeSchemas()
    data = encoded(schemas, SCHEMA, {"id": 7, "amount": Decimal("12.50")})
    assert SchemaDecoder(schemas).decode(data) == {"id": 7, "amount": Decimal("12.50")}


def test_a_primitive_has_one_value() -> None:
    schemas = FakeSchemas()
    assert SchemaDecoder(schemas).decode(encoded(schemas, {"type": "int"}, 5)) == {"value": 5}


def test_each_schema_is_fetched_once() -> None:
    schemas = FakeSchemas()
    decoder = SchemaDecoder(schemas)
    data = encoded(schemas, SCHEMA, {"id": 7, "amount": None})
    decoder.decode(data)
    decoder.decode(data)
    assert len(schemas.wire.called("by_id")) == 1


def test_a_payload_that_is_cut_off_is_refused() -> None:
    schemas = FakeSchemas()
    data = encoded(schemas, SCHEMA, {"id": 7, "amount": Decimal("12.50")})
    with pytest.raises(ConfigurationError, match="does not match its schema"):
        SchemaDecoder(schemas).decode(data[:-2])
