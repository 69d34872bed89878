"""Records in the registry's wire format: a zero byte, the schema's id in four bytes, the Avro payload."""

import io
import json
from collections.abc import Mapping
from typing import Any

import fastavro

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import SchemaReader

HEADER_BYTES = 5


def split(data: bytes) -> tuple[int, bytes]:
    """Schema id and payload. Raises ConfigurationError if the header is not there."""
    if len(data) < HEADER_BYTES or data[0] != 0:
        raise ConfigurationError(
            f"a record of {len(data)} bytes does not begin with a schema id",
            remedy="Check that the table's format is avro-confluent",
        )
    return int.from_bytes(data[1:HEADER_BYTES], "big"), data[HEADER_BYTES:]


class SchemaDecoder:
    """Decodes records with the schema they were written with; each schema is fetched and parsed once."""

    def __init__(self, schemas: SchemaReader) -> None:
        self._schemas = schemas
        self._parsed: dict[int, Any] = {}

    def decode(self, data: bytes) -> Mapping[str, Any]:
        """Field values by name; decimals, timestamps and dates as Python's. Raises ConfigurationError."""
        schema_id, payload = split(data)
        if schema_id not in self._parsed:
            self._parsed[schema_id] = fastavro.parse_schema(json.loads(self._schemas.by_id(schema_id)))
        try:
            value = fastavro.schemaless_reader(io.BytesIO(payload), self._parsed[schema_id], None)
        except (EOFError, ValueError, IndexError) as error:
            raise ConfigurationError(f"a record does not match its schema {schema_id}: {error}") from error
        return value if isinstance(value, dict) else {"value": value}
