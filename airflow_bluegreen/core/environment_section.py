"""A section below ``environments`` of ``bluegreen.yaml``."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from airflow_bluegreen.core import window_section
from airflow_bluegreen.core.comparison_section import Duration
from airflow_bluegreen.core.model import LakeSettings, Profile
from airflow_bluegreen.core.schema_compatibility import Compatibility

Texts = dict[str, str]
Server = Literal["flink_gateway", "kafka", "kafka_connect", "schema_registry", "git", "lake"]
"""What an environment can name a connection for."""

_DEFAULT = Profile(name="")


class _Closed(BaseModel):
    # Built when it is needed: many projects have no such file.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


Statements = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Lake(_Closed):
    """Under ``lake``: statements for the engine that reads the lake."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"point": ["unpoint"], "unpoint": ["point"], "show": ["point"]}
        }
    )

    prepare: Statements | None = None
    """Run before the first row of a green table is written."""
    point: Statements | None = None
    """Let the name that readers use stand for a table."""
    unpoint: Statements | None = None
    """Take that name away again; goes with ``point``."""
    discard: Statements | None = None
    """Remove a green table that was rolled back."""
    show: Annotated[str, Field(min_length=1)] | None = None
    """One statement whose answer names the table that a stable name stands for."""

    @model_validator(mode="after")
    def _both_ways(self) -> "Lake":
        if (self.point is None) != (self.unpoint is None):
            raise ValueError("point and unpoint go together: a rollback takes new names away again")
        if self.show is not None and self.point is None:
            raise ValueError("show goes with point: without it no name is meant to stand for anything")
        return self


class Environment(_Closed):
    """What is said of one environment."""

    dialect: Literal["open-source", "confluent"] = "open-source"
    """``open-source``: Confluent-style DDL is mapped to the connectors of Apache Flink; ``confluent``: it
    goes as it is.
    """
    table_options: Texts = Field(default_factory=dict)
    """Options added to every table; those that do not fit a table's connector and formats are left out."""
    table_options_by_kind: dict[str, Texts] = Field(default_factory=dict)
    """The same for tables of one kind (``source``, ``intermediate``, ``fact``, ``view`` …)."""
    external_tables: str = ""
    """Glob of the files that declare tables which the project reads and does not create."""
    connector_config: Texts = Field(default_factory=dict)
    """Laid under the configuration of every sink connector."""
    connections: dict[Server, str] = Field(default_factory=dict)
    """Ids of Airflow connections, by default ``<server>_default``. ``git`` is a connection of the git
    provider, for pushing, by default the worker's own credentials; ``lake`` is the engine that the
    statements of ``lake`` run in.
    """
    row_count_tolerance: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of rows that may be on one side only, or in another window of event time, where the change may
    alter the row set; 0: any number.
    """
    source_compatibility: Annotated[Compatibility, Field(strict=False)] = Compatibility.FULL_TRANSITIVE
    """At which level a new schema of a raw topic is accepted as a reason to renew the tables that read it; a
    newer schema that breaks the level refuses the release. Green tables of kind ``source`` are held to it
    too.
    """
    schema_compatibility: Annotated[Compatibility, Field(strict=False)] = Compatibility.BACKWARD
    """The same for all other green tables, against blue's subjects."""
    observation: Duration = _DEFAULT.observation
    """How long green is watched after the cut-over before blue is retired."""
    rollback_window: Duration = _DEFAULT.rollback_window
    """How long a retired version is kept before ``clean-up`` may delete it."""
    when_busy: Literal["refuse", "wait"] = "refuse"
    """What a release does while another one is in progress in the environment: refuse, or wait for its end.

    """
    lake: Lake | None = None
    """SQL for the engine that reads the lake, with ``{table}`` (logical) and ``{topic}`` (physical)."""
    window: window_section.Section | None = None
    """When a cut-over may begin; by default always."""


def lake_settings(lake: Lake | None) -> LakeSettings | None:
    """The statements that the file gives; None where it leaves the lake alone."""
    if lake is None:
        return None
    given = lake.model_dump(exclude_none=True)
    show = given.pop("show", "")
    return LakeSettings(**{name: tuple(statements) for name, statements in given.items()}, show=show)
