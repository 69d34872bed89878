"""Version suffixes of table names: ``int_3`` is version 1, ``int_3_v2`` version 2 of the same table."""

import re

from airflow_bluegreen.core.sql import dotted

_QUOTED = re.compile(r"`((?:[^`]|``)+)`\Z")
_SUFFIX = re.compile(r"_v(0|[1-9][0-9]*)\Z")


def logical(name: str) -> str:
    """The table's name without version suffix: ``int_3_v2`` → ``int_3``. A bare ``_v2`` is a name."""
    if "_v" not in name:  # nearly always, and ten times as quick
        return name
    return _SUFFIX.sub("", name) or name


def version_of(name: str) -> int:
    """The version that a physical name carries, 1 without suffix."""
    found = _SUFFIX.search(name)
    return int(found[1]) if found and found.start() else 1


def physical(table: str, version: int) -> str:
    """The name of a logical table at a version; version 1 has no suffix."""
    return table if version == 1 else f"{table}_v{version}"


def unqualified(name: str) -> str:
    """The last part of a name as it stands in a text: ``catalog.db.int_3`` → ``int_3``.

    A table is a Kafka topic, so the last part alone says which one is meant. A part that holds a dot stands
    in backticks: ``` db.`shop.orders` ``` → ``shop.orders``.
    """
    quoted = _QUOTED.search(name) if "`" in name else None
    return quoted[1].replace("``", "`") if quoted else name.rpartition(".")[2]


def qualifier(name: str) -> str:
    """What stands before the last part, its dot included: ``catalog.db.int_3`` → ``catalog.db.``."""
    return name.removesuffix(in_text(unqualified(name)))


def in_text(physical: str) -> str:
    """A table's or topic's own name as the names of statements have it; undone by :func:`unqualified`."""
    return dotted((physical,))
