from collections import Counter

import pytest

from airflow_bluegreen.clients import partition_reader
from airflow_bluegreen.clients.librdkafka import SILENCE_SECONDS
from airflow_bluegreen.clients.partition_reader import _at_place, _sought, read_batches
from airflow_bluegreen.core.model import KafkaRecord
from airflow_bluegreen.exceptions import TransientError


class Read:
    """A message of a consumer, as far as it is looked at."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def error(self) -> None:
        return None

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return 1, 5

    def key(self) -> bytes:
        return b"k"

    def value(self) -> bytes:
        return b"v"


class Log:
    """A partition whose records are there from 0 to ``end``, read ten at a time; behind it, reading begins
    with the first one, as ``auto.offset.reset`` tells.
    """

    def __init__(self, end: int) -> None:
        self._end = end
        self.seeks = 0

    def places(self, *wanted: int) -> list[KafkaRecord]:
        waiting = {0: sorted(wanted, reverse=True)}
        sought: Counter[tuple[int, int]] = Counter()
        found: list[KafkaRecord] = []
        at = waiting[0][-1]
        while waiting[0] and self.seeks < 100:
            at = at if at < self._end else 0
            moved: set[int] = set()
            for offset in range(at, min(at + 10, self._end)):
                found += _at_place(Read(offset), waiting, moved)  # type: ignore[arg-type]
            at += 10
            for place in _sought(waiting, moved, sought).values():
                self.seeks += 1
                at = place
        return found


def test_places_that_lie_far_apart_are_sought() -> None:
    log = Log(end=100_000)
    assert [one.offset for one in log.places(7, 9, 5_000, 99_000)] == [7, 9, 5_000, 99_000]
    assert log.seeks == 2


def test_places_behind_the_end_of_the_log_are_gone() -> None:
    log = Log(end=50)
    assert log.places(5_000, 6_000) == []
    assert log.seeks < 5


def test_while_no_records_come_there_are_empty_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at that port. Nothing counts as heard for an empty batch."""
    monkeypatch.setattr(partition_reader, "SILENCE_SECONDS", SILENCE_SECONDS / 100)
    batches = read_batches({"bootstrap.servers": "127.0.0.1:1"}, {("t", 0): (0, 3)})
    assert [next(batches), next(batches)] == [[], []]
    with pytest.raises(TransientError, match="no answer from the brokers of t"):
        list(batches)
