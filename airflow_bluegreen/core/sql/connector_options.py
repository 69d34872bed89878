"""The options of a table for Apache Flink's ``kafka`` and ``upsert-kafka`` connectors."""

from collections.abc import Mapping
from enum import StrEnum

from airflow_bluegreen.core.sql.table_syntax import TableSyntax
from airflow_bluegreen.core.sql.text import dotted
from airflow_bluegreen.exceptions import ConfigurationError


class Mode(StrEnum):
    """How a topic is read: as single events, or as the last row of each key."""

    APPEND = "append"
    UPSERT = "upsert"


_CONNECTORS = {Mode.APPEND: "kafka", Mode.UPSERT: "upsert-kafka"}
_FORMATS = {
    "avro-registry": "avro-confluent",
    "json-registry": "json",
    "avro-confluent": "avro-confluent",
    "avro": "avro",
    "csv": "csv",
    "json": "json",
    "raw": "raw",
}
_FIELDS = {"all": "ALL", "except-key": "EXCEPT_KEY"}
# What Confluent sets on the topic, and what has no meaning outside of Confluent.
_NOT_THE_TABLES = frozenset(
    {
        "changelog.mode",
        "connector",
        "kafka.cleanup-policy",
        "kafka.compaction.time",
        "kafka.max-message-size",
        "kafka.message-timestamp-type",
        "kafka.partitions",
        "kafka.retention.size",
        "kafka.retention.time",
        "key.format",
        "value.fields-include",
        "value.format",
    }
)
_RENAMED = {
    "kafka.consumer.isolation-level": "properties.isolation.level",
    "kafka.producer.compression.type": "properties.compression.type",
}
_PASSED = ("properties.", "scan.", "sink.", "lookup.", "topic", "key.fields", "value.fields")
_OF_THE_ENVIRONMENT = frozenset({"properties.bootstrap.servers"})


def is_native(table: TableSyntax) -> bool:
    """Whether the text is written for Apache Flink: it names a connector of its own."""
    return _explicit(table).get("connector", "confluent") != "confluent"


def table_mode(table: TableSyntax, options: Mapping[str, str], *, kind: str) -> Mode:
    """How the table is read: as it says, else by its primary key, as on Confluent.

    :raises ConfigurationError: for ``retract``, an unknown mode, or ``upsert`` without a primary key.
    """
    wanted = _explicit(table).get("changelog.mode")
    if wanted is None:
        by_profile = {name: mode for mode, name in _CONNECTORS.items()}.get(options.get("connector", ""))
        return by_profile or (Mode.UPSERT if table.primary_key else Mode.APPEND)
    if wanted not in tuple(Mode):
        raise _refused(
            table,
            kind,
            "changelog.mode",
            wanted,
            "Apache Flink's Kafka connectors know append and upsert only",
        )
    if wanted == Mode.UPSERT and not table.primary_key:
        raise _refused(table, kind, "changelog.mode", wanted, "It needs a PRIMARY KEY (…) NOT ENFORCED")
    return Mode(wanted)


def connector_options(table: TableSyntax, options: Mapping[str, str], *, kind: str) -> dict[str, str]:
    """Every option of the table, the connector's first.

    :param options: those of the environment.
    :raises ConfigurationError: for an option that cannot be mapped.
    """
    explicit = _explicit(table)
    if is_native(table):
        written = dict(explicit)
        if "kafka" in explicit["connector"]:
            _lay_over(written, options, upsert=explicit["connector"] == "upsert-kafka")
        return written
    mode = table_mode(table, options, kind=kind)
    written = {"connector": _CONNECTORS[mode], "topic": explicit.get("topic", table.name[-1].value)}
    if table.base and "changelog.mode" not in explicit and not table.columns:
        del written["connector"]  # LIKE takes everything else over from its base
        return written | _mapped(table, explicit, mode, kind)
    keys = table.primary_key if mode is Mode.UPSERT else table.distributed_by or table.primary_key
    written |= _formats(table, explicit, options, kind, with_key=bool(keys))
    if mode is Mode.APPEND and keys:
        written["key.fields"] = ";".join(keys)
    if keys:
        written["value.fields-include"] = _fields_include(table, explicit, kind)
    written |= _mapped(table, explicit, mode, kind)
    _lay_over(written, options, upsert=mode is Mode.UPSERT)
    if mode is Mode.APPEND:
        written.setdefault("scan.startup.mode", "earliest-offset")
    return written


