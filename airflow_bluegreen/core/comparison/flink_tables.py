"""The tables of a comparison on the cluster: the records of a topic up to an offset, as bytes or decoded."""

from collections.abc import Iterable, Sequence

from airflow_bluegreen.core.model import Column, ColumnKind, Offsets
from airflow_bluegreen.core.sql import quote

BLUE, GREEN = "blue", "green"

KEY = "bluegreen key"
VALUE = "bluegreen value"
OFFSET = "bluegreen offset"
PARTITION = "bluegreen partition"
TIME = "bluegreen time"
_METADATA = (
    f"`{OFFSET}` BIGINT METADATA FROM 'offset' VIRTUAL",
    f"`{PARTITION}` INT METADATA FROM 'partition' VIRTUAL",
    f"`{TIME}` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL",
)


def records_table(side: str) -> str:
    """The name of the table whose rows are the records of a side, as bytes."""
    return f"{side}_records"


def rows_table(side: str) -> str:
    """The name of the table whose rows are the records of a side, decoded; tombstones are not in it."""
    return f"{side}_rows"


def records_sql(side: str, topic: str, ends: Offsets) -> str:
    """Creates :func:`records_table`, in the dialect that an environment's options are laid over."""
    columns = (f"`{KEY}` BYTES", f"`{VALUE}` BYTES", *_METADATA)
    return _table(records_table(side), columns, topic, ends, value_format="raw")


def rows_sql(side: str, topic: str, ends: Offsets, columns: Sequence[Column], value_format: str) -> str:
    """Creates :func:`rows_table`.

    :param value_format: as the dialect names it, ``avro-registry`` or ``json-registry``.
    """
    declared = (f"{quote(one.name)} {one.type}" for one in columns if one.kind is ColumnKind.PHYSICAL)
    return _table(
        rows_table(side), (f"`{KEY}` BYTES", *declared, *_METADATA), topic, ends, value_format=value_format
    )


def _table(name: str, columns: Iterable[str], topic: str, ends: Offsets, *, value_format: str) -> str:
    bounds = ";".join(
        f"partition:{part},offset:{offset}" for (of, part), offset in sorted(ends.items()) if of == topic
    )
    options = {
        "changelog.mode": "append",
        "topic": topic,
        "key.format": "raw",
        "value.format": value_format,
        "scan.startup.mode": "earliest-offset",
        "scan.bounded.mode": "specific-offsets",
        "scan.bounded.specific-offsets": bounds,
        "properties.isolation.level": "read_committed",
        # What brokers know a quota by; without a group nothing is committed, and there is none to clean up.
        "properties.client.id.prefix": "bluegreen-comparison",
    }
    written = ", ".join(f"{_literal(key)} = {_literal(value)}" for key, value in options.items())
    listed = ",\n  ".join(columns)
    return (
        f"CREATE TABLE {quote(name)} (\n  {listed}\n)"
        f" DISTRIBUTED BY HASH(`{KEY}`) INTO 1 BUCKETS WITH ({written})"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
