"""Cells by their value, however a format writes them."""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import orjson

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # canonical times are UTC and say no zone
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_MICROSECONDS_FROM = 10**14
_NANOSECONDS_FROM = 10**17


def canonical(value: Any, kind: str = "") -> Any:
    """The same for equal values, from JSON, Avro, Protobuf or raw bytes; made of what JSON knows.

    Moments are UTC with microseconds, bytes are base64, decimals have no trailing zeros. A value that is not
    of its type stays what it is.

    :param kind: the column's SQL type as in :class:`Column`; without it the value speaks for itself.
    """
    if value is None:
        return None
    convert = _BY_TYPE.get(kind.split("(", 1)[0].split(" ", 1)[0])
    if convert is None or isinstance(value, list | dict):
        return _by_itself(value)
    try:
        return convert(value)
    except (ValueError, TypeError, ArithmeticError):
        return _by_itself(value)


def canonical_row(row: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """Every cell of a row by its value, in the order of the columns' names.

    :param types: SQL types by column name, as far as they are known.
    """
    return {name: canonical(row[name], types.get(name, "")) for name in sorted(row)}


def _by_itself(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return {str(name): _by_itself(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_by_itself(one) for one in value]
    if isinstance(value, str):
        return _moment(value) if _MOMENT.fullmatch(value) else value
    for kind, convert in _BY_CLASS:
        if isinstance(value, kind):
            return convert(value)
    return str(value)


def _number(value: Any) -> Any:
    """5, 5.0 and Decimal("5.00") are the same number."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    real = float(value)
    if not np.isfinite(real):
        return str(real)
    return int(real) if real.is_integer() and abs(real) < 2**53 else real


def _whole(value: Any) -> Any:
    """JSON of Protobuf writes 64-bit numbers as text."""
    return _number(int(value) if isinstance(value, str) else value)


def _real(value: Any) -> Any:
    return _number(float(value))


def _single(value: Any) -> Any:
    """A FLOAT comes from Avro with the digits of a double, from JSON with its own few."""
    return _number(float(str(np.float32(value))))


def _decimal(value: Any) -> Any:
    """A number in JSON with all of its digits."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        return str(exact)
    plain = f"{exact.normalize():f}"
    return orjson.Fragment("0" if plain == "-0" else plain)


def _truth(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else bool(value)


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _bytes(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _moment(value: Any) -> str:
    """Milliseconds, or what is too large for these: Debezium writes micro- and nanoseconds, too."""
    if isinstance(value, str):
        moment = datetime.fromisoformat(value.replace(" ", "T", 1))
    elif isinstance(value, datetime):
        moment = value
    else:
        moment = _EPOCH + timedelta(microseconds=_microseconds(int(value)))
    naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return naive.isoformat(timespec="microseconds")


def _microseconds(number: int) -> int:
    if abs(number) >= _NANOSECONDS_FROM:
        return number // 1000
    return number if abs(number) >= _MICROSECONDS_FROM else number * 1000


def _day(value: Any) -> str:
    if isinstance(value, str):
        return date.fromisoformat(value[:10]).isoformat()
    if isinstance(value, datetime):
        return value.date().isoformat()
    return (
        value.isoformat() if isinstance(value, date) else (_EPOCH + timedelta(int(value))).date().isoformat()
    )


def _hour(value: Any) -> str:
    if isinstance(value, str):
        value = time.fromisoformat(value.removesuffix("Z"))
    elif not isinstance(value, time):
        value = (_EPOCH + timedelta(milliseconds=int(value))).time()
    return str(value.isoformat(timespec="microseconds"))


Convert = Callable[[Any], Any]

_BY_CLASS: tuple[tuple[type, Convert], ...] = (
    (int, _number),
    (float, _number),
    (Decimal, _number),
    (bytes, _bytes),
    (datetime, _moment),
    (date, _day),
    (time, _hour),
)

_BY_TYPE: Mapping[str, Convert] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT"), _whole),
    **dict.fromkeys(("DECIMAL", "DEC", "NUMERIC"), _decimal),
    **dict.fromkeys(("CHAR", "VARCHAR", "STRING", "CHARACTER"), _text),
    **dict.fromkeys(("BINARY", "VARBINARY", "BYTES"), _bytes),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_LTZ"), _moment),
    "BOOLEAN": _truth,
    "FLOAT": _single,
    "DOUBLE": _real,
    "REAL": _real,
    "DATE": _day,
    "TIME": _hour,
}
"""By the first word of a type. A moment without a zone is taken as UTC, as Flink's formats write it."""
