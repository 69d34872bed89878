"""How a green table starts: which ways are open to it, and where exactly blue's rows are cut.

``flink_plan`` reads Flink's own plan of a statement, ``deciding`` chooses by it, ``cutting`` finds the end of
the rows that stem from given input offsets.
"""

from collections.abc import Mapping, Sequence

from airflow_bluegreen.core.model import Start, StartSettings
from airflow_bluegreen.core.starting.deciding import (
    KAFKA,
    UPSERT_KAFKA,
    SessionTable,
    StartFacts,
    StatementFacts,
    decide,
)
from airflow_bluegreen.exceptions import ConfigurationError

__all__ = [
    "KAFKA",
    "UPSERT_KAFKA",
    "SessionTable",
    "StartFacts",
    "StatementFacts",
    "decide",
    "read_wishes",
    "wished",
]


def read_wishes(texts: Sequence[str]) -> Mapping[str, Start]:
    """``TABLE=STRATEGY`` as a person writes them. Raises ConfigurationError."""
    found: dict[str, Start] = {}
    for text in texts:
        table, _, start = text.partition("=")
        if not table or start not in tuple(Start):
            raise ConfigurationError(
                f"{text!r} is no start of a table", remedy=f"Write TABLE={'|'.join(Start)}"
            )
        if found.setdefault(table, Start(start)) != start:
            raise ConfigurationError(
                f"{table} is to start with {found[table]} and with {start}", remedy="Ask for one of them"
            )
    return found


def wished(settings: StartSettings, wishes: Mapping[str, Start]) -> StartSettings:
    """The project's settings with those of one release, by logical name, over them."""
    return StartSettings(
        default=settings.default,
        by_kind=settings.by_kind,
        by_table={**settings.by_table, **wishes},
        or_rebuild=settings.or_rebuild,
    )
