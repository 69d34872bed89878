"""Values for columns: of a domain that sources share, at the limits of a type, or anything ordinary."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from airflow_bluegreen.core.sql import Constant
from airflow_bluegreen.core.synthetic.columns import SourceColumn
from airflow_bluegreen.exceptions import ConfigurationError

BASE_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: records of the same seed have the same times."""
BASE_DAY = BASE_MS // 86_400_000
STRANGE_EVERY = 25
"""Each so many-th entity has a key that no LIKE lets through."""

_WORDS = ("amber", "birch", "cobalt", "delta", "ember", "fjord", "grove", "harbour")
_TEXTS = ("", " ", "a'b\"c", "ü€😀", "NULL", "0", "x" * 200)
_TIMES_MS = (0, 951_782_400_000, 4_102_444_800_000)  # 1970, the 29th of February 2000, 2100
_BOUNDARY, _COMPARED, _NULL = 0.12, 0.4, 0.06
_MOMENTS = {"timestamp-millis": 1, "local-timestamp-millis": 1, "timestamp-micros": 1000,
            "local-timestamp-micros": 1000}  # fmt: skip
_ENTITIES: Mapping[str, Callable[[int], Any]] = {
    "boolean": lambda number: bool(number % 2),
    "int": lambda number: number + 1,
    "long": lambda number: number + 1,
    "float": lambda number: float(number + 1),
    "double": lambda number: float(number + 1),
    "decimal": lambda number: Decimal(number + 1),
    "date": lambda number: BASE_DAY + number,
    "uuid": lambda number: f"00000000-0000-4000-8000-{number:012x}",
}
_SMALLEST = 3
"""As many texts fit into the shortest key that is taken for one."""


def most_values(column: SourceColumn) -> int:
    """How many different values a key column has room for."""
    kind = column.kind
    if kind == "boolean":
        return 2
    if kind == "enum":
        return len(column.avro["symbols"])
    if kind in ("int", "long"):
        return int(2 ** (column.size - 1) - 1) // 2
    if kind in ("string", "bytes") and column.length is not None:
        return int(36 ** min(column.length, 8))
    if kind == "decimal":
        return int(10 ** (column.avro["precision"] - column.avro.get("scale", 0)) - 1) // 2
    return 1 << 40


def entity_value(column: SourceColumn, number: int, prefix: str, *, plain: bool = False) -> Any:
    """The value of a domain at a number, the same in every column of the domain.

    :param plain: whether texts are numbers, because other columns of the domain are.
    :raises ConfigurationError: the type cannot be a key.
    """
    kind = column.kind
    if kind in ("string", "bytes"):
        text = _entity_text(column, number, prefix, plain)
        return text if kind == "string" else text.encode()
    if kind in _MOMENTS:
        return (BASE_MS + number * 1000) * _MOMENTS[kind]
    if kind == "enum":
        return column.avro["symbols"][number % len(column.avro["symbols"])]
    if kind in _ENTITIES:
        return _ENTITIES[kind](number)
    raise ConfigurationError(
        f"column {column.name} of type {kind} cannot be generated as a key",
        remedy="Give the source a sample file: integration_test.sources.<name>.file",
    )


def _entity_text(column: SourceColumn, number: int, prefix: str, plain: bool) -> str:
    if plain:
        return str(number + 1)
    strange = prefix and number % STRANGE_EVERY == STRANGE_EVERY - 1
    text = f"{'~' if strange else prefix}{number + 1:06d}"
    if column.length is not None and (len(text) > column.length or column.fixed):
        return _base36(number).zfill(column.length if column.fixed else min(column.length, _SMALLEST))
    return text


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text


def any_value(
    column: SourceColumn, random: Random, constants: tuple[Constant, ...] = (), words: tuple[str, ...] = ()
) -> Any:
    """A value for a column that is no key: null, at a limit, near a constant, or ordinary."""
    if column.nullable and random.random() < _NULL:
        return None
    compared = list(_near(column, constants))
    if words and column.kind == "string":
        return random.choice(words)
    if compared and random.random() < _COMPARED:
        return random.choice(compared)
    limits = boundaries(column)
    if limits and random.random() < _BOUNDARY:
        return random.choice(limits)
    return _ordinary(column, random)


def boundaries(column: SourceColumn) -> tuple[Any, ...]:
    """Values at the limits of a type.

    Of BIGINT those around the limits of INT: sums of larger ones overflow in either version. Of floating
    numbers only multiples of a quarter, whose sums are the same in any order.
    """
    kind = column.kind
    if kind in ("string", "bytes"):
        texts = [_fitting(column, text) for text in _TEXTS]
        return tuple(texts if kind == "string" else [text.encode()[: column.length] for text in texts])
    if kind in ("int", "long"):
        bits = min(column.size, 32)
        most = 2 ** (bits - 1) - 1
        beyond = (most + 1, -most - 2) if column.size > bits else ()
        return (0, 1, -1, most, -most - 1, *beyond)
    if kind in ("float", "double"):
        return (0.0, -0.25, 0.25, 1_048_575.75)
    if kind == "decimal":
        return _decimals(column)
    if kind == "date":
        return (0, 11_016, BASE_DAY)
    if kind in _MOMENTS:
        return tuple(moment * _MOMENTS[kind] for moment in _TIMES_MS)
    return (0, 86_399_999) if kind == "time-millis" else ()


