"""Topics and where their columns come from, as lineage tools are told of them."""

from dataclasses import dataclass
from enum import StrEnum

from airflow_bluegreen.core.model.sql import Column


class Role(StrEnum):
    """What a topic is in a release. External ones are read and not made by the project."""

    BLUE = "blue"
    GREEN = "green"
    UNTOUCHED = "untouched"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TopicColumn:
    """A column of a topic."""

    topic: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOrigin:
    """What a column is computed from (``direct``), and what else decides its value or its row."""

    column: str
    direct: tuple[TopicColumn, ...] = ()
    indirect: tuple[TopicColumn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A topic of a release.

    :param table: its logical table; empty for one that is external.
    :param version: of the table; 0 for one that is external.
    :param origins: of the columns that a statement writes; empty where nobody can tell.
    """

    topic: str
    role: Role
    table: str = ""
    version: int = 0
    columns: tuple[Column, ...] = ()
    origins: tuple[ColumnOrigin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkMove:
    """A sink connector that reads other topics from now on."""

    connector: str
    action: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLineage:
    """What a task of a release does to which topics.

    :param step: what the task does, such as ``dml`` or ``cut_over``.
    :param table: the logical table that it is about; empty where it is about all of the release.
    :param trigger: why that table is in the release.
    :param created: topics that it makes; ``dropped``: those that it deletes.
    :param moves: the sink connectors that it moves.
    """

    project: str
    environment: str
    release: str
    commit: str
    base: str
    step: str
    table: str = ""
    blue: str = ""
    green: str = ""
    trigger: str = ""
    sql: str = ""
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    moves: tuple[SinkMove, ...] = ()
