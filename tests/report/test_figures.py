import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.report.figures import (
    ceiling,
    compact,
    date_and_time,
    moment,
    moments,
    percent,
    period,
    span,
)

NOON = 1_768_219_200_000


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, "0"),
        (7, "7"),
        (1.5, "1.5"),
        (940, "940"),
        (1_000, "1k"),
        (1_240, "1.2k"),
        (35_000_000, "35M"),
        (2e9, "2G"),
    ],
)
def test_compact_numbers(number: float, told: str) -> None:
    assert compact(number) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50.0 %"),
        (0.9999, "99.99 %"),
        (0.0004, "0.04 %"),
        (0.99999, "99.999 %"),
        (1 - 1e-8, "> 99.999 %"),
        (1e-8, "< 0.001 %"),
    ],
)
def test_only_all_is_a_hundred_per_cent(share: float, told: str) -> None:
    assert percent(share) == told


@given(st.floats(min_value=1e-12, max_value=1 - 1e-12))
def test_what_is_not_all_never_looks_like_it(share: float) -> None:
    assert percent(share) not in ("100 %", "100.0 %", "0 %", "0.0 %")


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (0, "0 ms"),
        (120, "120 ms"),
        (1_500, "1.5 s"),
        (180_000, "3 min"),
        (7_200_000, "2 h"),
        (4 * 86_400_000, "4 d"),
    ],
)
def test_spans(milliseconds: float, told: str) -> None:
    assert span(milliseconds) == told


def test_times_are_as_short_as_they_can_be_told_apart() -> None:
    assert moments([NOON, NOON + 900_000]) == ("12:00", "12:15")
    assert moments([NOON, NOON + 5_000]) == ("12:00:00", "12:00:05")
    assert moments([NOON, NOON + 5 * 86_400_000]) == ("12 Jan", "17 Jan")
    assert period(NOON, NOON + 3_600_000) == "12 Jan 2026, 12:00 to 13:00 UTC"
    assert period(NOON, NOON + 86_400_000) == "12 Jan 2026 12:00 to 13 Jan 2026 12:00 UTC"
    assert moment(NOON) == "12 Jan 12:00:00"


@pytest.mark.parametrize("far", [1e30, -1e30, float("inf"), float("nan")])
def test_times_that_no_calendar_holds(far: float) -> None:
    assert moment(far)
    assert period(far, far)
    assert len(moments([far, far])) == 2


@given(st.floats(min_value=1e-3, max_value=1e12))
def test_an_axis_ends_above_its_numbers_and_not_far_above(number: float) -> None:
    assert number <= ceiling(number) * 1.000001 <= number * 2.01


def test_a_point_in_time_on_its_own() -> None:
    assert date_and_time(1_700_000_000_500) == "2023-11-14 22:13:20.500"
    assert date_and_time(1e20) == "1e+20 ms"
