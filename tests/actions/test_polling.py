from airflow_bluegreen.actions.polling import poll
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
