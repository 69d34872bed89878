import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.comparison import fold as fold_module
from airflow_bluegreen.core.comparison.classify import classify, classify_keys
from airflow_bluegreen.core.comparison.fold import Fold, Folded
from airflow_bluegreen.core.comparison.hashed import (
    ENTRY,
    Entries,
    HashedRecords,
    LastRecords,
    bytes_digest,
    payload,
    place_of,
)
from tests.core.comparison.records import add, changes, fold_of, folded, record, rows


def test_the_last_record_of_a_key_wins() -> None:
    once = folded(("a", 2), ("b", 1))
    often = folded(("a", 1), ("b", 1), ("a", 3), ("a", 2))
    assert len(often.keys) == 2
    assert (often.keys == once.keys).all()
    assert (often.values == once.values).all()


def test_a_tombstone_deletes_and_is_counted() -> None:
    gone = changes(("a", 1), ("b", 1), ("a", None))
    assert (gone.rows(), gone.records, gone.tombstones) == (1, 3, 1)


def test_a_deleted_key_may_come_back() -> None:
    assert changes(("a", 1), ("a", None), ("a", 1)).rows() == 1


def test_records_without_a_key_are_counted_and_left_out() -> None:
    side = changes((None, 1), ("a", 1))
    assert (side.null_keys, side.rows(), side.records) == (1, 1, 2)


def test_the_timestamp_is_that_of_the_last_record() -> None:
    assert folded(("a", 1, 500), ("a", 2, 100)).stamps.tolist() == [100]


def test_the_registry_header_is_left_out() -> None:
    one, other = b"\x00\x00\x00\x00\x07row", b"\x00\x00\x00\x00\x09row"
    assert payload(one) == b"row"
    assert bytes_digest(one) == bytes_digest(other)
    assert payload(b'{"a": 1}') == b'{"a": 1}'


unhurried = settings(deadline=None)  # 256 buckets take a while on a busy machine

changed = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.one_of(st.none(), st.integers(0, 5))), max_size=60
)


@unhurried
@given(
    changes=changed, cut=st.integers(0, 60), limit=st.sampled_from([1, 2, 7, 1 << 18]), shelved=st.booleans()
)
def test_folding_in_pieces_gives_what_a_dict_gives(
    changes: list[tuple[str, int | None]], cut: int, limit: int, shelved: bool
) -> None:
    truth: dict[str, int] = {}
    for key, value in changes:
        truth.pop(key, None) if value is None else truth.update({key: value})
    with small_steps(limit):
        fold = Fold(memory=90, shelf=FakeShelf()) if shelved else Fold()
        records = [record(key, value, offset=at) for at, (key, value) in enumerate(changes)]
        add(fold, records[:cut])
        fold.folded()
        add(fold, records[cut:])
        result = fold.folded()
    hashes = {bytes_digest(key.encode()): bytes_digest(str(value).encode()) for key, value in truth.items()}
    assert live(result) == hashes
    assert fold.rows() == len(truth)


placed = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 2), st.integers(0, 9)
    ),
    max_size=40,
)


@unhurried
@given(changes=placed, limit=st.sampled_from([1, 3, 1 << 18]), shelved=st.booleans())
def test_of_a_key_in_several_partitions_the_newest_of_their_last_records_counts(
    changes: list[tuple[str, int | None, int, int]], limit: int, shelved: bool
) -> None:
    last: dict[str, dict[int, tuple[int, int, int | None]]] = {}
    for key, value, partition, stamp in changes:
        last.setdefault(key, {})[partition] = (stamp, partition, value)
    truth = {key: max(found.values(), key=lambda one: one[:2])[2] for key, found in last.items()}
    records = [
        record(key, value, offset=at, partition=partition, at=stamp)
        for at, (key, value, partition, stamp) in enumerate(changes)
    ]
    with small_steps(limit):
        fold = Fold(memory=90, shelf=FakeShelf()) if shelved else Fold()
        add(fold, records)
        result = fold.folded()
    assert live(result) == {
        bytes_digest(key.encode()): bytes_digest(str(value).encode())
        for key, value in truth.items()
        if value is not None
    }
    assert fold.scattered() == sum(len(found) - 1 for found in last.values())
    chosen = LastRecords()
    for one in records:
        chosen.add(bytes_digest(one.key or b""), one)
    assert {hashed: place_of(one.partition, one.offset) for hashed, one in chosen.items()} == dict(
        zip(result.keys.tolist(), result.places.tolist(), strict=True)
    )


@unhurried
@given(
    values=st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 9)), max_size=40),
    limit=st.sampled_from([1, 3, 1 << 18]),
)
def test_rows_are_counted_with_their_newest_timestamp(values: list[tuple[str, int]], limit: int) -> None:
    with small_steps(limit):
        fold = Fold(keyed=False, memory=90, shelf=FakeShelf())
        for at, (value, stamp) in enumerate(values):
            add(fold, [record(None, value, offset=at, at=stamp)])
        result = fold.folded()
    truth: dict[int, tuple[int, int]] = {}
    for value, stamp in values:
        hashed = bytes_digest(f'"{value}"'.encode())
        count, newest = truth.get(hashed, (0, 0))
        truth[hashed] = (count + 1, max(newest, stamp))
    found = zip(result.values.tolist(), result.stamps.tolist(), strict=True)
    assert dict(zip(result.keys.tolist(), found, strict=True)) == truth
    assert fold.rows() == len(values)


