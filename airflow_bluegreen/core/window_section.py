"""A release window as ``bluegreen.yaml`` and DAG files write it."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from airflow_bluegreen.core.model import WEEKDAYS, Blackout, Outside, ReleaseWindow
from airflow_bluegreen.exceptions import ConfigurationError

_HOUR, _DAY = 60, 24 * 60


def _time(given: object) -> time:
    """YAML takes ``22:00`` without quotes for a number of base 60, which is the minutes of the day."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < _DAY:
        return time(given // _HOUR, given % _HOUR)
    try:
        found = time.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or len(str(given)) != len("22:00"):
        raise ValueError(f"{given!r} is no time of the day: write hours and minutes, such as 22:00")
    return found


def _zone(given: object) -> object:
    try:
        ZoneInfo(given if isinstance(given, str) else "")
    except (LookupError, ValueError, OSError):
        raise ValueError(f"{given!r} is no time zone: write a name such as Europe/Berlin or UTC") from None
    return given


def _blackout(given: object) -> Blackout:
    first, _, last = str(given).partition("/")
    try:
        found = Blackout(first=date.fromisoformat(first), last=date.fromisoformat(last or first))
    except ValueError:
        found = None
    if found is None or found.first > found.last:
        raise ValueError(
            f"'{given}' are no days: write 2026-12-24, or 2026-12-24/2027-01-01 with the last one"
        )
    return found


# What a file may hold, for its schema: the validators make records of it.
_TIME = Annotated[str, Field(pattern=r"^\d\d:\d\d$")] | Annotated[int, Field(ge=0, lt=_DAY)]
_DAYS = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?$")]
Time = Annotated[time, BeforeValidator(_time, json_schema_input_type=_TIME)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """``window`` of an environment."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, defer_build=True, arbitrary_types_allowed=True
    )

    start: Time = time(0)
    """When it opens, hours and minutes."""
    end: Time = time(0)
    """When it closes. An end that is not after the start is on the next day."""
    time_zone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    """A name of the IANA database."""
    days: Annotated[list[Weekday], Field(min_length=1)] = Field(default_factory=lambda: list(WEEKDAYS))  # type: ignore[arg-type]
    """The days on which it opens; by default all."""
    blackout: list[Annotated[Blackout, BeforeValidator(_blackout, json_schema_input_type=_DAYS)]] = Field(
        default_factory=list
    )
    """Days on which nothing begins, a day or ``first/last`` each; a night is cut at midnight."""
    outside: Annotated[Outside, Field(strict=False)] = Outside.WAIT
    """What a cut-over does that would begin outside: wait for the next opening, or stop."""


def window_settings(section: Section) -> ReleaseWindow:
    """The window that a section describes."""
    return ReleaseWindow(
        start=section.start,
        end=section.end,
        time_zone=section.time_zone,
        days=tuple(day for day in WEEKDAYS if day in section.days),
        blackouts=tuple(section.blackout),
        outside=section.outside,
    )


def read_window(given: Mapping[str, Any]) -> ReleaseWindow:
    """The window that a mapping with the settings of ``window`` in ``bluegreen.yaml`` describes.

    :raises ConfigurationError: an unknown setting, or a value that does not fit.
    """
    try:
        return window_settings(Section.model_validate(dict(given)))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        known = ", ".join(sorted(Section.model_fields))
        raise ConfigurationError(
            f"window: {name}: {first['msg'].removeprefix('Value error, ')}", remedy=f"Known here: {known}"
        ) from error
