"""The cut through blue's rows: right, or refused."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.model import Offsets
from airflow_bluegreen.core.starting.cutting import NoCut, find_cut

PARTITION = ("t", 0)


def test_the_first_row_of_after_the_cut_is_where_it_is() -> None:
    tail = {PARTITION: [(10, "a"), (11, "b"), (12, "c"), (13, "d")]}
    assert find_cut(tail, ["e", "f"], ["c", "d", "e"], {PARTITION: 14}) == {PARTITION: 12}


def test_where_nothing_came_after_it_is_at_the_end() -> None:
    tail = {PARTITION: [(10, "a")], ("t", 1): []}
    high = {PARTITION: 11, ("t", 1): 5}
    assert find_cut(tail, ["b"], ["b"], high) == high
    assert find_cut(tail, [], [], high) == high


def test_equal_rows_that_are_all_on_one_side_do_no_harm() -> None:
    tail = {PARTITION: [(10, "a"), (11, "a"), (12, "b"), (13, "b")]}
    assert find_cut(tail, ["c"], ["b", "b", "c"], {PARTITION: 14}) == {PARTITION: 12}


def refusal(tail: list[str], rest: list[str], replayed: list[str]) -> str:
    found = find_cut({PARTITION: list(enumerate(tail))}, rest, replayed, {PARTITION: len(tail)})
    assert isinstance(found, NoCut), found
    return found.reason


def test_what_cannot_be_told_apart_is_refused() -> None:
    assert "both sides" in refusal(["a", "a"], [], ["a"])
    assert "both sides" in refusal(["a"], ["a"], ["a"])
    assert "both sides" in refusal(["a"], ["a"], ["a", "a"])
    assert "both sides" in refusal(["a"], [], ["a", "a"])
    assert "interleaved" in refusal(["a", "x", "b"], ["y"], ["x", "y"])


def test_a_statement_that_gives_other_rows_each_time_is_refused() -> None:
    assert "same rows again" in refusal(["a"], ["b"], ["q"])
    assert "same rows again" in refusal(["a"], ["b"], ["b", "b"])


@dataclass
class Blue:
    """A stateless job: reads partitions in any order, buffers rows in subtasks, flushes them in any order."""

    chance: random.Random
    inputs: list[list[list[str]]]
    partitions: int
    read: list[int] = field(default_factory=list)
    buffers: list[list[tuple[int, int, str]]] = field(default_factory=list)
    output: list[list[tuple[int, int, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.read = [0] * len(self.inputs)
        self.buffers = [[] for _ in range(2)]
        self.output = [[] for _ in range(self.partitions)]

    def step(self, visible: list[int]) -> None:
        """Read one record of those that are there, or flush one buffer."""
        behind = [part for part, end in enumerate(visible) if self.read[part] < end]
        if behind and self.chance.random() < 0.7:
            part = self.chance.choice(behind)
            offset = self.read[part]
            for value in self.inputs[part][offset]:
                self.buffers[part % len(self.buffers)].append((part, offset, value))
            self.read[part] += 1
        else:
            self.flush(self.chance.randrange(len(self.buffers)))

    def flush(self, buffer: int) -> None:
        for row in self.buffers[buffer]:
            self.output[self.chance.randrange(self.partitions)].append(row)
        self.buffers[buffer].clear()

    def flush_all(self) -> None:
        for buffer in range(len(self.buffers)):
            self.flush(buffer)

    def ends(self) -> dict[tuple[str, int], int]:
        return {("t", part): len(rows) for part, rows in enumerate(self.output)}

    def rows(self, first: Offsets, last: Offsets, part: int) -> list[tuple[int, str]]:
        return [(at, self.output[part][at][2]) for at in range(first["t", part], last["t", part])]

    def live(self, visible: list[int], until: Callable[[], bool]) -> None:
        """Go on while new records come in."""
        while not until():
            self.step(visible)
            if self.chance.random() < 0.3:
                part = self.chance.randrange(len(self.inputs))
                visible[part] = min(visible[part] + 1, len(self.inputs[part]))

    def steps(self, below: int) -> Callable[[], bool]:
        left = iter(range(self.chance.randrange(below)))
        return lambda: next(left, None) is None

    def has_read(self, offsets: list[int]) -> Callable[[], bool]:
        return lambda: all(read >= end for read, end in zip(self.read, offsets, strict=True))

    def assert_cut(self, found: Offsets, start: list[int]) -> None:
        for part, rows in enumerate(self.output):
            before, after = rows[: found["t", part]], rows[found["t", part] :]
            assert all(offset < start[source] for source, offset, _ in before), "too much was taken"
            assert all(offset >= start[source] for source, offset, _ in after), "something was left out"


VALUES = st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=2)
INPUTS = st.lists(st.lists(VALUES, min_size=1, max_size=8), min_size=1, max_size=3)


def told_apart(inputs: list[list[list[str]]]) -> list[list[list[str]]]:
    return [
        [
            [f"{value}{part}.{at}.{number}" for number, value in enumerate(rows)]
            for at, rows in enumerate(records)
        ]
        for part, records in enumerate(inputs)
    ]


@settings(max_examples=400, deadline=None)
@given(
    inputs=st.one_of(INPUTS, INPUTS.map(told_apart)),
    partitions=st.integers(1, 2),
    seed=st.integers(0, 2**32),
)
def test_a_planted_cut_is_found_exactly_or_refused(
    inputs: list[list[list[str]]], partitions: int, seed: int
) -> None:
    chance = random.Random(seed)
    blue = Blue(chance=chance, inputs=inputs, partitions=partitions)
    visible = [chance.randrange(len(records) + 1) for records in inputs]
    blue.live(visible, blue.steps(6))
    low, least = blue.ends(), list(visible)
    blue.live(visible, blue.has_read(least))
    start = list(blue.read)  # at a barrier: what was read before it is flushed
    blue.flush_all()
    blue.live(visible, blue.steps(6))
    high, later = blue.ends(), list(visible)
    blue.live(visible, blue.has_read(later))
    blue.flush_all()
    spans = [records[start[part] : later[part]] for part, records in enumerate(inputs)]
    found = find_cut(
        {("t", part): blue.rows(low, high, part) for part in range(partitions)},
        [value for part in range(partitions) for _, value in blue.rows(high, blue.ends(), part)],
        [value for span in spans for record in span for value in record],
        high,
    )
    if isinstance(found, NoCut):
        assert "same rows again" not in found.reason
    else:
        blue.assert_cut(found, start)


def test_unique_rows_written_in_order_are_never_refused() -> None:
    for size in range(1, 20):
        values = [f"r{number}" for number in range(size)]
        for cut in range(size):
            tail = {PARTITION: list(enumerate(values))}
            assert find_cut(tail, ["z"], [*values[cut:], "z"], {PARTITION: size}) == {PARTITION: cut}
