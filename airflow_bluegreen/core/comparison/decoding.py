"""Reading what was written with a schema of the registry."""

import json
from io import BytesIO
from typing import Any, Protocol

import fastavro
import orjson

from airflow_bluegreen.core.comparison.protobuf_rows import ProtobufReader
from airflow_bluegreen.core.model import WrittenSchema
from airflow_bluegreen.exceptions import ConfigurationError


class Decoder(Protocol):
    """One schema; payloads are what stands behind the registry's header."""

    def read(self, payload: bytes) -> Any:
        """What was written. Raises ValueError, IndexError, EOFError … where the payload does not fit."""
        ...

    def writer(self, payload: bytes) -> str:
        """What the payload's bytes depend on: equal for two schemas that write the same values alike."""
        ...


def decoder_for(schema: WrittenSchema) -> Decoder:
    """Raises ConfigurationError for a type that no registry has."""
    match schema.type:
        case "AVRO":
            return _Avro(schema.text)
        case "JSON":
            return _Json()
        case "PROTOBUF":
            return _Protobuf(schema.descriptors)
        case other:
            raise ConfigurationError(f"schemas of type {other} cannot be read")


class _Avro:
    def __init__(self, text: str) -> None:
        self._content = json.loads(text)
        self._schema = fastavro.parse_schema(self._content)

    def read(self, payload: bytes) -> Any:
        source = BytesIO(payload)
        value = fastavro.schemaless_reader(source, self._schema, None)
        if source.tell() != len(payload):
            raise ValueError(f"{len(payload) - source.tell()} bytes are left over")
        return value

    def writer(self, payload: bytes) -> str:
        optional = "optional " if isinstance(self._content, list) else ""
        return f"avro {optional}{json.dumps(avro_fields(self._content) or self._content)}"


class _Json:
    def read(self, payload: bytes) -> Any:
        return orjson.loads(payload)

    def writer(self, payload: bytes) -> str:
        row = orjson.loads(payload)
        return "json " + (",".join(row) if isinstance(row, dict) else "")


class _Protobuf:
    def __init__(self, descriptors: bytes) -> None:
        self._reader = ProtobufReader(descriptors)

    def read(self, payload: bytes) -> Any:
        return self._reader.read(payload)

    def writer(self, payload: bytes) -> str:
        return f"protobuf {self._reader.fields(payload)}"


def avro_fields(content: Any) -> list[dict[str, Any]] | None:
    """The fields of an Avro record without its name, None for what is no record.

    Flink's optional record is the union of null and the record.
    """
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and part.get("type") == "record":
            fields: list[dict[str, Any]] = part["fields"]
            return fields
    return None
