"""The section ``comparison`` of ``bluegreen.yaml``."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from airflow_bluegreen.core.durations import PATTERN, read_duration
from airflow_bluegreen.core.model import (
    CheckSettings,
    ComparisonSettings,
    Engine,
    EngineSettings,
    Grouping,
    StatedDifference,
    Tolerance,
)

_DEFAULT = CheckSettings()
_ENGINE = EngineSettings()
_SIZE = re.compile(r"(\d+)\s*(MiB|GiB)\Z")
_SIZE_PATTERN = r"^\d+\s*(MiB|GiB)$"
_UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}


def _read_size(text: object) -> int:
    found = _SIZE.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no size: write a whole number with MiB or GiB, such as 512 MiB")
    return int(found[1]) * _UNITS[found[2]]


Duration = Annotated[
    float, BeforeValidator(read_duration, json_schema_input_type=Annotated[str, Field(pattern=PATTERN)])
]
"""Written as ``10m``, kept in seconds."""
Size = Annotated[
    int,
    BeforeValidator(_read_size, json_schema_input_type=Annotated[str, Field(pattern=_SIZE_PATTERN)]),
    Field(ge=64 << 20),
]
"""Written as ``512 MiB``, kept in bytes."""
Name = Annotated[str, Field(min_length=1)]
Names = list[Name]
Share = Annotated[float, Field(ge=0)]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class _Tolerance(_Closed):
    absolute: Share = 0.0
    """How far numbers may be apart."""
    relative: Share = 0.0
    """The same as a share of blue's value; the larger of both counts."""
    time: Duration = 0.0
    """How far times may be apart."""


class _Grouping(_Closed):
    by: Annotated[Names, Field(min_length=1)]
    """Columns to group by."""
    of: Names = Field(default_factory=list)
    """Columns to sum."""


class _Expected(_Closed):
    reason: Name
    """Why it differs; the report shows it."""
    columns: Names = Field(default_factory=list)
    """The columns that may differ."""
    rows: bool = False
    """Whether rows may be on one side only."""
    release: Name | None = None
    """For this release only."""

    @model_validator(mode="after")
    def _of_something(self) -> "_Expected":
        if not self.columns and not self.rows:
            raise ValueError("say what is expected to differ: columns, or rows: true")
        return self


class Checks(_Closed):
    """What may be said for all tables, and again for one."""

    ignore: Names = Field(default_factory=list)
    """Columns that are not compared."""
    tolerance: _Tolerance = Field(default_factory=_Tolerance)
    """How far values of any column may be apart and still be equal. Tables without key are compared row by
    row, exactly.
    """
    tolerances: dict[Name, _Tolerance] = Field(default_factory=dict)
    """The same for single columns, instead of ``tolerance``."""
    mask: Names = Field(default_factory=list)
    """Columns whose values are shown nowhere."""
    mask_as: Literal["stars", "hash"] = "stars"
    """With ``hash``, equal values of one comparison look equal."""
    unique: Names = Field(default_factory=list)
    """Columns that identify a row; by default the primary key, of tables that only append."""
    row_id: str = ""
    """The column with the id of the source record: each that is in blue must be in green."""
    event_time: str = ""
    """The column of the event time, or ``$rowtime``; by default that of the watermark."""
    window: Duration = _DEFAULT.window
    """Width of the windows of event time in which rows are counted; by default chosen by the span."""
    slower_by: Duration = _DEFAULT.slower_by
    """By how much green may be slower than blue: in the 95th percentile of the time from event to topic, and
    in its newest event.
    """
    late_share: Annotated[float, Field(ge=0, le=1)] = _DEFAULT.late_share
    """By how much green's share of late records may exceed blue's before it is a warning."""
    aggregate_tolerance: Share | None = None
    """By which share sums and means may move in columns that the release changes; by default any."""
    groups: list[_Grouping] = Field(default_factory=list)
    """Aggregates of your own."""
    expected: list[_Expected] = Field(default_factory=list)
    """Differences to expect. They go on along the lineage, as those of a changed statement do."""
    decode_records: Annotated[int, Field(ge=1_000)] = _DEFAULT.decode_records
    """How many records of a side are decoded for all this. Of more, those of a share of the keys are, the
    same on both sides; keys that differ are always among them. The cluster sends no more than 50,000 records
    of a side, and up to 2,000 keys that differ.
    """
    memory: Size = _DEFAULT.memory
    """What decoded rows may take in the database that is asked before they go to disk, from 64 MiB. The
    records that are drawn, at most ``decode_records`` of a side, are held beside it.
    """


