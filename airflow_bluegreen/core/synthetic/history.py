"""The records of a source, by when they happened: entities that come, change, go and come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from airflow_bluegreen.core.synthetic.columns import SourceColumn
from airflow_bluegreen.core.synthetic.traits import Traits
from airflow_bluegreen.core.synthetic.values import (
    BASE_MS,
    any_value,
    entity_value,
    like_prefix,
    most_values,
)

Row = Mapping[str, Any]
_STEPS_MS = (1, 40, 900, 20_000, 60_000)
_ENTITIES = 0.45
_CHANGES = {"update": 9, "delete": 2, "duplicate": 2}
_MISS, _REDRAWN = 0.03, 0.4
_FAR = 1_000_000
_LETTERS = {"insert": "c", "update": "u", "delete": "d"}
_FEWEST = 3


class Event(StrEnum):
    """What a record tells. A duplicate is the record before it of the same entity once more."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record: ``row`` after it (of a deletion the row that goes), ``before`` the one that it replaces.

    ``key`` are the values of the source's key, empty where it has none; ``at_ms`` is its event time.
    """

    event: Event
    key: tuple[Any, ...]
    row: Row
    before: Row | None
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """The entities of a domain: their number, what their texts begin with, whether they must be numbers."""

    size: int
    prefix: str = ""
    plain: bool = False


def populations(all_traits: Sequence[Traits]) -> Mapping[str, Population]:
    """The population of every domain: that of the largest source whose key it is."""
    found: dict[str, Population] = {}
    for traits in all_traits:
        for name, domain in traits.domains.items():
            column = traits.schema.column(name)
            assert column is not None
            before = found.get(domain, Population(size=0))
            size = entities(traits) if traits.key[:1] == (name,) else 0
            found[domain] = Population(
                size=max(before.size, size),
                prefix=before.prefix or like_prefix(traits.constants.get(name, ())),
                plain=before.plain or column.kind not in ("string", "bytes"),
            )
    return {domain: replace(one, size=one.size or _FEWEST * 4) for domain, one in found.items()}


def entities(traits: Traits) -> int:
    """How many entities the records of a source are about."""
    if not traits.key or traits.once:
        return traits.records
    columns = [column for name in traits.key if (column := traits.schema.column(name))]
    room = min(map(most_values, columns), default=1)
    wanted = max(_FEWEST, int(traits.records * _ENTITIES))
    return max(1, min(wanted, room * (4 if len(columns) > 1 else 1), traits.records))


def history(traits: Traits, shared: Mapping[str, Population], seed: int) -> tuple[Change, ...]:
    """The source's records by event time; the same for the same seed.

    :raises ConfigurationError: a column has a type for which nothing can be generated.
    """
    return tuple(_Historian(traits, shared, seed).changes())


class _Historian:
    def __init__(self, traits: Traits, shared: Mapping[str, Population], seed: int) -> None:
        self._traits = traits
        self._shared = shared
        # Text seeds are hashed the same in every process, as hash() is not.
        self._random = Random(f"{seed} {traits.source}")
        self._now = BASE_MS
        self._order = 0
        self._created = 0
        self._live: dict[int, Row] = {}
        self._gone: list[int] = []

    def changes(self) -> list[Change]:
        found: list[Change] = []
        for event in self._script():
            change = self._act(event, found[-1] if found else None)
            found.append(change)
        return found

    def _script(self) -> list[Event]:
        """Every entity once, and changes for the rest, in a random order that begins with an entity."""
        count = entities(self._traits)
        script = [Event.INSERT] * count
        weights = dict(_CHANGES)
        if not self._traits.deletes:
            del weights["delete"]
        if not self._traits.repeats:
            del weights["duplicate"]
        others = self._random.choices(list(weights), list(weights.values()), k=self._traits.records - count)
        script += [Event(other) for other in others]
        self._random.shuffle(script)
        return script

    def _act(self, event: Event, last: Change | None) -> Change:
        """The next record; what has no entity to happen to becomes another entity, or one that comes back."""
        if event is Event.DUPLICATE and last is not None:
            return replace(last, event=Event.DUPLICATE)
        if event is Event.INSERT or not self._live:
            number = self._next_number(event)
            return self._stored(Event.INSERT, number, self._new_row(number))
        number = self._random.choice(list(self._live))
        if event is Event.DELETE:
            before = self._live.pop(number)
            self._gone.append(number)
            return self._change(Event.DELETE, number, self._stamped(before, Event.DELETE), before)
        return self._stored(Event.UPDATE, number, self._altered(self._live[number]))

    def _next_number(self, event: Event) -> int:
        if event is not Event.INSERT and self._gone:
            return self._gone.pop()
        # As many are created as there are insertions, whoever was created earlier than its turn.
        if self._created >= entities(self._traits) and self._gone:
            return self._gone.pop()
        self._created += 1
        return (self._created - 1) % max(1, entities(self._traits))

    def _stored(self, event: Event, number: int, row: Row) -> Change:
        before = self._live.get(number)
        event = event if before is None else Event.UPDATE
        row = self._stamped(row, event)
        self._live[number] = row
        return self._change(event, number, row, before)

    def _change(self, event: Event, number: int, row: Row, before: Row | None) -> Change:
        key = tuple(row[name] for name in self._traits.key)
        return Change(event=event, key=key, row=row, before=before, at_ms=self._now)

    def _tick(self) -> None:
        self._now += self._random.choice(_STEPS_MS)

    def _stamped(self, row: Row, event: Event) -> Row:
        """The row with its place in the order of things, its time, and what happened."""
        traits = self._traits
        self._tick()
        self._order += 1
        stamps: dict[str, Any] = {}
        if traits.event_time:
            stamps[traits.event_time] = self._moment(traits.event_time)
        if traits.order_by:
            stamps[traits.order_by] = self._rank(traits.order_by)
        if traits.operation:
            stamps[traits.operation] = _operation(traits, event)
        return {**row, **stamps}

    def _moment(self, name: str) -> int:
        column = self._traits.schema.column(name)
        return self._now * (1000 if column is not None and column.kind.endswith("micros") else 1)

    def _rank(self, name: str) -> Any:
        column = self._traits.schema.column(name)
        if column is not None and column.kind.startswith(("timestamp", "local-timestamp")):
            return self._moment(name)
        return f"{self._order:012d}" if column is not None and column.kind == "string" else self._order

    def _new_row(self, number: int) -> Row:
        keys = dict(zip(self._traits.key, _digits(number, len(self._traits.key)), strict=True))
        return {
            column.name: self._entity(column, keys[column.name])
            if column.name in keys
            else self._value(column)
            for column in self._traits.schema.columns
        }

    def _altered(self, row: Row) -> Row:
        return {
            column.name: self._value(column)
            if column.name not in self._traits.key and self._random.random() < _REDRAWN
            else row[column.name]
            for column in self._traits.schema.columns
        }

    def _entity(self, column: SourceColumn, number: int) -> Any:
        own = Population(size=0, prefix=f"{column.name}-")
        shared = self._shared.get(self._traits.domains.get(column.name, ""), own)
        return entity_value(column, number, shared.prefix or own.prefix, plain=shared.plain)

    def _value(self, column: SourceColumn) -> Any:
        domain = self._traits.domains.get(column.name)
        if domain is None or column.name in self._traits.key:
            traits, name = self._traits, column.name
            return any_value(
                column, self._random, traits.constants.get(name, ()), traits.values.get(name, ())
            )
        if column.nullable and self._random.random() < _MISS:
            return None
        size = self._shared[domain].size
        miss = self._random.random() < _MISS and most_values(column) > _FAR * 2
        return self._entity(column, self._random.randrange(size) + (_FAR if miss else 0))


def _operation(traits: Traits, event: Event) -> str:
    """The word for it, in the manner of the word for a deletion: d, D, delete, DELETED."""
    word = traits.deleted
    if event is Event.DELETE:
        return word
    letter = _LETTERS[event]
    long = event.value + word.lower().removeprefix("delete") if len(word) > 1 else letter
    return long.upper() if word.isupper() else long


def _digits(number: int, places: int) -> tuple[int, ...]:
    """A number as that many digits, so that parts of a key repeat and the whole never does."""
    if places <= 1:
        return (number,) * places
    return (number // 4, *((number // 2) % 3 for _ in range(places - 2)), number % 4)
