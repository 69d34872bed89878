"""What a project asks of a test with synthetic records, and what such a test found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_bluegreen.core.model.comparison import TableComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWishes:
    """How the records of one source are made, where the SQL does not say it or says too little.

    ``records`` None takes the test's own number. ``file`` is a file of JSON lines in the project that is sent
    instead of generated records. ``key`` identifies an entity of the source, ``order_by`` is the column that
    tells which of its records is the newest, ``operation`` the one that says what happened to it, and
    ``deleted`` its value for a deletion. ``values`` are what columns of text may hold.
    """

    records: int | None = None
    file: str = ""
    key: tuple[str, ...] = ()
    order_by: str = ""
    operation: str = ""
    deleted: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationSettings:
    """The section ``integration_test`` of ``bluegreen.yaml``.

    ``records`` is the number for each source, ``seed`` chooses them. ``select`` names the tables that are
    tested, empty for those of the release; ``sources`` are wishes by the source's name. ``any_order`` are
    tables whose rows may depend on the order in which records arrive.
    """

    records: int = 120
    seed: int = 1
    select: tuple[str, ...] = ()
    sources: Mapping[str, SourceWishes] = field(default_factory=dict)
    any_order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFed:
    """A source of the test: the topic that stands for it, and how many records it got, by what they tell."""

    source: str
    topic: str
    records: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationResult:
    """What a test found: ``name`` is that of all it made, ``tables`` are the verdicts, check by check."""

    name: str
    release: str
    seed: int
    sources: tuple[SourceFed, ...]
    tables: tuple[TableComparison, ...]