@unhurried
@given(blue=changed, green=changed, spread=st.tuples(st.booleans(), st.booleans()))
def test_bucket_by_bucket_is_as_in_one_piece(
    blue: list[tuple[str, int | None]], green: list[tuple[str, int | None]], spread: tuple[bool, bool]
) -> None:
    folds = []
    for side, many in zip((blue, green), spread, strict=True):
        with small_steps(1 if many else 1 << 18):
            folds.append(changes_of(side))
    whole = classify_keys(folds[0].folded(), folds[1].folded())
    parts = classify(folds[0], folds[1])
    assert parts.match == whole.match
    assert sorted(zip(parts.keys.tolist(), parts.sides.tolist(), strict=True)) == sorted(
        zip(whole.keys.tolist(), whole.sides.tolist(), strict=True)
    )


def test_what_is_kept_stands_for_the_records() -> None:
    fold = changes_of([("a", 1), ("b", 2), ("a", 3), ("b", None)])
    other = Fold()
    for entries in fold.entries():
        other.add(HashedRecords(entries=entries, records=len(entries)))
    assert live(other.folded()) == live(fold.folded())
    assert other.rows() == 1


def test_equal_rows_are_counted() -> None:
    side = rows("x", "x", "y")
    assert sorted(side.values.tolist()) == [1, 2]


def test_rows_skip_tombstones() -> None:
    fold = fold_of([record(None, None), record(None, 1)], keyed=False)
    assert (fold.rows(), fold.records, fold.tombstones) == (1, 2, 1)


def test_the_bucket_of_the_highest_hash_ends_with_it() -> None:
    keys = np.array([0, (1 << 56) - 1, 1 << 56, (1 << 64) - 1], np.uint64)
    whole = Folded(keys=keys, values=keys, stamps=keys.astype(np.int64), places=keys)
    assert [whole.between(at, 256).keys.tolist() for at in (0, 1, 255)] == [
        keys[:2].tolist(),
        keys[2:3].tolist(),
        keys[3:].tolist(),
    ]


def test_a_key_takes_some_30_bytes_while_folding() -> None:
    count = 1_000_000
    tracemalloc.start()
    fold = Fold()
    for begin in range(0, count, 20_000):
        entries = np.zeros(20_000, ENTRY)
        entries["key"] = np.arange(begin, begin + 20_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        fold.add(HashedRecords(entries=entries, records=20_000))
    assert fold.rows() == 0  # all of them are deletions
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 30 <= fold.held / count <= 33
    assert peak / count <= 40


def test_updates_of_the_same_keys_take_no_more_than_twice_their_room() -> None:
    count, peak = 700_000, 0
    fold = Fold()
    for _ in range(6):
        entries = np.zeros(count, ENTRY)
        entries["key"] = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        fold.add(HashedRecords(entries=entries, records=count))
        peak = max(peak, fold.held)
    assert peak / count <= 72


def test_memory_that_was_given_back_is_let_go_of() -> None:
    """A fold holds what it says that it holds, also when most of it went to the shelf."""
    memory, each = 8 << 20, 50_000
    shelf = FakeShelf()
    fold = Fold(memory=memory, shelf=shelf)
    tracemalloc.start()
    try:
        for number in range(12):
            entries = np.zeros(each, ENTRY)
            first = number * each
            entries["key"] = np.arange(first, first + each, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            fold.add(HashedRecords(entries=entries, records=each))
        del entries
        assert fold.part(0, fold.buckets).keys.size
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    shelved = sum(len(one) for one in shelf.held.values())
    assert shelved > memory
    assert taken - shelved - fold.held < memory // 8


class FakeShelf:
    """Entries in memory, as bytes."""

    def __init__(self) -> None:
        self.held: dict[int, bytes] = {}

    def append(self, bucket: int, entries: Entries) -> None:
        self.held[bucket] = self.held.get(bucket, b"") + entries.tobytes()

    def replace(self, bucket: int, entries: Entries) -> None:
        self.held[bucket] = entries.tobytes()

    def read(self, bucket: int) -> Entries:
        return np.frombuffer(self.held[bucket], ENTRY)


def live(folded: Folded) -> dict[int, int]:
    """Key → value of what is there."""
    pairs = zip(folded.keys.tolist(), folded.values.tolist(), strict=True)
    return {key: value for key, value in pairs if value}


def changes_of(changes: list[tuple[str, int | None]]) -> Fold:
    return fold_of(record(key, value, offset=at) for at, (key, value) in enumerate(changes))


@contextmanager
def small_steps(limit: int) -> Iterator[None]:
    """Folds that reduce, spread and spill after so few records."""
    names = ("_FIRST_REDUCTION", "_CHUNK", "_SPREAD_ABOVE", "_BLOCK")
    kept = {name: getattr(fold_module, name) for name in names}
    for name in names:
        setattr(fold_module, name, limit)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(fold_module, name, value)
