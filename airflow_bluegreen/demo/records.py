"""A feed of change records as change data capture delivers them: with duplicates, late changes and deletions.

Pure and seeded: the same seed gives the same records, so a feed that is sent again changes no table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from random import Random
from typing import TypeVar

from airflow_bluegreen.demo.retail import RAW_TABLES, RawTable, Row

Choice = TypeVar("Choice", bound=str)

_FIRST_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the time in the records is the shop's, not that of the machine."""

_STEPS_MS = (0, 1, 40, 900)
"""Between two changes; 0 makes ties of ``updated_at``."""

_EVERYDAY_TABLES = {"raw_a": 1, "raw_b": 6, "raw_c": 8, "raw_x": 5}
_LOAD_TEST_SHARE = 0.02
_REVIVAL_SHARE = 0.2
_EXTRA_SHARE = 0.3
_FEWEST_ROWS = 5


class Event(StrEnum):
    """What a record stands for. A late one is older than a record of its key that was delivered before it."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    DUPLICATE = "duplicate"
    LATE = "late"


_EVERYDAY_EVENTS = {Event.INSERT: 9, Event.UPDATE: 7, Event.DELETE: 1, Event.DUPLICATE: 2, Event.LATE: 1}
_EXTRA_EVENTS = {Event.UPDATE: 7, Event.DELETE: 1, Event.DUPLICATE: 2, Event.LATE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record of a raw topic: ``key`` is the business id, ``row`` has every column of the topic."""

    table: str
    key: str
    event: Event
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many rows of each kind the shop opens with (at least one customer and one order)."""

    customers: int = 300
    orders: int = 2_000
    payments: int = 2_500
    shipments: int = 1_500


class Shop:
    """The database that the records come from: first :meth:`opening`, then :meth:`business`.

    :param seed: chooses the feed.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._now = _FIRST_MS
        self._lsn = 0
        self._created = dict.fromkeys(RAW_TABLES, 0)
        self._rows: dict[str, dict[str, Row]] = {name: {} for name in RAW_TABLES}
        self._keys: dict[str, list[str]] = {name: [] for name in RAW_TABLES}
        self._revived: dict[str, list[str]] = {name: [] for name in RAW_TABLES}
        self._acts: dict[Event, Callable[[RawTable], Iterator[Change]]] = {
            Event.INSERT: self._insert,
            Event.UPDATE: self._update,
            Event.DELETE: self._delete,
            Event.DUPLICATE: self._duplicate,
            Event.LATE: self._late,
        }

    def opening(self, sizes: Sizes) -> Iterator[Change]:
        """The initial batch: that many inserts, all tables mixed, and other events among them."""
        names = (
            ["raw_a"] * (sizes.customers - 1)
            + ["raw_b"] * (sizes.orders - 1)
            + ["raw_c"] * sizes.payments
            + ["raw_x"] * sizes.shipments
        )
        self._random.shuffle(names)
        # The first customer and the first order, so that every other row has a parent.
        for name in ["raw_a", "raw_b", *names]:
            yield from self._act(Event.INSERT, name)
            if self._random.random() < _EXTRA_SHARE:
                yield from self._act(self._one_of(_EXTRA_EVENTS), name)

    def business(self) -> Iterator[Change]:
        """Everyday business, without end."""
        while True:
            yield from self._act(self._one_of(_EVERYDAY_EVENTS), self._one_of(_EVERYDAY_TABLES))

    def _act(self, event: Event, name: str) -> Iterator[Change]:
        enough = len(self._keys[name]) >= _FEWEST_ROWS
        return self._acts[event if enough else Event.INSERT](RAW_TABLES[name])

    def _insert(self, table: RawTable) -> Iterator[Change]:
        revived = self._revived[table.name]
        key = revived.pop() if revived else self._new_key(table)
        row = self._stamped(self._new_row(table, key), "c")
        self._keys[table.name].append(key)
        yield self._stored(table, key, Event.INSERT, row)

    def _update(self, table: RawTable) -> Iterator[Change]:
        key = self._random.choice(self._keys[table.name])
        yield self._stored(table, key, Event.UPDATE, self._altered(table, key))

    def _delete(self, table: RawTable) -> Iterator[Change]:
        keys = self._keys[table.name]
        place = self._random.randrange(len(keys))
        keys[place], keys[-1] = keys[-1], keys[place]
        key = keys.pop()
        if self._random.random() < _REVIVAL_SHARE:
            self._revived[table.name].append(key)
        row = self._stamped(self._rows[table.name].pop(key), "d")
        yield Change(table=table.name, key=key, event=Event.DELETE, row=row)

    def _duplicate(self, table: RawTable) -> Iterator[Change]:
        key = self._random.choice(self._keys[table.name])
        yield Change(table=table.name, key=key, event=Event.DUPLICATE, row=self._rows[table.name][key])

    def _late(self, table: RawTable) -> Iterator[Change]:
        """Two changes of a key in the wrong order; the older one may be a deletion that was taken back."""
        key = self._random.choice(self._keys[table.name])
        if self._random.random() < 0.5:
            older = self._stamped(self._rows[table.name][key], "d")
            newer = self._stamped(self._new_row(table, key), "c")
        else:
            older = self._altered(table, key)
            newer = self._altered(table, key)
        yield self._stored(table, key, Event.UPDATE, newer)
        yield Change(table=table.name, key=key, event=Event.LATE, row=older)

    def _stored(self, table: RawTable, key: str, event: Event, row: Row) -> Change:
        self._rows[table.name][key] = row
        return Change(table=table.name, key=key, event=event, row=row)

    def _new_key(self, table: RawTable) -> str:
        self._created[table.name] += 1
        test = table.name == "raw_b" and self._random.random() < _LOAD_TEST_SHARE
        return f"{'T' if test else table.prefix}-{self._created[table.name]:06d}"

    def _new_row(self, table: RawTable, key: str) -> Row:
        parent: Row = {}
        if table.parent:
            parent = self._rows[table.parent][self._random.choice(self._keys[table.parent])]
        return {table.key: key, **table.create(self._random, parent, self._now)}

    def _altered(self, table: RawTable, key: str) -> Row:
        return self._stamped(table.alter(self._random, self._rows[table.name][key]), "u")

    def _stamped(self, row: Row, op: str) -> Row:
        self._now += self._random.choice(_STEPS_MS)
        self._lsn += 1
        return {**row, "op": op, "lsn": self._lsn, "updated_at": self._now}

    def _one_of(self, weights: dict[Choice, int]) -> Choice:
        return self._random.choices(list(weights), list(weights.values()))[0]


def changes(seed: int, sizes: Sizes) -> Iterator[Change]:
    """The whole feed of a shop, without end: its opening, then everyday business."""
    shop = Shop(seed)
    return chain(shop.opening(sizes), shop.business())