class Section(_Closed):
    """``comparison``: where it runs; ``defaults`` for all tables; under ``tables`` what is another way for
    one.
    """

    engine: Annotated[Engine, Field(strict=False)] = Engine.EMBEDDED
    """``embedded``: in the process that asks; ``cluster``: by bounded queries on Flink; ``auto``: on the
    cluster where there are many records.
    """
    cluster_above: Annotated[int, Field(ge=0)] = _ENGINE.cluster_above
    """From how many records of both topics together ``auto`` takes the cluster."""
    records_per_second: Annotated[int, Field(ge=0)] = _ENGINE.records_per_second
    """The embedded engine reads no more than that of both topics; 0: as many as there are."""
    bytes_per_second: Annotated[int, Field(ge=0)] = _ENGINE.bytes_per_second
    """The same in bytes."""
    hash_memory: Size = _ENGINE.hash_memory
    """What the hashes of both topics may take before the embedded engine puts them onto disk."""
    defaults: Checks = Field(default_factory=Checks)
    """For all tables."""
    tables: dict[Name, Checks] = Field(default_factory=dict)
    """For single tables, by their logical names; what a table says replaces the default of the same name."""


def known(loc: Sequence[int | str]) -> list[str]:
    """The settings that there are where a path of keys (``comparison``, …) ends."""
    model: type[BaseModel] = Section
    inner: dict[str, type[BaseModel]] = {
        "tolerance": _Tolerance,
        "tolerances": _Tolerance,
        "groups": _Grouping,
        "expected": _Expected,
    }
    for depth, part in enumerate(loc[1:-1]):
        if depth == 0:
            model = Checks if part == "defaults" or len(loc) > 3 else Section
        elif part in inner:
            model = inner[str(part)]
    return sorted(model.model_fields)


def engine_settings(section: Section) -> EngineSettings:
    """Where the tables are compared, and with how much."""
    return EngineSettings(
        engine=section.engine,
        cluster_above=section.cluster_above,
        records_per_second=section.records_per_second,
        bytes_per_second=section.bytes_per_second,
        hash_memory=section.hash_memory,
    )


def comparison_settings(section: Section) -> ComparisonSettings:
    """The settings in force: a table's own entries replace those of the defaults, one by one."""
    given = _given(section.defaults)
    return ComparisonSettings(
        default=CheckSettings(**given),
        tables={name: CheckSettings(**{**given, **_given(own)}) for name, own in section.tables.items()},
    )


def _given(checks: Checks) -> dict[str, Any]:
    """Only what the file says."""
    return {name: _plain(name, getattr(checks, name)) for name in checks.model_fields_set}


def _plain(name: str, value: Any) -> Any:
    match name:
        case "tolerance":
            return _tolerance(value)
        case "tolerances":
            return _tolerances(value)
        case "groups":
            return tuple(Grouping(by=tuple(one.by), of=tuple(one.of)) for one in value)
        case "expected":
            return tuple(
                StatedDifference(
                    reason=one.reason, columns=tuple(one.columns), rows=one.rows, release=one.release
                )
                for one in value
            )
        case _:
            return tuple(value) if isinstance(value, list) else value


def _tolerances(given: Mapping[str, _Tolerance]) -> Mapping[str, Tolerance]:
    return {column: _tolerance(one) for column, one in given.items()}


def _tolerance(given: _Tolerance) -> Tolerance:
    return Tolerance(absolute=given.absolute, relative=given.relative, seconds=given.time)
