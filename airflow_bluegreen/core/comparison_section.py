"""The section ``comparison`` of ``bluegreen.yaml``."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from airflow_bluegreen.core.durations import read_duration
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
_UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}


def _read_size(text: object) -> int:
    found = _SIZE.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no size: write a whole number with MiB or GiB, such as 512 MiB")
    return int(found[1]) * _UNITS[found[2]]


Duration = Annotated[float, BeforeValidator(read_duration)]
Size = Annotated[int, BeforeValidator(_read_size), Field(ge=64 << 20)]
Name = Annotated[str, Field(min_length=1)]
Names = list[Name]
Share = Annotated[float, Field(ge=0)]


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class _Tolerance(_Closed):
    absolute: Share = 0.0
    relative: Share = 0.0
    time: Duration = 0.0


class _Grouping(_Closed):
    by: Annotated[Names, Field(min_length=1)]
    of: Names = Field(default_factory=list)


class _Expected(_Closed):
    reason: Name
    columns: Names = Field(default_factory=list)
    rows: bool = False
    release: Name | None = None

    @model_validator(mode="after")
    def _of_something(self) -> "_Expected":
        if not self.columns and not self.rows:
            raise ValueError("say what is expected to differ: columns, or rows: true")
        return self


class Checks(_Closed):
    """What may be said for all tables, and again for one."""

    ignore: Names = Field(default_factory=list)
    tolerance: _Tolerance = Field(default_factory=_Tolerance)
    tolerances: dict[Name, _Tolerance] = Field(default_factory=dict)
    mask: Names = Field(default_factory=list)
    mask_as: Literal["stars", "hash"] = "stars"
    unique: Names = Field(default_factory=list)
    row_id: str = ""
    event_time: str = ""
    window: Duration = _DEFAULT.window
    slower_by: Duration = _DEFAULT.slower_by
    late_share: Annotated[float, Field(ge=0, le=1)] = _DEFAULT.late_share
    aggregate_tolerance: Share | None = None
    groups: list[_Grouping] = Field(default_factory=list)
    expected: list[_Expected] = Field(default_factory=list)
    decode_records: Annotated[int, Field(ge=1_000)] = _DEFAULT.decode_records
    memory: Size = _DEFAULT.memory


class Section(_Closed):
    """``comparison``: where it runs; ``defaults`` for all tables; under ``tables`` what is another way for
    one.
    """

    engine: Annotated[Engine, Field(strict=False)] = Engine.EMBEDDED
    cluster_above: Annotated[int, Field(ge=0)] = _ENGINE.cluster_above
    records_per_second: Annotated[int, Field(ge=0)] = _ENGINE.records_per_second
    bytes_per_second: Annotated[int, Field(ge=0)] = _ENGINE.bytes_per_second
    hash_memory: Size = _ENGINE.hash_memory
    defaults: Checks = Field(default_factory=Checks)
    tables: dict[Name, Checks] = Field(default_factory=dict)


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