def _decimals(column: SourceColumn) -> tuple[Decimal, ...]:
    precision, scale = column.avro["precision"], column.avro.get("scale", 0)
    smallest = Decimal(1).scaleb(-scale)
    largest = Decimal(10**precision - 1).scaleb(-scale)
    return Decimal(0), smallest, -smallest, largest, -largest


def _near(column: SourceColumn, constants: tuple[Constant, ...]) -> Iterator[Any]:
    """Both sides of what the column is compared with, so that either branch is taken."""
    for constant in constants:
        if column.kind == "string" and constant.is_text:
            text = constant.text
            if constant.operator == "Like":
                text = text.replace("%", "any").replace("_", "x")
            if _fitting(column, text) == text:
                yield text
        elif column.kind == "enum" and constant.text in column.avro["symbols"]:
            yield constant.text
        elif column.kind in ("int", "long", "float", "double", "decimal") and not constant.is_text:
            yield from _numbers_near(column, Decimal(constant.text))


def _numbers_near(column: SourceColumn, constant: Decimal) -> Iterator[Any]:
    kind = column.kind
    if kind == "decimal":
        precision, scale = column.avro["precision"], column.avro.get("scale", 0)
        step, most = Decimal(1).scaleb(-scale), Decimal(10**precision - 1).scaleb(-scale)
        rounded = constant.quantize(step)
        yield from (one for one in (rounded - step, rounded, rounded + step) if abs(one) <= most)
    elif kind in ("float", "double"):
        quarter = round(constant * 4) / 4
        yield from (quarter - 0.25, quarter, quarter + 0.25)
    else:
        limit = 2 ** (column.size - 1)
        whole = int(constant)
        yield from (one for one in (whole - 1, whole, whole + 1) if -limit <= one < limit)


def _fitting(column: SourceColumn, text: str) -> str:
    if column.length is None:
        return text
    return text[: column.length].ljust(column.length) if column.fixed else text[: column.length]


_SIMPLE: Mapping[str, Callable[[SourceColumn, Random], Any]] = {
    "boolean": lambda column, random: random.random() < 0.5,
    "int": lambda column, random: random.randrange(min(2 ** (column.size - 1), 100_000)),
    "long": lambda column, random: random.randrange(100_000),
    "float": lambda column, random: random.randrange(40_000) / 4,
    "double": lambda column, random: random.randrange(400_000) / 4,
    "date": lambda column, random: BASE_DAY + random.randrange(365),
    "time-millis": lambda column, random: random.randrange(86_400_000),
    "time-micros": lambda column, random: random.randrange(86_400_000) * 1000,
    "uuid": lambda column, random: (
        f"{random.getrandbits(32):08x}-0000-4000-8000-{random.getrandbits(48):012x}"
    ),
    "null": lambda column, random: None,
}


def _ordinary(column: SourceColumn, random: Random) -> Any:
    kind = column.kind
    if kind in ("string", "bytes"):
        text = _fitting(column, f"{random.choice(_WORDS)}-{random.randrange(100)}")
        return text if kind == "string" else text.encode()
    if kind in _MOMENTS:
        return (BASE_MS + random.randrange(86_400_000)) * _MOMENTS[kind]
    if kind == "decimal":
        precision, scale = column.avro["precision"], column.avro.get("scale", 0)
        return Decimal(random.randrange(10 ** min(precision, scale + 5))).scaleb(-scale)
    return _SIMPLE[kind](column, random) if kind in _SIMPLE else _nested(column, random)


def _nested(column: SourceColumn, random: Random) -> Any:
    avro: Mapping[str, Any] = column.avro
    if column.kind == "enum":
        return random.choice(avro["symbols"])
    if column.kind == "array":
        return [_inner(column.name, avro["items"], random) for _ in range(random.randrange(4))]
    if column.kind == "map":
        return {word: _inner(column.name, avro["values"], random) for word in _WORDS[: random.randrange(3)]}
    if column.kind == "record":
        return {one["name"]: _inner(one["name"], one["type"], random) for one in avro["fields"]}
    if column.kind == "fixed":
        return random.randbytes(avro["size"])
    raise ConfigurationError(
        f"column {column.name} has the type {column.kind}, for which nothing is generated",
        remedy="Give the source a sample file: integration_test.sources.<name>.file",
    )


def _inner(name: str, avro: Any, random: Random) -> Any:
    branches = avro if isinstance(avro, list) else [avro]
    inner = next((one for one in branches if one != "null"), "null")
    return any_value(SourceColumn(name=name, avro=inner, nullable="null" in branches), random)


def like_prefix(constants: tuple[Constant, ...]) -> str:
    """What a text must begin with to pass the LIKE that a key is filtered by; empty without one."""
    for constant in constants:
        begin = constant.text.removesuffix("%")
        if constant.operator == "Like" and constant.text.endswith("%") and not fnmatchcase(begin, "*[%_]*"):
            return begin
    return ""
