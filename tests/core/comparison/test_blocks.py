import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.core.comparison.blocks import Blocks, Chain
from airflow_bluegreen.core.comparison.hashed import ENTRY, Entries
from airflow_bluegreen.core.comparison.reducing import PLAIN, by_bucket, by_key


def numbered(count: int, first: int = 0) -> Entries:
    entries = np.zeros(count, ENTRY)
    entries["place"] = np.arange(first, first + count)
    return entries


@given(
    pieces=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.booleans()), max_size=20),
    least=st.integers(1, 9),
)
def test_chains_hold_what_was_put_into_them(pieces: list[tuple[int, int, bool]], least: int) -> None:
    blocks = Blocks(least)
    chains, truth = [Chain(blocks) for _ in range(3)], [[], [], []]  # type: ignore[var-annotated]
    for number, (at, count, replaced) in enumerate(pieces):
        entries = numbered(count, number * 1000)
        odd = np.arange(1, count, 2)
        chains[at].append(entries.view(PLAIN), odd)
        truth[at] += entries["place"][odd].tolist()
        if replaced:
            kept = chains[at].entries()[: len(truth[at]) // 2]
            chains[at].replace(kept)
            truth[at] = kept["place"].tolist()
        assert [one.entries()["place"].tolist() for one in chains] == truth
        assert [one.count for one in chains] == [len(one) for one in truth]
    for one in chains:
        one.clear()
    assert blocks.held == 0


def test_what_is_given_back_is_used_again() -> None:
    blocks = Blocks(16)
    first, second = Chain(blocks), Chain(blocks)
    entries, everything = numbered(1000).view(PLAIN), np.arange(1000)
    first.append(entries, everything)
    held = blocks.held
    first.clear()
    second.append(entries, everything)
    assert blocks.held == held
    assert held <= 1.1 * 1000 * ENTRY.itemsize


keys = st.lists(st.one_of(st.integers(0, 5), st.integers(0, (1 << 64) - 1), st.just((1 << 64) - 1)))


@given(keys=keys)
def test_entries_come_in_the_order_of_their_keys_and_then_as_they_were(keys: list[int]) -> None:
    entries = numbered(len(keys))
    entries["key"] = keys
    truth = sorted(range(len(keys)), key=lambda at: keys[at])
    assert by_key(entries)["place"].tolist() == truth


@given(keys=keys)
def test_buckets_are_those_of_the_first_byte(keys: list[int]) -> None:
    entries = numbered(len(keys))
    entries["key"] = keys
    order, ends = by_bucket(entries)
    assert order.tolist() == sorted(range(len(keys)), key=lambda at: keys[at] >> 56)
    assert ends == [sum(key >> 56 <= bucket for key in keys) for bucket in range(256)]
