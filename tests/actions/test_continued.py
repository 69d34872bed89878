"""A comparison that is stopped goes on where it was, and says what one says that was not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_bluegreen.actions.compare import Subject, compare_topics
from airflow_bluegreen.actions.reading_room import reading_room
from airflow_bluegreen.actions.reading_watch import ReadingWatch, Stop
from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold
from airflow_bluegreen.clients.fold_files import FoldFiles
from airflow_bluegreen.core.comparison import hashed
from airflow_bluegreen.core.model import Column, EngineSettings, Profile, Verdict
from airflow_bluegreen.exceptions import StoppedError, TransientError
from tests.fakes.clock import FakeClock
from tests.fakes.kafka import FakeTopics
from tests.fakes.platform import FakeCluster, Story

RECORDS = 50


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> FakeTopics:
    """A topic of updates, deletions and records without a key in two partitions, read ten at a time."""
    monkeypatch.setattr(hashed, "_BATCH", 10)
    topics = FakeTopics()
    topics.ensure("t", 2)
    for number in range(RECORDS):
        key = None if number % 11 == 0 else f"k{number % 20}".encode()
        topics.produce("t", key, None if number % 7 == 0 else f"{number}".encode())
    return topics


def read(
    topics: FakeTopics, store: FoldFiles, *, stop_after: int = 1 << 30, keyed: bool = True, mark: str = ""
) -> TopicFold:
    """Read the topic; stopped, its fold is kept."""
    stop = Stop()

    def shown(_topic: str, done: int, _total: int, _rate: float) -> None:
        if done >= stop_after:
            stop.ask()

    settings = EngineSettings(hash_memory=300)  # so that all of it is on the shelf
    watch = ReadingWatch(clock=FakeClock(), say=print, settings=settings, stop=stop, shown=shown)
    with reading_room(store, watch) as room:
        fold = TopicFold(topics, "t", SideReading(mark=mark), keyed=keyed, room=room)
        try:
            fold.read_to(topics.end_offsets("t"))
        except StoppedError:
            fold.keep()
            raise
        fold.facts()
    return fold


def said(fold: TopicFold) -> object:
    found, facts = fold.fold.folded(), fold.facts()
    return facts, *(getattr(found, name).tolist() for name in ("keys", "values", "stamps", "places"))


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("stop_after", [10, 20, 40])
def test_it_goes_on_where_it_was(topics: FakeTopics, tmp_path: Path, stop_after: int, keyed: bool) -> None:
    straight = said(read(topics, FoldFiles(tmp_path / "other"), keyed=keyed))
    store = FoldFiles(tmp_path / "folds")
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=stop_after, keyed=keyed)
    before = len(topics.wire.called("read"))
    assert said(read(topics, store, keyed=keyed)) == straight
    (again,) = topics.wire.called("read")[before:]
    assert sum(again[1].values()) >= stop_after


def test_what_was_read_in_another_way_or_of_another_topic_is_not_gone_on_with(
    topics: FakeTopics, tmp_path: Path
) -> None:
    store = FoldFiles(tmp_path)
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    assert read(topics, store, mark="other columns").facts().records == RECORDS
    topics.recreate("t", {})
    for _ in range(RECORDS):
        topics.produce("t", b"a", b"new")
    fold = read(topics, store)
    assert (fold.facts().records, fold.facts().rows) == (RECORDS, 1)


def test_records_that_retention_has_deleted_meanwhile_are_not_counted(
    topics: FakeTopics, tmp_path: Path
) -> None:
    store = FoldFiles(tmp_path / "folds")
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    topics.truncate("t", 5)
    straight = read(topics, FoldFiles(tmp_path / "other"))
    fold = read(topics, store)
    assert said(fold) == said(straight)
    assert fold.facts().records < RECORDS


def test_what_is_kept_is_forgotten_when_asked(topics: FakeTopics, tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    assert list(tmp_path.iterdir())
    read(topics, store).forget()
    assert not list(tmp_path.iterdir())


def test_a_stopped_comparison_says_in_the_end_what_one_in_one_go_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashed, "_BATCH", 10)
    cluster = FakeCluster({})
    for topic in ("t", "t_v2"):
        cluster.topics.ensure(topic, 2)
        for number in range(RECORDS):
            row = {"id": f"k{number}", "total": 2 if (topic, number) == ("t_v2", 7) else 1}
            cluster.topics.produce(topic, row["id"].encode(), json.dumps(row).encode(), timestamp=1)  # type: ignore[attr-defined]
    columns = (Column(name="id", type="STRING", nullable=False), Column(name="total", type="INT"))
    subject = Subject(
        table="t", blue="t", green="t_v2", primary_key=("id",), columns=columns, blue_columns=columns
    )
    platform, profile = replace(cluster.platform, folds=FoldFiles(tmp_path)), Profile(name="local")
    story = Story()
    for stop_at in (("t", 20), ("t_v2", 30)):
        stop = Stop()

        def shown(
            topic: str, done: int, _total: int, _rate: float, at: object = stop_at, stop: Stop = stop
        ) -> None:
            if (topic, done) == at:
                stop.ask()

        watch = ReadingWatch(clock=cluster.clock, say=story, stop=stop, shown=shown)
        with pytest.raises(StoppedError):
            compare_topics(platform, subject, profile, story, watch)
    found = compare_topics(platform, subject, profile, story)
    assert found.verdict is Verdict.FAIL
    assert (found.keys.match, found.keys.diff) == (RECORDS - 1, 1)
    assert found.keys == compare_topics(cluster.platform, subject, profile, story).keys
    assert not list(tmp_path.iterdir())
    assert any("goes on where it was stopped, after 50 records" in line for line in story.lines)


def test_what_was_read_is_kept_when_the_brokers_are_away(topics: FakeTopics, tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    watch = ReadingWatch(clock=FakeClock(), say=print)
    with reading_room(store, watch) as room:
        fold = TopicFold(topics, "t", SideReading(), keyed=True, room=room)
        fold.read_to(topics.end_offsets("t"))
        topics.fail_next("identity", TransientError("away"))
        fold.keep()
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"\0" * 7 + b"\2{}", b"\0" * 7 + b"\2{x", b"\0" * 7 + b"\2[]"])
def test_what_nobody_understands_counts_as_nothing_kept(
    topics: FakeTopics, tmp_path: Path, damage: bytes
) -> None:
    store = FoldFiles(tmp_path)
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert read(topics, store).facts().records == RECORDS
    assert not file.exists()


def test_what_was_kept_counts_as_read(topics: FakeTopics, tmp_path: Path) -> None:
    store, ends = FoldFiles(tmp_path), topics.end_offsets("t")
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    with reading_room(store, ReadingWatch(clock=FakeClock(), say=print)) as room:
        fold = TopicFold(topics, "t", SideReading(), keyed=True, room=room)
        assert fold.unread(ends) == sum(ends.values()) - 20
        fold.read_to(ends)
        assert fold.unread(ends) == 0
    assert fold.facts().records == RECORDS


def test_a_stop_is_heeded_where_no_record_is_found_again(topics: FakeTopics, tmp_path: Path) -> None:
    stop = Stop()
    watch = ReadingWatch(clock=FakeClock(), say=print, stop=stop)
    with reading_room(FoldFiles(tmp_path), watch) as room:
        fold = TopicFold(topics, "t", SideReading(), keyed=True, room=room)
        fold.read_to(topics.end_offsets("t"))
        stop.ask()
        with pytest.raises(StoppedError):
            list(fold.read_again(hashed.Chosen()))


def test_nothing_is_kept_or_gone_on_with_where_topics_have_no_ids(topics: FakeTopics, tmp_path: Path) -> None:
    store = FoldFiles(tmp_path)
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    topics.without_ids = True
    assert read(topics, store).facts().records == RECORDS
    (again,) = topics.wire.called("read")[-1:]
    assert sum(again[1].values()) == 0
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(StoppedError):
        read(topics, store, stop_after=20)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_hides_no_stop(topics: FakeTopics, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    story = Story()
    with reading_room(FoldFiles(tmp_path / "file"), ReadingWatch(clock=FakeClock(), say=story)) as room:
        fold = TopicFold(topics, "t", SideReading(), keyed=True, room=room)
        fold.read_to(topics.end_offsets("t"))
        fold.keep()
    assert "t: what was read is not kept" in story.text
