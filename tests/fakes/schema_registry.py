"""A schema registry in memory that knows enough Avro to refuse a reader that cannot read.

Of Protobuf it takes the same schema only.
"""

import json
from collections.abc import Mapping

from airflow_bluegreen.clients.protobuf import descriptors
from airflow_bluegreen.core.model import RegisteredSchema, WrittenSchema
from airflow_bluegreen.exceptions import ConfigurationError
from tests.fakes.wire import Wire


def _reads(reader: Mapping[str, object], writer: Mapping[str, object]) -> bool:
    """Whether every field of the reader is in the writer, with the same type, or has a default."""
    written = {field["name"]: field for field in writer.get("fields", [])}  # type: ignore[attr-defined]
    for field in reader.get("fields", []):  # type: ignore[attr-defined]
        if field["name"] not in written:
            if "default" not in field:
                return False
        elif written[field["name"]]["type"] != field["type"]:
            return False
    return True


class FakeSchemas:
    """Implements ``ports.Schemas``; ``level`` is the registry's compatibility level."""

    def __init__(self, level: str = "FULL") -> None:
        self.level = level
        self.wire = Wire()
        self.fail_next = self.wire.fail_next
        self._subjects: dict[str, list[RegisteredSchema]] = {}
        self._ids: dict[tuple[str, str], int] = {}

    def latest(self, subject: str) -> RegisteredSchema | None:
        with self.wire.call("latest", subject):
            versions = self._subjects.get(subject)
            return versions[-1] if versions else None

    def versions(self, subject: str) -> tuple[RegisteredSchema, ...]:
        with self.wire.call("versions", subject):
            return tuple(self._subjects.get(subject, ()))

    def by_id(self, schema_id: int) -> str:
        with self.wire.call("by_id", schema_id):
            for (_, schema), known in self._ids.items():
                if known == schema_id:
                    return schema
            raise ConfigurationError(f"no schema with id {schema_id}")

    def written(self, schema_id: int) -> WrittenSchema:
        with self.wire.call("written", schema_id):
            for (kind, schema), known in self._ids.items():
                if known == schema_id:
                    compiled = descriptors(schema, {}, f"schema {schema_id}") if kind == "PROTOBUF" else b""
                    return WrittenSchema(type=kind, text=schema, descriptors=compiled)
            raise ConfigurationError(f"no schema with id {schema_id}")

    def is_compatible(self, subject: str, schema: str, schema_type: str = "AVRO") -> bool:
        with self.wire.call("is_compatible", subject, schema, schema_type):
            versions = self._subjects.get(subject)
            if not versions or self.level == "NONE":
                return True
            if schema_type == "PROTOBUF" or versions[-1].type == "PROTOBUF":
                return schema == versions[-1].schema
            new, old = json.loads(schema), json.loads(versions[-1].schema)
            backward, forward = _reads(new, old), _reads(old, new)
            return (backward or self.level == "FORWARD") and (forward or self.level == "BACKWARD")

    def delete_subject(self, subject: str) -> None:
        with self.wire.call("delete_subject", subject):
            self._subjects.pop(subject, None)

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """The version that subject has for that schema; the same text has the same id everywhere."""
        versions = self._subjects.setdefault(subject, [])
        for known in versions:
            if known.schema == schema:
                return known
        schema_id = self._ids.setdefault((schema_type, schema), len(self._ids) + 1)
        registered = RegisteredSchema(
            subject=subject, version=len(versions) + 1, schema_id=schema_id, type=schema_type, schema=schema
        )
        versions.append(registered)
        return registered

    def subjects(self) -> set[str]:
        return set(self._subjects)
