"""Whether what was written with one version of an Avro schema can be read with another."""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airflow_bluegreen.exceptions import ConfigurationError


class Compatibility(StrEnum):
    """The levels of a schema registry: which side may lag behind, and how far back it is checked.

    Source: Confluent's Schema Registry documentation, "Schema Evolution and Compatibility".
    """

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"


_NEW_READS_OLD = frozenset({"BACKWARD", "FULL"})
_OLD_READS_NEW = frozenset({"FORWARD", "FULL"})
_BELOW_LOGICAL_TYPES = ("int", "long", "bytes")


class Side(StrEnum):
    """Who cannot read: readers with the newest schema, or those with an earlier one."""

    NEW_READERS = "new readers"
    OLD_READERS = "old readers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A reader that cannot read what another version wrote.

    :param version: the earlier version, 1 is the first.
    :param rules: the rules of Avro that are broken, and where in the schema.
    """

    side: Side
    version: int
    rules: str

    def __str__(self) -> str:
        if self.side is Side.NEW_READERS:
            return f"the newest version cannot read what version {self.version} wrote: {self.rules}"
        return f"version {self.version} cannot read what the newest version writes: {self.rules}"


def incompatibilities(level: Compatibility, newest: str, earlier: Sequence[str]) -> tuple[Breach, ...]:
    """Why the newest Avro schema may not follow the earlier ones; empty when it may.

    :param newest: schema as JSON.
    :param earlier: the schemas before, oldest first; version 1 is the first.
    :raises ConfigurationError: one of them is no Avro schema.
    """
    kind, _, transitive = level.partition("_")
    first = 0 if transitive else max(len(earlier) - 1, 0)
    found: list[Breach] = []
    for version, old in list(enumerate(earlier, start=1))[first:]:
        if kind in _NEW_READS_OLD and (rules := _problems(newest, old)):
            found.append(Breach(side=Side.NEW_READERS, version=version, rules=rules))
        if kind in _OLD_READS_NEW and (rules := _problems(old, newest)):
            found.append(Breach(side=Side.OLD_READERS, version=version, rules=rules))
    return tuple(found)


def same_schema(one: str, other: str) -> bool:
    """Whether two texts are the same Avro schema; layout, documentation and the place of namespaces aside.

    :raises ConfigurationError: one of them is no Avro schema.
    """
    first, second = _parsed(one), _parsed(other)
    return bool(_undocumented(first.to_json()) == _undocumented(second.to_json()))


def misread_fields(newest: str, old: str) -> tuple[str, ...]:
    """Fields whose bytes Avro lets both versions read, and whose values then mean something else.

    A decimal of another scale, or a time of another unit: Avro's rules look at the bytes below only.
    """
    before, after = _meanings(json.loads(old)), _meanings(json.loads(newest))
    return tuple(
        f"{name} was {before[name]}, is {after[name]}"
        for name in after
        if name in before
        and before[name] != after[name]
        and not {before[name], after[name]} <= {*_BELOW_LOGICAL_TYPES}  # Avro widens an int itself
    )


def _problems(reader: str, writer: str) -> str:
    """The rules that are broken, empty for none."""
    # Imported here: a command that asks no registry need not wait for it.
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(reader=_parsed(reader), writer=_parsed(writer))
    if result.compatibility is SchemaCompatibilityType.compatible:
        return ""
    rules = ", ".join(sorted(str(rule.value).replace("_", " ") for rule in result.incompatibilities))
    return f"{rules} ({'; '.join(sorted(result.messages))})"


def _parsed(schema: str) -> Any:
    from avro.errors import AvroException, IgnoredLogicalType
    from avro.schema import parse

    try:
        with warnings.catch_warnings():
            # Of logical types that the library does not know (local-timestamp-millis) the type below counts.
            warnings.simplefilter("ignore", IgnoredLogicalType)
            return parse(schema, validate_names=False)
    except AvroException as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"not an Avro schema: {reason}", remedy="Register another one, or delete that version"
        ) from error


def _undocumented(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_undocumented(one) for one in schema]
    if isinstance(schema, dict):
        return {key: _undocumented(one) for key, one in schema.items() if key != "doc"}
    return schema


def _meanings(schema: Any, path: str = "") -> dict[str, str]:
    """Path → logical type, of every value that has one or is of a type that could have one."""
    found: dict[str, str] = {}
    if isinstance(schema, dict) and "logicalType" in schema:
        found[path] = _meaning(schema)
    elif isinstance(schema, str) and schema in _BELOW_LOGICAL_TYPES:
        found[path] = schema
    else:
        for name, part in _parts(schema):
            found |= _meanings(part, f"{path}.{name}".strip("."))
    return found


def _parts(schema: Any) -> Iterator[tuple[str, Any]]:
    """What a schema is made of: the fields of a record by name, and all else without one."""
    if isinstance(schema, list):
        yield from (("", one) for one in schema)
    elif isinstance(schema, dict):
        yield from ((field["name"], field["type"]) for field in schema.get("fields", ()))
        yield from (("", schema[key]) for key in ("items", "values") if key in schema)
        if isinstance(schema["type"], dict | list):
            yield "", schema["type"]


def _meaning(schema: Mapping[str, Any]) -> str:
    """``decimal(scale 2)``: the precision only says how long the number may be."""
    kind = str(schema["logicalType"])
    return f"{kind} of scale {schema.get('scale', 0)}" if kind == "decimal" else kind
