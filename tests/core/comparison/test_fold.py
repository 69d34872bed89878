import random
import struct
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.core.comparison import fold as fold_module
from airflow_bluegreen.core.comparison.fold import ChangelogFold, RowFold, bytes_digest, payload
from airflow_bluegreen.core.model import KafkaRecord
from tests.core.comparison.records import folded, record, rows


def test_the_last_record_of_a_key_wins() -> None:
    once = folded(("a", 2), ("b", 1))
    often = folded(("a", 1), ("b", 1), ("a", 3), ("a", 2))
    assert often.rows == 2
    assert (often.keys == once.keys).all()
    assert (often.values == once.values).all()


def test_a_tombstone_deletes_and_is_counted() -> None:
    gone = folded(("a", 1), ("b", 1), ("a", None))
    assert (gone.rows, gone.records, gone.tombstones) == (1, 3, 1)


def test_a_deleted_key_may_come_back() -> None:
    assert folded(("a", 1), ("a", None), ("a", 1)).rows == 1


def test_records_without_a_key_are_counted_and_left_out() -> None:
    side = folded((None, 1), ("a", 1))
    assert (side.null_keys, side.rows, side.records) == (1, 1, 2)


def test_the_timestamp_is_that_of_the_last_record() -> None:
    assert folded(("a", 1, 500), ("a", 2, 100)).stamps.tolist() == [100]


def test_the_registry_header_is_left_out() -> None:
    one, other = b"\x00\x00\x00\x00\x07row", b"\x00\x00\x00\x00\x09row"
    assert payload(one) == b"row"
    assert bytes_digest(one) == bytes_digest(other)
    assert payload(b'{"a": 1}') == b'{"a": 1}'


changes = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.one_of(st.none(), st.integers(0, 5))), max_size=60
)


@given(changes=changes, cut=st.integers(0, 60), limit=st.sampled_from([1, 2, 7, 1 << 18]))
def test_folding_in_pieces_gives_what_a_dict_gives(
    changes: list[tuple[str, int | None]], cut: int, limit: int
) -> None:
    truth: dict[str, int] = {}
    for key, value in changes:
        truth.pop(key, None) if value is None else truth.update({key: value})
    kept = fold_module._FIRST_MERGE
    fold_module._FIRST_MERGE = limit
    try:
        pieces = ChangelogFold()
        pieces.add(record(key, value) for key, value in changes[:cut])
        pieces.folded()
        pieces.add(record(key, value) for key, value in changes[cut:])
        result = pieces.folded()
    finally:
        fold_module._FIRST_MERGE = kept
    hashes = {bytes_digest(key.encode()): bytes_digest(str(value).encode()) for key, value in truth.items()}
    live = {
        key: value for key, value in zip(result.keys.tolist(), result.values.tolist(), strict=True) if value
    }
    assert live == hashes
    assert result.rows == len(truth)


def test_equal_rows_are_counted() -> None:
    side = rows("x", "x", "y")
    assert sorted(side.values.tolist()) == [1, 2]
    assert side.rows == 3


def test_rows_skip_tombstones() -> None:
    fold = RowFold()
    fold.add([record(None, None), record(None, 1)])
    side = fold.folded()
    assert (side.rows, side.records, side.tombstones) == (1, 2, 1)


def test_a_key_takes_24_bytes_and_at_most_80_while_folding() -> None:
    count = 60_000
    order = random.Random(7).sample(range(count), count)
    tracemalloc.start()
    fold = ChangelogFold()
    fold.add(
        KafkaRecord(partition=0, offset=n, timestamp=n, key=struct.pack(">q", n), value=b"v") for n in order
    )
    side = fold.folded()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert side.rows == count
    assert peak / count <= 80
    assert (side.keys.nbytes + side.values.nbytes + side.stamps.nbytes) / count == 24
