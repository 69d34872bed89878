"""Memory for the entries of a fold: blocks that its buckets take and give back.

An array for each would have to be copied to grow, and would leave holes of all sizes behind.
"""

import numpy as np
import numpy.typing as npt

from airflow_bluegreen.core.comparison.hashed import ENTRY, Entries
from airflow_bluegreen.core.comparison.reducing import PLAIN

_SLAB = 1 << 12
_LARGEST_SLAB = 1 << 18
_ROOM_TO_GROW = 64
"""A chain takes room for this part of what it holds."""
_NOTHING = np.empty(0, PLAIN)


class Blocks:
    """Where blocks come from, and go to.

    :param least: how many entries fit into the smallest one.
    """

    def __init__(self, least: int) -> None:
        self.least = least
        self.entries = 0
        self._given: list[Entries] = []
        self._slab = np.empty(0, PLAIN)

    @property
    def held(self) -> int:
        """Bytes of the blocks that are in use."""
        return self.entries * ENTRY.itemsize

    def take(self, wanted: int) -> Entries:
        """Room for so many entries, as plain bytes; or for more or fewer, as there is."""
        if self._given:
            block = self._given.pop()
        else:
            if not len(self._slab):
                larger = max(_SLAB, min(self.entries // 8, _LARGEST_SLAB))
                self._slab = np.empty(max(larger, wanted), PLAIN)
            block, self._slab = self._slab[:wanted], self._slab[wanted:]
        self.entries += len(block)
        return block

    def give(self, block: Entries) -> None:
        """A block that is not needed any more."""
        self.entries -= len(block)
        self._given.append(block)

    def let_go(self) -> None:
        """Keep no blocks that were given back, where they take more than a quarter of what is in use."""
        if sum(map(len, self._given)) > self.entries // 4:
            self._given.clear()
            if not self.entries:
                self._slab = np.empty(0, PLAIN)


class Chain:
    """Entries in blocks, one behind the other."""

    __slots__ = ("_blocks", "_filled", "_last", "_pool", "count")

    def __init__(self, blocks: Blocks) -> None:
        self.count = self._filled = 0
        self._pool = blocks
        self._blocks: list[Entries] = []
        self._last = _NOTHING

    def append(self, entries: Entries, chosen: npt.NDArray[np.intp]) -> None:
        """Put those of the entries (as plain bytes) that are ``chosen`` behind those that are there."""
        self.count += len(chosen)
        while len(chosen) > (room := len(self._last) - self._filled):
            entries.take(chosen[:room], out=self._last[self._filled :], mode="clip")
            chosen, self._filled = chosen[room:], 0
            self._last = self._pool.take(max(self._pool.least, self.count // _ROOM_TO_GROW))
            self._blocks.append(self._last)
        end = self._filled + len(chosen)
        entries.take(chosen, out=self._last[self._filled : end], mode="clip")
        self._filled = end

    def replace(self, entries: Entries) -> None:
        """Put entries in place of those that are there, of which there are as many, or more."""
        self.count, plain = len(entries), entries.view(PLAIN)
        at = used = 0
        for block in self._blocks:
            if at >= len(plain):
                self._pool.give(block)
                continue
            part = plain[at : at + len(block)]
            block[: len(part)] = part
            at, used, self._filled = at + len(block), used + 1, len(part)
        del self._blocks[used:]
        if not used:
            self._filled = 0
        self._last = self._blocks[-1] if used else _NOTHING

    def clear(self) -> None:
        """Give all blocks back."""
        self.replace(np.empty(0, ENTRY))

    def entries(self) -> Entries:
        """A copy of all that is there, in one piece."""
        return np.concatenate([*self._blocks[:-1], self._last[: self._filled]]).view(ENTRY)
