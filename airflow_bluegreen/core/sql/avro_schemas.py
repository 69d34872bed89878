"""The registry subjects of a table, and the Avro schemas that Flink registers for them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from airflow_bluegreen.core.model import Column, ColumnKind, TableDefinition
from airflow_bluegreen.core.sql.avro_types import avro_record, avro_type
from airflow_bluegreen.exceptions import ConfigurationError

_FORMAT = "avro-confluent"
_NAMESPACE = "org.apache.flink.avro.generated"
_RECORD = "record"
_AVRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSchema:
    """A subject and the Avro schema (JSON) that a table's records have there; ``part`` is key or value."""

    part: str
    subject: str
    schema: str


def subject_schemas(definition: TableDefinition, topic: str) -> tuple[SubjectSchema, ...]:
    """What Flink registers when it writes its first record to the table, key first.

    :param definition: of the text that Flink gets: options and types of Apache Flink.
    :raises ConfigurationError: for a column whose name or type has no place in Avro.
    """
    found = []
    for part, columns in _columns(definition).items():
        options = _format_options(definition.options, part)
        if options is not None:
            subject = options.get("subject", f"{topic}-{part}")
            schema = options.get("schema") or _schema(columns)
            found.append(SubjectSchema(part=part, subject=subject, schema=schema))
    return tuple(found)


def _columns(definition: TableDefinition) -> Mapping[str, Sequence[Column]]:
    """The columns of key and value, as the Kafka connectors share them out."""
    options = definition.options
    stored = {one.name: one for one in definition.columns if one.kind is ColumnKind.PHYSICAL}
    for name in definition.primary_key:
        if name in stored:
            stored[name] = replace(stored[name], nullable=False)
    if options.get("connector") == "upsert-kafka":
        keys: Sequence[str] = definition.primary_key
    else:
        keys = [name for name in options.get("key.fields", "").split(";") if name]
    without_key = options.get("value.fields-include", "ALL").upper() == "EXCEPT_KEY"
    prefix = options.get("key.fields-prefix", "")
    key = [replace(stored[name], name=name.removeprefix(prefix)) for name in keys if name in stored]
    value = [one for one in stored.values() if not (without_key and one.name in keys)]
    return {"key": key, "value": value}


def _format_options(options: Mapping[str, str], part: str) -> Mapping[str, str] | None:
    """The options of the part's format, without its name; None where it is not the registry's Avro."""
    prefixes = [f"{part}.", ""] if part == "value" else ["key."]
    for prefix in prefixes:
        if options.get(f"{prefix}format") == _FORMAT:
            start = f"{prefix}{_FORMAT}."
            return {
                name.removeprefix(start): text for name, text in options.items() if name.startswith(start)
            }
    return None


def _schema(columns: Sequence[Column]) -> str:
    for one in columns:
        if not _AVRO_NAME.fullmatch(one.name):
            raise ConfigurationError(
                f"the column {one.name!r} cannot be a field in Avro",
                remedy="Name it with letters, digits and _ only",
            )
    fields = {
        one.name: avro_type(one.type, nullable=one.nullable, record=f"{_RECORD}_{one.name}")
        for one in columns
    }
    return json.dumps({**avro_record(_RECORD, fields), "namespace": _NAMESPACE})
