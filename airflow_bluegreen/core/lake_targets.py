"""Which tables a sink connector writes, as far as its kind is known: blue and green must not write the same.

The kinds and their settings: Iceberg's sink (``iceberg.tables``, ``iceberg.tables.dynamic-enabled``,
``iceberg.tables.default-commit-branch``), Debezium's JDBC sink (``collection.name.format``), Confluent's and
Aiven's (``table.name.format``), and Kafka's transform ``RegexRouter``, which renames topics on the way.
"""

import re
from collections.abc import Callable, Iterable, Mapping

Config = Mapping[str, str]

_ROUTER = "RegexRouter"
_TOPIC = "${topic}"


def lake_targets(config: Config) -> frozenset[str] | None:
    """The tables that a connector with this configuration writes, each with where it lies.

    None for a kind that is not known, or where a transform cannot be followed.
    """
    known = _KINDS.get(config.get("connector.class", ""))
    if known is None:
        return None
    topics = _routed(config)
    return None if topics is None else frozenset(known(config, topics))


def control_topic(config: Config) -> str | None:
    """The topic in which an Iceberg sink keeps its commits; None for all other kinds."""
    kind = _KINDS.get(config.get("connector.class", ""))
    return config.get("iceberg.control.topic", "control-iceberg") if kind is _iceberg else None


def _iceberg(config: Config, _topics: Iterable[str]) -> Iterable[str]:
    branch = config.get("iceberg.tables.default-commit-branch", "")
    place = _place(config, "iceberg.catalog", "iceberg.catalog.uri", "iceberg.catalog.warehouse")
    at = f" (branch {branch})" if branch and branch != "main" else ""
    if config.get("iceberg.tables.dynamic-enabled", "").lower() == "true":
        yield f"the tables that field {config.get('iceberg.tables.route-field', '?')} names{at}{place}"
    for table in _split(config.get("iceberg.tables", "")):
        yield f"{table}{at}{place}"


def _jdbc(setting: str) -> Callable[[Config, Iterable[str]], Iterable[str]]:
    def tables(config: Config, topics: Iterable[str]) -> Iterable[str]:
        pattern = config.get(setting, _TOPIC)
        for topic in topics:
            yield f"{pattern.replace(_TOPIC, topic)}{_place(config, 'connection.url')}"

    return tables


_KINDS: Mapping[str, Callable[[Config, Iterable[str]], Iterable[str]]] = {
    "org.apache.iceberg.connect.IcebergSinkConnector": _iceberg,
    "io.tabular.iceberg.connect.IcebergSinkConnector": _iceberg,
    "io.debezium.connector.jdbc.JdbcSinkConnector": _jdbc("collection.name.format"),
    "io.confluent.connect.jdbc.JdbcSinkConnector": _jdbc("table.name.format"),
    "io.aiven.connect.jdbc.JdbcSinkConnector": _jdbc("table.name.format"),
}


def _routed(config: Config) -> list[str] | None:
    """The topics as the sink sees them, behind the transforms that rename them."""
    topics = list(_split(config.get("topics", "")))
    for name in _split(config.get("transforms", "")):
        if not config.get(f"transforms.{name}.type", "").endswith(_ROUTER):
            continue
        written = config.get(f"transforms.{name}.replacement", "")
        try:
            pattern = re.compile(config.get(f"transforms.{name}.regex", ""))
            topics = [_renamed(pattern, re.sub(r"\$(\d)", r"\\\1", written), topic) for topic in topics]
        except re.error:  # Java's expressions can do more
            return None
    return topics


def _renamed(pattern: re.Pattern[str], replacement: str, topic: str) -> str:
    match = pattern.fullmatch(topic)
    return match.expand(replacement) if match else topic


def _place(config: Config, *settings: str) -> str:
    found = [config[setting] for setting in settings if config.get(setting)]
    return f" in {', '.join(found)}" if found else ""


def _split(text: str) -> Iterable[str]:
    return (part.strip() for part in text.split(",") if part.strip())
