"""The section ``integration_test`` of ``bluegreen.yaml``."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from airflow_bluegreen.core.model import IntegrationSettings, SourceWishes

_DEFAULT = IntegrationSettings()
Name = Annotated[str, Field(min_length=1)]
Names = list[Name]
Number = Annotated[int, Field(ge=1, le=1_000_000)]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Source(_Closed):
    """How the records of one source are made."""

    records: Number | None = None
    """How many are made of this source, instead of the test's own number."""
    file: Annotated[str, Field(pattern=r"^([^/].*\.jsonl)?$")] = ""
    """A file of JSON lines in the project that is sent instead: an object a record, as they arrive."""
    key: Names = Field(default_factory=list)
    """The columns that identify an entity; by default the primary key; else what readers partition
    ``ROW_NUMBER`` by; else what becomes the key of a table that reads it; else, with one record for each,
    what identifies a row of a table that only appends.
    """
    order_by: str = ""
    """The column that tells the newest record of an entity; by default that by which readers order
    ``ROW_NUMBER``. Goes with ``key``.
    """
    operation: str = ""
    """The column that tells what happened; by default one that is compared with ``d``, ``delete`` and the
    like.
    """
    deleted: str = ""
    """The value of that column for a deletion."""
    values: dict[Name, Annotated[list[str], Field(min_length=1)]] = Field(default_factory=dict)
    """What columns of text hold; by default words, values at the limits, and what statements compare them
    with.
    """

    @model_validator(mode="after")
    def _whole(self) -> "Source":
        if self.deleted and not self.operation:
            raise ValueError("deleted goes with operation: it is the value of that column for a deletion")
        if self.order_by and not self.key:
            raise ValueError("order_by goes with key: it says which record of an entity is the newest")
        return self


class Section(_Closed):
    """``integration_test``: how many records, of which seed, for which tables."""

    records: Number = _DEFAULT.records
    """How many records are made for each source."""
    seed: Annotated[int, Field(ge=0)] = _DEFAULT.seed
    """Chooses them: the same seed makes the same records."""
    select: Names = Field(default_factory=list)
    """The tables that are tested, by selectors: ``int_*``, ``product:retail``, ``kind:fact``,
    ``path:pipelines/facts/*``, with ``+`` before it what these read, after it what reads them. By default
    the tables that the release brings up.
    """
    sources: dict[Name, Source] = Field(default_factory=dict)
    """Sources by their names: an external table, or one that no statement fills."""
    any_order: Names = Field(default_factory=list)
    """Tables whose rows may depend on the order in which records arrive."""


def known(depth: int) -> list[str]:
    """The settings that there are below that many keys: 1 in the section, 3 in a source."""
    return sorted((Source if depth > 2 else Section).model_fields)


def integration_settings(section: Section) -> IntegrationSettings:
    """What the section says."""
    return IntegrationSettings(
        records=section.records,
        seed=section.seed,
        select=tuple(section.select),
        sources={name: _wishes(one) for name, one in section.sources.items()},
        any_order=tuple(section.any_order),
    )


def _wishes(source: Source) -> SourceWishes:
    return SourceWishes(
        records=source.records,
        file=source.file,
        key=tuple(source.key),
        order_by=source.order_by,
        operation=source.operation,
        deleted=source.deleted,
        values={name: tuple(texts) for name, texts in source.values.items()},
    )
