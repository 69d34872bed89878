"""Offsets as Flink's Kafka connector and the ledger write them."""

import json
from collections.abc import Mapping, Sequence

from airflow_bluegreen.core.model import Offsets


def scan_from(table: str, topic: str, offsets: Offsets) -> str:
    """The statement that lets a session's table be read from these offsets of its topic."""
    return _altered(table, _bound("startup", topic, offsets))


def scan_between(table: str, topic: str, begin: Offsets | None, end: Offsets, group: str) -> str:
    """The statement that lets a session's table be read between offsets, and the job end there.

    :param begin: None for a table that is always read from its beginning.
    :param group: the consumer group to commit to, which must be nobody else's.
    """
    options = _bound("startup", topic, begin) if begin is not None else {}
    return _altered(table, {**options, **_bound("bounded", topic, end), "properties.group.id": group})


def write_to(table: str, options: Mapping[str, str]) -> str:
    """The statement that gives a session's table other options."""
    return _altered(table, options)


def copy_sql(target: str, source: str, columns: Sequence[str]) -> str:
    """The statement that copies these columns of one table into another."""
    listed = ", ".join(map(_quoted, columns))
    return " ".join(
        ("INSERT INTO", _quoted(target), f"({listed})", "SELECT", listed, "FROM", _quoted(source))
    )


def offsets_text(offsets: Offsets) -> str:
    """Offsets as the ledger's markers keep them."""
    return json.dumps({f"{topic},{part}": offset for (topic, part), offset in sorted(offsets.items())})


def offsets_of(text: str) -> Offsets:
    """What :func:`offsets_text` wrote."""
    pairs = ((key.rpartition(","), offset) for key, offset in json.loads(text).items())
    return {(topic, int(part)): offset for (topic, _, part), offset in pairs}


def _bound(which: str, topic: str, offsets: Offsets) -> dict[str, str]:
    listed = ";".join(
        f"partition:{part},offset:{offset}"
        for (name, part), offset in sorted(offsets.items())
        if name == topic
    )
    return {f"scan.{which}.mode": "specific-offsets", f"scan.{which}.specific-offsets": listed}


def _altered(table: str, options: Mapping[str, str]) -> str:
    listed = ", ".join(f"{_literal(key)} = {_literal(value)}" for key, value in options.items())
    return f"ALTER TABLE {_quoted(table)} SET ({listed})"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
