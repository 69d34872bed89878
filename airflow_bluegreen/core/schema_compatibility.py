"""Whether what was written with one version of an Avro schema can be read with another."""

from collections.abc import Sequence
from enum import StrEnum


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


def incompatibilities(level: Compatibility, newest: str, earlier: Sequence[str]) -> tuple[str, ...]:
    """Why the newest Avro schema may not follow the earlier ones; empty when it may.

    :param newest: schema as JSON.
    :param earlier: the schemas before, oldest first; version 1 is the first.
    :raises avro.errors.AvroException: one of them is no Avro schema.
    """
    side, _, transitive = level.partition("_")
    first = 0 if transitive else max(len(earlier) - 1, 0)
    found: list[str] = []
    for version, old in list(enumerate(earlier, start=1))[first:]:
        if side in _NEW_READS_OLD:
            found += _problems(newest, old, f"the newest version cannot read what version {version} wrote")
        if side in _OLD_READS_NEW:
            found += _problems(old, newest, f"version {version} cannot read what the newest version writes")
    return tuple(found)


def _problems(reader: str, writer: str, what: str) -> list[str]:
    # Imported here: a command that asks no registry need not wait for it.
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
    from avro.schema import parse

    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(
        reader=parse(reader, validate_names=False), writer=parse(writer, validate_names=False)
    )
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    rules = ", ".join(sorted(str(rule.value).replace("_", " ") for rule in result.incompatibilities))
    return [f"{what}: {rules} ({'; '.join(sorted(result.messages))})"]
