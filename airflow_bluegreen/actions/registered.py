"""What the registry says of blue's and green's schemas."""

from airflow_bluegreen.core.schema_compatibility import Compatibility, Side, incompatibilities, misread_fields
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import SchemaReader


def is_compatible(schemas: SchemaReader, blue: str, green: str) -> bool | None:
    """Whether green's value schema may follow blue's by the level of blue's subject; None without schemas."""
    schema = schemas.latest(f"{green}-value")
    if schema is None or schemas.latest(f"{blue}-value") is None:
        return None
    return schemas.is_compatible(f"{blue}-value", schema.schema, schema.type)


def breaches(schemas: SchemaReader, blue: str, green: str) -> tuple[str, ...]:
    """Who could not read what, a sentence each: readers with blue's schema, or with green's. Of Avro only."""
    told: list[str] = []
    for part in ("key", "value"):
        before, after = schemas.latest(f"{blue}-{part}"), schemas.latest(f"{green}-{part}")
        if before is None or after is None or {before.type, after.type} != {"AVRO"}:
            continue
        try:
            found = incompatibilities(Compatibility.FULL, after.schema, [before.schema])
        except ConfigurationError as error:  # no reason to end a comparison that can be made
            told.append(f"who could read the other's {part} is not known: {error.what}")
            continue
        for breach in found:
            if breach.side is Side.NEW_READERS:
                told.append(f"readers made for green's {part} could not read blue's: {breach.rules}")
            else:
                told.append(f"readers made for blue's {part} could not read green's: {breach.rules}")
        told += (f"read another way: {field}" for field in misread_fields(after.schema, before.schema))
    return tuple(told)
