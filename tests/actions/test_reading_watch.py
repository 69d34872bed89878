import pytest

from airflow_bluegreen.actions.reading_watch import ReadingWatch, Stop, pace_in_words
from airflow_bluegreen.core.model import EngineSettings
from airflow_bluegreen.exceptions import StoppedError
from tests.fakes.clock import FakeClock


def test_progress_is_told_now_and_then_with_rate_and_time_to_go() -> None:
    clock, lines = FakeClock(), []
    watch = ReadingWatch(clock=clock, say=lines.append)
    for done in range(0, 5_000, 1_000):
        watch.read("t", records=1_000, size=10, done=done + 1_000, total=20_000)
        clock.sleep(5)
    assert lines == ["t: 4,000 of 20,000 records read (267 records/s, 0:01:00 to go)"]


def test_a_bar_is_told_instead_of_lines() -> None:
    clock, lines, shown = FakeClock(), [], []
    watch = ReadingWatch(clock=clock, say=lines.append, shown=lambda *told: shown.append(told))
    watch.read("t", records=1_000, size=10, done=1_000, total=4_000)
    clock.sleep(100)
    watch.read("t", records=1_000, size=10, done=2_000, total=4_000)
    assert shown == [("t", 1_000, 4_000, 0.0), ("t", 2_000, 4_000, 20.0)]
    assert not lines


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        (EngineSettings(), 0),
        (EngineSettings(records_per_second=100), 20),
        (EngineSettings(bytes_per_second=1_000), 40),
        (EngineSettings(records_per_second=100, bytes_per_second=1_000), 40),
    ],
)
def test_no_more_is_read_than_the_quota_allows(settings: EngineSettings, seconds: float) -> None:
    clock = FakeClock()
    watch, begun = ReadingWatch(clock=clock, say=print, settings=settings), clock.now()
    for _ in range(2):
        watch.read("t", records=1_000, size=20_000, done=0, total=1)
    assert clock.now() - begun == pytest.approx(seconds)


def test_it_stops_while_it_is_held_back() -> None:
    clock, stop = FakeClock(), Stop()
    watch = ReadingWatch(clock=clock, say=print, settings=EngineSettings(records_per_second=1), stop=stop)
    stop.ask()
    begun = clock.now()
    with pytest.raises(StoppedError, match="goes on where it was"):
        watch.read("t", records=1_000, size=0, done=1_000, total=2_000)
    assert clock.now() - begun < 1


def test_without_a_rate_nobody_knows_how_long() -> None:
    assert pace_in_words(100, 0) == "0 records/s"
