"""A project's own sample records: a file of JSON lines, one record a line, in the order of their arrival."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from airflow_bluegreen.core.synthetic.columns import SourceColumn
from airflow_bluegreen.core.synthetic.history import Change, Event, Row
from airflow_bluegreen.core.synthetic.traits import Traits
from airflow_bluegreen.core.synthetic.values import BASE_MS
from airflow_bluegreen.exceptions import ConfigurationError, Where

_EPOCH = date(1970, 1, 1)
_STEP_MS = 1_000


def read_samples(text: str, path: str, traits: Traits) -> tuple[Change, ...]:
    """The records that a sample file holds; columns that a line leaves out are null.

    Moments are ISO 8601 or ms since the epoch, decimals numbers or texts, bytes Base64.

    :raises ConfigurationError: a line is no object, names an unknown column, or holds what the column cannot.
    """
    live: dict[tuple[Any, ...], Row] = {}
    return tuple(
        _change(_row(line, Where(path=path, line=number), traits), number, traits, live)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    )


def _change(row: Row, number: int, traits: Traits, live: dict[tuple[Any, ...], Row]) -> Change:
    key = tuple(row[name] for name in traits.key)
    before = live.get(key) if key else None
    event = Event.INSERT if before is None else Event.UPDATE
    if traits.operation and row[traits.operation] == traits.deleted:
        event = Event.DELETE
        live.pop(key, None)
    else:
        live[key] = row
    return Change(event=event, key=key, row=row, before=before, at_ms=_moment(row, number, traits))


def _moment(row: Row, number: int, traits: Traits) -> int:
    column = traits.schema.column(traits.event_time) if traits.event_time else None
    value = row.get(traits.event_time) if column is not None else None
    if column is None or not isinstance(value, int):
        return BASE_MS + number * _STEP_MS
    return value // 1000 if column.kind.endswith("micros") else value


def _row(line: str, where: Where, traits: Traits) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"not JSON: {error}", where=where, remedy="Write an object a line"
        ) from error
    if not isinstance(content, Mapping):
        raise ConfigurationError("not an object", where=where, remedy="Write an object a line")
    unknown = sorted(content.keys() - {one.name for one in traits.schema.columns})
    if unknown:
        raise ConfigurationError(
            f"{traits.source} has no column {unknown[0]}",
            where=where,
            remedy=f"Its columns are {', '.join(one.name for one in traits.schema.columns)}",
        )
    return {one.name: _cell(content.get(one.name), one, where) for one in traits.schema.columns}


def _cell(value: Any, column: SourceColumn, where: Where) -> Any:
    if value is None:
        if column.nullable:
            return None
        raise ConfigurationError(
            f"column {column.name} must not be null", where=where, remedy="Give it a value"
        )
    try:
        return _readers(column)(value)
    except (ValueError, TypeError, InvalidOperation, binascii.Error) as error:
        raise ConfigurationError(
            f"column {column.name} ({column.kind}) cannot hold {value!r}",
            where=where,
            remedy="Mend the value",
        ) from error


def _readers(column: SourceColumn) -> Callable[[Any], Any]:
    kind = column.kind
    if kind == "decimal":
        step = Decimal(1).scaleb(-column.avro.get("scale", 0))
        return lambda value: Decimal(str(value)).quantize(step)
    if kind == "bytes":
        return lambda value: base64.b64decode(value, validate=True)
    if kind == "date":
        return lambda value: value if _whole(value) else (date.fromisoformat(value) - _EPOCH).days
    if kind.startswith("time-"):
        return lambda value: value if _whole(value) else _of_day_ms(time.fromisoformat(value))
    if kind.endswith(("-millis", "-micros")):
        factor = 1000 if kind.endswith("micros") else 1
        return lambda value: (value if _whole(value) else _epoch_ms(value)) * factor
    simple: dict[str, Callable[[Any], Any]] = {
        "string": _text, "int": _number, "long": _number, "float": float, "double": float, "boolean": _truth
    }  # fmt: skip
    return simple.get(kind, lambda value: value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not _whole(value):
        raise TypeError
    return int(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _epoch_ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _of_day_ms(clock: time) -> int:
    return (clock.hour * 3600 + clock.minute * 60 + clock.second) * 1000 + clock.microsecond // 1000
