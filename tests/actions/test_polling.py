from collections.abc import Callable

import pytest

from airflow_bluegreen.actions.polling import FORGIVE_S, patiently, poll
from airflow_bluegreen.exceptions import TransientError
from tests.fakes.clock import FakeClock


def counted(clock: FakeClock, until: int, timeout_s: float) -> int:
    looks = iter(range(1, 1000))
    return poll(
        lambda: next(looks), until=lambda seen: seen >= until, clock=clock, timeout_s=timeout_s, every_s=2.0
    )


def test_it_looks_until_it_is_so() -> None:
    clock = FakeClock()
    assert counted(clock, 4, 100) == 4
    assert clock.slept == [2.0, 2.0, 2.0]


def test_the_first_look_is_at_once() -> None:
    clock = FakeClock()
    assert counted(clock, 1, 0) == 1
    assert clock.slept == []


def test_when_time_is_over_the_last_look_is_returned() -> None:
    clock = FakeClock()
    assert counted(clock, 99, 5) == 3
    assert sum(clock.slept) <= 5


def away(times: int) -> Callable[[], str]:
    """A look at a server that does not answer at first."""
    looks = iter(range(times))

    def look() -> str:
        if next(looks, None) is not None:
            raise TransientError("connection refused")
        return "here"

    return look


def test_a_look_waits_for_a_server_that_is_away() -> None:
    clock, told = FakeClock(), list[str]()
    assert patiently(away(3), clock, told.append) == "here"
    assert len(clock.slept) == 3
    assert told == ["connection refused; looking again until it answers"]


def test_a_look_does_not_wait_for_ever() -> None:
    clock = FakeClock()
    began = clock.now()
    with pytest.raises(TransientError, match="connection refused"):
        patiently(away(10_000), clock, lambda _: None)
    assert clock.now() - began == pytest.approx(FORGIVE_S, abs=5)
