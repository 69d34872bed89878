"""Both topics of a comparison are read at once where they are large, and say what they say one by one."""

import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from airflow_bluegreen.actions import both_sides
from airflow_bluegreen.actions.both_sides import read_both
from airflow_bluegreen.actions.reading_room import ReadingRoom
from airflow_bluegreen.actions.reading_watch import ReadingWatch, Stop
from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold
from airflow_bluegreen.core.comparison import hashed
from airflow_bluegreen.core.comparison.classify import classify
from airflow_bluegreen.core.model import Offsets
from airflow_bluegreen.exceptions import StoppedError, UnreadableRecordError
from tests.fakes.clock import FakeClock
from tests.fakes.kafka import FakeTopics

RECORDS = 200
Ends = tuple[Offsets, Offsets]


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> FakeTopics:
    """Two topics that differ in one key, read ten records at a time, and both at once."""
    monkeypatch.setattr(hashed, "_BATCH", 10)
    monkeypatch.setattr(both_sides, "AT_ONCE_ABOVE", RECORDS // 2)
    topics: FakeTopics = getattr(request, "param", FakeTopics)()
    for topic in ("blue", "green"):
        topics.ensure(topic, 2)
        for number in range(RECORDS):
            value = f"{topic if number == 7 else number}".encode()
            topics.produce(topic, f"k{number}".encode(), value)
    return topics


def ends(topics: FakeTopics) -> Ends:
    return topics.end_offsets("blue"), topics.end_offsets("green")


class Threads:
    """Which thread reads which topic, and how many records it was told of."""

    def __init__(self, at: int = -1, error: BaseException | None = None) -> None:
        self.seen: dict[str, set[int]] = {}
        self.read: dict[str, int] = {}
        self._at, self._error = at, error

    def __call__(self, topic: str, done: int, _total: int, _rate: float) -> None:
        self.seen.setdefault(topic, set()).add(threading.get_ident())
        self.read[topic] = done
        if topic == "green" and done >= self._at > 0 and self._error is not None:
            raise self._error


def opened(
    topics: FakeTopics, threads: Threads, reading: SideReading | None = None, stop: Stop | None = None
) -> tuple[TopicFold, TopicFold]:
    watch = ReadingWatch(clock=FakeClock(), say=print, shown=threads, stop=stop or Stop())
    blue, green = (
        TopicFold(topics, topic, reading or SideReading(), keyed=True, room=ReadingRoom(watched=watch))
        for topic in ("blue", "green")
    )
    return blue, green


def test_each_is_read_in_a_thread_of_its_own(topics: FakeTopics) -> None:
    threads = Threads()
    blue, green = opened(topics, threads)
    read_both(blue, green, ends(topics))
    assert threads.seen["blue"] == {threading.get_ident()} != threads.seen["green"]
    found = classify(blue.fold, green.fold)
    assert (found.match, found.differing) == (RECORDS - 1, 1)
    assert blue.facts().records == green.facts().records == RECORDS


def test_a_short_tail_is_read_in_ours(topics: FakeTopics) -> None:
    threads = Threads()
    blue, green = opened(topics, threads)
    read_both(blue, green, ends(topics))
    threads.seen.clear()
    topics.produce("blue", b"k7", b"same")
    topics.produce("green", b"k7", b"same")
    read_both(blue, green, ends(topics))
    assert threads.seen == {"blue": {threading.get_ident()}, "green": {threading.get_ident()}}
    assert classify(blue.fold, green.fold).match == RECORDS


def test_what_has_to_be_decoded_is_read_in_ours(topics: FakeTopics) -> None:
    threads = Threads()
    read_both(*opened(topics, threads, SideReading(normalise=lambda record: record)), ends(topics))
    assert threads.seen == {"blue": {threading.get_ident()}, "green": {threading.get_ident()}}


def test_what_is_hashed_by_the_interpreter_is_read_in_ours(topics: FakeTopics) -> None:
    topics.compiled = False
    threads = Threads()
    read_both(*opened(topics, threads), ends(topics))
    assert threads.seen == {"blue": {threading.get_ident()}, "green": {threading.get_ident()}}


def test_the_error_of_one_side_stops_the_other_one(topics: FakeTopics) -> None:
    threads = Threads(at=10, error=UnreadableRecordError("green: no"))
    blue, green = opened(topics, threads)
    slow = threading.Event()  # blue is held until green has failed
    begun = blue.fold.add

    def add(batch: hashed.HashedRecords) -> None:
        slow.wait(20)
        begun(batch)

    blue.fold.add = add  # type: ignore[method-assign]
    failing = green.read_to

    def read_to(*args: object, **more: object) -> None:
        try:
            failing(*args, **more)  # type: ignore[arg-type]
        finally:
            threading.Timer(0.2, slow.set).start()

    green.read_to = read_to  # type: ignore[method-assign]
    with pytest.raises(UnreadableRecordError, match="green: no"):
        read_both(blue, green, ends(topics))
    assert 0 < threads.read["blue"] < RECORDS


class OutOfTimeError(Exception):
    """As a signal's handler raises it."""


def test_what_a_signal_raises_stops_the_side_that_is_waited_for(topics: FakeTopics) -> None:
    threads, signalled = Threads(), threading.Event()
    blue, green = opened(topics, threads)
    read, added = blue.read_to, green.fold.add

    def out_of_time(*_: object) -> None:
        signalled.set()
        raise OutOfTimeError

    def read_to(*args: object, **more: object) -> None:
        read(*args, **more)  # type: ignore[arg-type]
        signal.setitimer(signal.ITIMER_REAL, 0.2)  # by then only green is waited for

    def add(batch: hashed.HashedRecords) -> None:
        signalled.wait(20)
        time.sleep(0.05)
        added(batch)

    blue.read_to, green.fold.add = read_to, add  # type: ignore[method-assign]
    before = signal.signal(signal.SIGALRM, out_of_time)
    try:
        with pytest.raises(OutOfTimeError):
            read_both(blue, green, ends(topics))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not [one.name for one in threading.enumerate() if one.name.startswith("reading")]
    assert threads.read["blue"] == RECORDS > threads.read["green"] > 0


class Silent(FakeTopics):
    """Of green no more than ten records ever come."""

    def read_hashed(
        self, topic: str, start: Offsets, end: Offsets, hashing: hashed.Hashing
    ) -> Iterator[hashed.HashedRecords]:
        batches = super().read_hashed(topic, start, end, hashing)
        if topic == "blue":
            yield from batches
            return
        yield next(batches)
        for _ in range(2_000):
            time.sleep(0.01)
            yield hashed.HashedRecords(entries=np.empty(0, hashed.ENTRY), records=0)


@pytest.mark.parametrize("topics", [Silent], indirect=True)
def test_a_side_of_which_nothing_comes_is_stopped_by_the_other_one(topics: FakeTopics) -> None:
    threads = Threads()
    blue, green = opened(topics, threads)

    def failing(*_: object, **__: object) -> None:
        time.sleep(0.1)
        raise UnreadableRecordError("blue: no")

    blue.read_to = failing  # type: ignore[method-assign]
    with pytest.raises(UnreadableRecordError, match="blue: no"):
        read_both(blue, green, ends(topics))
    assert (threads.read["green"], green.fold.records) == (10, 10)


@pytest.mark.parametrize("topics", [Silent], indirect=True)
def test_somebody_stops_it_while_nothing_comes(topics: FakeTopics) -> None:
    stop = Stop()
    blue, green = opened(topics, Threads(), stop=stop)
    timer = threading.Timer(0.2, stop.ask)
    timer.start()
    with pytest.raises(StoppedError):
        read_both(blue, green, ends(topics))
    timer.join()
    assert (blue.fold.records, green.fold.records) == (RECORDS, 10)


def test_it_goes_on_where_both_were_stopped(topics: FakeTopics) -> None:
    stop = Stop()
    threads = Threads()
    blue, green = opened(topics, threads, stop=stop)
    stop.ask()
    with pytest.raises(StoppedError):
        read_both(blue, green, ends(topics))
    stop.asked = False
    read_both(blue, green, ends(topics))
    assert blue.facts().records == green.facts().records == RECORDS
    assert classify(blue.fold, green.fold).match == RECORDS - 1
