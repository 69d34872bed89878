"""When a window is open: by the wall clock, over midnight, with blackouts, and when clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.core.model import WEEKDAYS, Blackout, ReleaseWindow
from airflow_bluegreen.core.windows import (
    Opening,
    is_open,
    moment_in_words,
    next_opening,
    window_in_words,
)

BERLIN = "Europe/Berlin"
NIGHT = ReleaseWindow(start=time(22), end=time(4), time_zone=BERLIN, days=("tue",))


def at(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def utc(text: str) -> datetime:
    return at(text, "UTC")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T21:59:59", False),  # a Tuesday
        ("2026-12-01T22:00", True),
        ("2026-12-02T00:00", True),
        ("2026-12-02T03:59:59", True),
        ("2026-12-02T04:00", False),
        ("2026-12-02T23:00", False),  # a Wednesday
        ("2026-12-01T02:00", False),  # the night of Monday
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(moment: str, expected: bool) -> None:
    assert is_open(NIGHT, at(moment)) is expected


def test_the_next_opening_is_told_with_its_end_and_may_have_begun() -> None:
    expected = Opening(start=utc("2026-12-01T21:00"), end=utc("2026-12-02T03:00"))
    assert next_opening(NIGHT, at("2026-11-28T12:00")) == expected
    assert next_opening(NIGHT, at("2026-12-02T01:00")) == expected
    assert next_opening(NIGHT, at("2026-12-02T04:00")) == Opening(
        start=utc("2026-12-08T21:00"), end=utc("2026-12-09T03:00")
    )


def blackout(*days: str) -> tuple[Blackout, ...]:
    return tuple(Blackout(first=date.fromisoformat(one), last=date.fromisoformat(one)) for one in days)


def test_blackouts_cut_a_night_at_midnight() -> None:
    before = ReleaseWindow(start=time(22), end=time(4), blackouts=blackout("2026-12-01"))
    assert next_opening(before, utc("2026-12-01T12:00")) == Opening(
        start=utc("2026-12-02T00:00"), end=utc("2026-12-02T04:00")
    )
    after = ReleaseWindow(start=time(22), end=time(4), blackouts=blackout("2026-12-02"))
    assert next_opening(after, utc("2026-12-01T12:00")) == Opening(
        start=utc("2026-12-01T22:00"), end=utc("2026-12-02T00:00")
    )
    both = ReleaseWindow(start=time(22), end=time(4), blackouts=blackout("2026-12-01", "2026-12-02"))
    assert next_opening(both, utc("2026-12-01T12:00")) == Opening(
        start=utc("2026-12-03T00:00"), end=utc("2026-12-03T04:00")
    )


def test_a_blackout_of_many_days_takes_every_window_within() -> None:
    long = Blackout(first=date(2026, 12, 1), last=date(2027, 1, 10))
    window = ReleaseWindow(start=time(9), end=time(17), blackouts=(long,))
    coming = next_opening(window, utc("2026-12-01T10:00"))
    assert coming is not None
    assert coming.start == utc("2027-01-11T09:00")


def test_a_window_that_never_opens_has_no_next_opening() -> None:
    for_ever = Blackout(first=date(2020, 1, 1), last=date(2099, 1, 1))
    assert next_opening(ReleaseWindow(blackouts=(for_ever,)), utc("2026-12-01T10:00")) is None


def test_the_same_time_twice_is_the_whole_day() -> None:
    window = ReleaseWindow(days=("sat",), time_zone=BERLIN)
    assert is_open(window, at("2026-11-28T00:00"))
    assert is_open(window, at("2026-11-28T23:59:59"))
    assert not is_open(window, at("2026-11-29T00:00"))


@pytest.mark.parametrize(
    ("start", "end", "opens", "closes"),
    [
        # 02:00 is 03:00 on 2026-03-29: what is left out has gone by when the clock jumps.
        (time(2, 30), time(4), "2026-03-29T01:00", "2026-03-29T02:00"),
        (time(22), time(2, 30), "2026-03-28T21:00", "2026-03-29T01:00"),
        # 02:00 to 03:00 comes twice on 2026-10-25: the first time counts.
        (time(2, 30), time(4), "2026-10-25T00:30", "2026-10-25T03:00"),
        (time(22), time(2, 30), "2026-10-24T20:00", "2026-10-25T00:30"),
    ],
)
def test_when_the_clocks_are_changed(start: time, end: time, opens: str, closes: str) -> None:
    window = ReleaseWindow(start=start, end=end, time_zone=BERLIN)
    coming = next_opening(window, utc(opens) - timedelta(minutes=1))
    assert coming == Opening(start=utc(opens), end=utc(closes))


def test_a_window_that_the_clock_jumps_over_does_not_open_that_day() -> None:
    window = ReleaseWindow(start=time(2, 15), end=time(2, 45), time_zone=BERLIN)
    coming = next_opening(window, at("2026-03-29T00:00"))
    assert coming is not None
    assert coming.start == utc("2026-03-30T00:15")


def test_a_day_that_a_country_leaves_out() -> None:
    # Samoa went from 2011-12-29 to 2011-12-31.
    window = ReleaseWindow(start=time(9), end=time(17), time_zone="Pacific/Apia", days=("fri", "sat"))
    coming = next_opening(window, at("2011-12-29T20:00", "Pacific/Apia"))
    assert coming is not None
    assert coming.start == at("2011-12-31T09:00", "Pacific/Apia")


def test_midnight_that_is_left_out() -> None:
    # In Cairo 2026-04-24 begins at 01:00.
    window = ReleaseWindow(
        start=time(22), end=time(4), time_zone="Africa/Cairo", blackouts=blackout("2026-04-23")
    )
    coming = next_opening(window, at("2026-04-23T12:00", "Africa/Cairo"))
    assert coming is not None
    assert coming.start == at("2026-04-24T01:00", "Africa/Cairo")


def test_in_words() -> None:
    assert window_in_words(NIGHT) == "22:00 to 04:00 Europe/Berlin on tue"
    assert window_in_words(ReleaseWindow()) == "the whole day UTC"
    assert moment_in_words(NIGHT, utc("2026-12-01T21:00")) == "Tue 2026-12-01 22:00 CET"


TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0, tzinfo=None, fold=0))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
WINDOWS = st.builds(
    ReleaseWindow,
    start=TIMES,
    end=TIMES,
    time_zone=st.sampled_from(
        [
            "UTC",
            BERLIN,
            "America/New_York",
            "Australia/Lord_Howe",
            "Africa/Cairo",
            "Asia/Kolkata",
            "Pacific/Apia",
        ]
    ),
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(tuple),
    blackouts=st.lists(
        st.tuples(DAYS, st.integers(0, 20)).map(
            lambda one: Blackout(first=one[0], last=one[0] + timedelta(days=one[1]))
        ),
        max_size=3,
    ).map(tuple),
)
MOMENTS = st.datetimes(datetime(2024, 2, 1), datetime(2028, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without


@given(WINDOWS, MOMENTS)
def test_an_opening_is_open_from_its_start_and_never_before(window: ReleaseWindow, moment: datetime) -> None:
    coming = next_opening(window, moment)
    assert coming is not None
    assert coming.end > max(coming.start, moment)
    assert coming.end - coming.start <= timedelta(hours=25)
    assert is_open(window, max(coming.start, moment))
    assert is_open(window, coming.end - timedelta(seconds=1))
    if coming.start > moment:
        assert not is_open(window, moment)
        assert not is_open(window, moment + (coming.start - moment) * 0.99)


@given(WINDOWS, MOMENTS)
def test_an_open_window_shows_a_time_within_it_on_no_day_of_a_blackout(
    window: ReleaseWindow, moment: datetime
) -> None:
    local = moment.astimezone(ZoneInfo(window.time_zone))
    if not is_open(window, moment):
        return
    assert not any(one.first <= local.date() <= one.last for one in window.blackouts)
    shown = local.time().replace(tzinfo=None, fold=0)
    offsets = {(local + timedelta(hours=hours)).utcoffset() for hours in range(-26, 27)}
    if len(offsets) == 1:  # no clock is changed nearby
        today, yesterday = (WEEKDAYS[(local.date() - timedelta(days=back)).weekday()] for back in (0, 1))
        if window.start < window.end:
            assert window.start <= shown < window.end
            assert today in window.days
        else:
            assert (shown >= window.start and today in window.days) or (
                shown < window.end and yesterday in window.days
            )


@given(WINDOWS, MOMENTS)
def test_a_closed_window_shows_a_time_outside_of_it(window: ReleaseWindow, moment: datetime) -> None:
    local = moment.astimezone(ZoneInfo(window.time_zone))
    offsets = {(local + timedelta(hours=hours)).utcoffset() for hours in range(-26, 27)}
    if is_open(window, moment) or len(offsets) > 1:
        return
    if any(one.first <= local.date() <= one.last for one in window.blackouts):
        return
    shown = local.time().replace(tzinfo=None, fold=0)
    today, yesterday = (WEEKDAYS[(local.date() - timedelta(days=back)).weekday()] for back in (0, 1))
    if window.start < window.end:
        assert today not in window.days or not window.start <= shown < window.end
    else:
        assert not (shown >= window.start and today in window.days)
        assert not (shown < window.end and yesterday in window.days)
