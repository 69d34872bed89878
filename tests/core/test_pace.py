import pytest

from airflow_bluegreen.core.pace import Pace, Sample, followed, pace, since


def sample(at_s: float, read: int = 0, ends: int = 0) -> Sample:
    return Sample(at_ms=int(at_s * 1000), read=read, ends=ends)


def test_one_look_has_no_pace() -> None:
    assert pace([]) is None
    assert pace([sample(0)]) is None


def test_the_pace_is_that_of_the_last_minute() -> None:
    looks = [sample(0, 0, 0), sample(40, 4_000, 40), sample(100, 5_200, 160)]
    assert pace(looks) == Pace(rate=20.0, growth=2.0)
    assert pace(looks, 100_000) == Pace(rate=52.0, growth=1.6)


def test_a_job_that_went_back_has_no_pace() -> None:
    assert pace([sample(0, 10, 20), sample(5, 0, 20)]) is None


@pytest.mark.parametrize(
    ("rate", "growth", "behind", "seconds"),
    [(10.0, 0.0, False, 10.0), (10.0, 5.0, False, 20.0), (5.0, 5.0, True, None), (0.0, 0.0, False, None)],
)
def test_catching_up_takes_what_is_read_beyond_what_arrives(
    rate: float, growth: float, behind: bool, seconds: float | None
) -> None:
    speed = Pace(rate=rate, growth=growth)
    assert speed.falls_behind is behind
    assert speed.seconds_to_catch_up(100) == seconds


def test_a_known_number_of_records_is_read_however_much_arrives() -> None:
    assert Pace(rate=5.0, growth=50.0).seconds_to_read(100) == 20.0
    assert Pace(rate=0.0, growth=0.0).seconds_to_read(100) is None


def test_looks_in_quick_succession_are_kept_as_one() -> None:
    looks: tuple[Sample, ...] = ()
    for second in range(101):
        looks = followed(looks, sample(second), 60_000)
    assert looks[-1] == sample(100)
    assert looks[0].at_ms <= 40_000, "what is needed to judge the whole time is kept"
    assert len(looks) < 20


def test_the_oldest_look_that_is_needed_is_found() -> None:
    looks = [sample(0), sample(10), sample(20)]
    assert since(looks, 15_000) == sample(10)
    assert since(looks, -1) == sample(0)
