"""Sources for tests of what is generated."""

from airflow_bluegreen.core.model import Column, SourceWishes, TableDefinition
from airflow_bluegreen.core.synthetic.columns import record_schema
from airflow_bluegreen.core.synthetic.traits import Changelog, Raw, Traits, Usage, traits_of

TYPES = (
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(5, 2)",
    "DECIMAL(38, 0)",
    "CHAR(3)",
    "VARCHAR(2)",
    "STRING",
    "BYTES",
    "BINARY(4)",
    "DATE",
    "TIME(0)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "TIMESTAMP_LTZ(3)",
    "TIMESTAMP(3) WITH LOCAL TIME ZONE",
    "ARRAY<INT>",
    "MAP<STRING, DOUBLE>",
    "ROW<`a` INT, `b` ARRAY<STRING NOT NULL>>",
)
ORDERS = {"id": "STRING", "op": "STRING", "lsn": "BIGINT", "amount": "DECIMAL(8, 2)", "at": "TIMESTAMP(3)"}
KEYS = ("BOOLEAN", "TINYINT", "INT", "BIGINT", "DECIMAL(5, 2)", "CHAR(3)", "VARCHAR(2)", "STRING", "DATE")


def definition(columns: dict[str, str], *, key: tuple[str, ...] = (), watermark: str = "") -> TableDefinition:
    """A table of these columns (name → type); a type may end with NOT NULL."""
    return TableDefinition(
        columns=tuple(
            Column(name=name, type=kind.removesuffix(" NOT NULL"), nullable=not kind.endswith(" NOT NULL"))
            for name, kind in columns.items()
        ),
        primary_key=key,
        watermark=watermark or None,
    )


def raw(
    source: str,
    columns: dict[str, str],
    *,
    key: tuple[str, ...] = (),
    order_by: str = "",
    operation: str = "",
    records: int = 60,
    changelog: Changelog = Changelog.APPEND,
    event_time: str = "",
    bound_ms: int | None = None,
    registered: str = "",
) -> Raw:
    """A source whose project says all that there is to say."""
    return Raw(
        source=source,
        schema=record_schema(definition(columns), registered),
        wishes=SourceWishes(key=key, order_by=order_by, operation=operation),
        records=records,
        changelog=changelog,
        event_time=event_time,
        bound_ms=bound_ms,
    )


def traits(one: Raw) -> Traits:
    """The traits of a source that no statement reads."""
    (found,) = traits_of([one], Usage(found=(), origin={}))
    return found


def orders(**changes: object) -> Raw:
    """Orders as change records with an order and an operation."""
    given: dict[str, object] = {"key": ("id",), "order_by": "lsn", "operation": "op", **changes}
    return raw("orders", ORDERS, **given)  # type: ignore[arg-type]
