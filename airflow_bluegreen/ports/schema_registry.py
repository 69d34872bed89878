"""Registry subjects and their schemas."""

from typing import Protocol

from airflow_bluegreen.core.model import RegisteredSchema, WrittenSchema


class SchemaReader(Protocol):
    def latest(self, subject: str) -> RegisteredSchema | None: ...

    def versions(self, subject: str) -> tuple[RegisteredSchema, ...]:
        """Every version that was not deleted, oldest first; none where the subject does not exist."""
        ...

    def by_id(self, schema_id: int) -> str:
        """The schema text of a global id (cached)."""
        ...

    def written(self, schema_id: int) -> WrittenSchema:
        """What is needed to read what was written with that schema (cached)."""
        ...

    def is_compatible(self, subject: str, schema: str, schema_type: str = "AVRO") -> bool:
        """Whether a schema may follow the subject's latest version; True where the subject does not exist."""
        ...


class SchemaWriter(Protocol):
    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """The subject's version for that schema, made unless it is there.

        Raises ConfigurationError where the subject's compatibility does not allow it.
        """
        ...

    def delete_subject(self, subject: str) -> None:
        """Delete all versions for good; an absent subject is fine."""
        ...


class Schemas(SchemaReader, SchemaWriter, Protocol): ...
