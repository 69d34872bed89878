from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import orjson
import pytest

from airflow_bluegreen.core.comparison.canonical import canonical, canonical_row

AT = datetime(2025, 3, 1, 12, 30, 0, 250_000)  # noqa: DTZ001
MILLIS = 1_740_832_200_250


@pytest.mark.parametrize(
    ("kind", "same", "as_json"),
    [
        ("INT", [5, "5", 5.0, Decimal("5.0")], "5"),
        ("BIGINT", [2**60, str(2**60)], str(2**60)),
        ("DOUBLE", [0.5, "0.5", Decimal("0.50")], "0.5"),
        ("FLOAT", [0.1, float(np.float32(0.1)), "0.1"], "0.1"),
        ("DECIMAL(10, 2)", [Decimal("1.50"), 1.5, "1.5", Decimal("1.5")], "1.5"),
        ("DECIMAL(38, 18)", [Decimal("12345678901234567890.5")], "12345678901234567890.5"),
        ("DECIMAL(10, 2)", [Decimal("-0.00"), 0], "0"),
        ("DECIMAL(10, 0)", [Decimal("1E+3"), 1000], "1000"),
        ("STRING", ["5", 5, b"5"], '"5"'),
        ("STRING", ["2025-03-01 12:30:00"], '"2025-03-01 12:30:00"'),
        ("BOOLEAN", [True, "true", 1], "true"),
        ("BYTES", [b"\x00\xff", "AP8="], '"AP8="'),
        ("DATE", [date(2025, 3, 1), "2025-03-01", 20148], '"2025-03-01"'),
        ("TIME(0)", [time(12, 30), "12:30:00", "12:30:00Z", 45_000_000], '"12:30:00.000000"'),
        (
            "TIMESTAMP(3)",
            [
                AT,
                AT.replace(tzinfo=UTC),
                "2025-03-01 12:30:00.25",
                "2025-03-01T12:30:00.250Z",
                "2025-03-01T13:30:00.250+01:00",
                MILLIS,
                MILLIS * 1000,
                MILLIS * 1_000_000,
            ],
            '"2025-03-01T12:30:00.250000"',
        ),
        ("TIMESTAMP_LTZ(3)", ["2025-03-01 12:30:00.25Z", MILLIS], '"2025-03-01T12:30:00.250000"'),
        ("INT", [None], "null"),
    ],
)
def test_equal_values_are_written_alike(kind: str, same: list[Any], as_json: str) -> None:
    assert {orjson.dumps(canonical(value, kind)).decode() for value in same} == {as_json}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5.0, 5),
        (Decimal("5.00"), 5),
        (0.1, 0.1),
        (2**70, str(2**70)),
        (float("nan"), "nan"),
        (True, True),
        (AT, "2025-03-01T12:30:00.250000"),
        ("2025-03-01 12:30:00.25", "2025-03-01T12:30:00.250000"),
        ("2025-03-01", "2025-03-01"),
        (b"\x00\xff", "AP8="),
        ({"b": [1.0, None], "a": AT}, {"a": "2025-03-01T12:30:00.250000", "b": [1, None]}),
    ],
)
def test_without_a_type_a_value_speaks_for_itself(value: object, written: object) -> None:
    assert canonical(value) == written


@pytest.mark.parametrize("kind", ["INT", "DOUBLE", "TIMESTAMP(3)", "DATE", "TIME", "DECIMAL(3, 1)", "FLOAT"])
def test_what_is_not_of_its_type_stays(kind: str) -> None:
    assert canonical("other", kind) == "other"


def test_nested_values_are_looked_into() -> None:
    assert canonical([{"b": 1.0, "a": 2}], "ARRAY<ROW<a INT, b DOUBLE>>") == [{"a": 2, "b": 1}]


def test_cells_of_a_row_are_in_the_order_of_their_names() -> None:
    assert list(canonical_row({"b": 1, "a": "1"}, {"a": "INT"}).items()) == [("a", 1), ("b", 1)]