def _explicit(table: TableSyntax) -> dict[str, str]:
    return {option.key: option.value for option in table.options}


def _formats(
    table: TableSyntax, explicit: Mapping[str, str], options: Mapping[str, str], kind: str, *, with_key: bool
) -> dict[str, str]:
    written = {}
    for key in ("key.format", "value.format") if with_key else ("value.format",):
        asked = explicit.get(key) or options.get(key) or "avro-registry"
        if asked not in _FORMATS:
            raise _refused(table, kind, key, asked, f"Known are {', '.join(sorted(_FORMATS))}")
        written[key] = _FORMATS[asked]
    return written


def _fields_include(table: TableSyntax, explicit: Mapping[str, str], kind: str) -> str:
    """Whether the value repeats the key's columns; Confluent leaves them out unless told otherwise."""
    asked = explicit.get("value.fields-include", "except-key").lower().replace("_", "-")
    if asked not in _FIELDS:
        raise _refused(table, kind, "value.fields-include", asked, "Known are all and except-key")
    return _FIELDS[asked]


def _mapped(table: TableSyntax, explicit: Mapping[str, str], mode: Mode, kind: str) -> dict[str, str]:
    """The text's other options: passed on, renamed or left to the topic."""
    written = {}
    for key, value in explicit.items():
        if key in _NOT_THE_TABLES or _is_default(key, value) or key.endswith(".schema-context"):
            continue
        if key in _RENAMED:
            written[_RENAMED[key]] = value.replace("-", "_")
        elif not key.startswith(_PASSED) and not _is_of_format(key):
            raise _refused(
                table, kind, key, value, "Apache Flink has no equal for it: remove it from the text"
            )
        elif mode is Mode.APPEND or not key.startswith("scan.startup."):
            written[key] = value
    return written


def _is_default(key: str, value: str) -> bool:
    return key.startswith("error-handling.") and value == "fail"


def _is_of_format(key: str) -> bool:
    side, _, rest = key.partition(".")
    return side in ("key", "value") and rest.partition(".")[0] in _FORMATS.values()


def _lay_over(written: dict[str, str], options: Mapping[str, str], *, upsert: bool) -> None:
    """Adds the environment's options: those of a format only where the format is used."""
    for key, value in options.items():
        if key in ("connector", "topic", "key.format", "value.format") or (
            upsert and key.startswith("scan.startup.")
        ):
            continue
        for option in _sides(key, written):
            if option in _OF_THE_ENVIRONMENT or option.endswith(".url"):
                written[option] = value
            else:
                written.setdefault(option, value)


def _sides(key: str, written: Mapping[str, str]) -> tuple[str, ...]:
    """``avro-confluent.url`` as ``key.avro-confluent.url`` and ``value.avro-confluent.url``."""
    side, _, rest = key.partition(".")
    if side in _FORMATS.values():
        used = (name for name in ("key", "value") if written.get(f"{name}.format") == side)
        return tuple(f"{name}.{key}" for name in used)
    if _is_of_format(key):
        return (key,) if written.get(f"{side}.format") == rest.partition(".")[0] else ()
    if key == "key.fields" or (key.startswith("value.fields") and "key.format" not in written):
        return ()
    return (key,)


def _refused(table: TableSyntax, kind: str, key: str, value: str, remedy: str) -> ConfigurationError:
    name = dotted(part.value for part in table.name)
    return ConfigurationError(
        f"the {kind} table {name} has the option {key!r} = {value!r}, which cannot be mapped to Apache Flink",
        remedy=remedy,
    )
