"""What the records of a source mean: found in the statements that read it, in its DDL, and in the project's
wishes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from airflow_bluegreen.core.model import SourceWishes
from airflow_bluegreen.core.sql import Constant, Predicates
from airflow_bluegreen.core.synthetic.columns import RecordSchema
from airflow_bluegreen.exceptions import ConfigurationError

_DELETIONS = ("d", "delete", "deleted", "remove", "removed")
_ORDERED = frozenset({"int", "long", "timestamp-millis", "timestamp-micros", "string"})
Place = tuple[str, str]
"""(source, column)"""


class Changelog(StrEnum):
    """What the records of a topic are to Flink: rows, the newest row of each key, or changes of rows."""

    APPEND = "append"
    UPSERT = "upsert"
    ENVELOPE = "envelope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How the records of one source are to be made.

    ``key`` identifies an entity, none where every record is an event of its own; ``once``: each entity has
    one record. ``order_by`` says which
    record of an entity is the newest, whatever the order in which they arrive; ``operation`` what happened,
    ``deleted`` that it is gone. ``event_time`` is the column of the watermark, if it is one of the records',
    and ``bound_ms`` how far the watermark stays behind, None where there is none. ``domains`` name, by
    column, the values that it shares with columns of other sources, ``constants`` what statements compare it
    with.
    """

    source: str
    schema: RecordSchema
    records: int
    changelog: Changelog = Changelog.APPEND
    key: tuple[str, ...] = ()
    once: bool = False
    order_by: str = ""
    operation: str = ""
    deleted: str = ""
    event_time: str = ""
    bound_ms: int | None = None
    domains: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, tuple[Constant, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def deletes(self) -> bool:
        """Whether a record can say that an entity is gone."""
        return (
            bool(self.key)
            and not self.once
            and (self.changelog is not Changelog.APPEND or bool(self.operation))
        )

    @property
    def repeats(self) -> bool:
        """Whether a record may come twice, or after a newer one: its readers keep the newest."""
        return self.changelog is Changelog.APPEND and bool(self.key and self.order_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A source before its statements were looked at; the rest is as :class:`Traits` have it.

    ``written_keys`` are columns that become the whole key of a table that reads the source, ``unique`` those
    that identify a row of a table that only appends.
    """

    source: str
    schema: RecordSchema
    wishes: SourceWishes
    records: int
    changelog: Changelog
    primary_key: tuple[str, ...] = ()
    event_time: str = ""
    bound_ms: int | None = None
    written_keys: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the statements of a test compare, with every column already traced back to the sources.

    ``origin`` gives the sources' columns of a statement's column.
    """

    found: Sequence[Predicates]
    origin: Mapping[Place, frozenset[Place]]

    def place(self, columns: Iterable[Place]) -> Place | None:
        """The one column of a source that a value comes from; None where there are several, or none."""
        places = {place for column in columns for place in self.origin.get(column, frozenset({column}))}
        return next(iter(places)) if len(places) == 1 else None


def traits_of(raws: Sequence[Raw], usage: Usage) -> tuple[Traits, ...]:
    """The traits of every source of a test, in their order.

    :raises ConfigurationError: a wish names a column that the source does not have.
    """
    for raw in raws:
        _refuse_unknown(raw)
    constants = _constants(usage)
    entities = {raw.source: _key(raw, usage) for raw in raws}
    once = {raw.source: _first_known(raw, raw.unique) for raw in raws if not entities[raw.source]}
    keys = {**entities, **once}
    domains = _domains(raws, usage, keys)
    found = (_traits(raw, keys[raw.source], domains, constants, usage) for raw in raws)
    return tuple(replace(one, once=bool(once.get(one.source))) for one in found)


def _traits(
    raw: Raw,
    key: tuple[str, ...],
    domains: Mapping[Place, str],
    constants: Mapping[Place, tuple[Constant, ...]],
    usage: Usage,
) -> Traits:
    operation, deleted = _operation(raw, constants) if key else ("", "")
    names = [one.name for one in raw.schema.columns]
    return Traits(
        source=raw.source,
        schema=raw.schema,
        records=raw.records if raw.wishes.records is None else raw.wishes.records,
        changelog=raw.changelog,
        key=key,
        order_by=_order(raw, key, usage),
        operation=operation,
        deleted=deleted,
        event_time=raw.event_time if raw.event_time in names else "",
        bound_ms=raw.bound_ms,
        domains={name: domains[raw.source, name] for name in names if (raw.source, name) in domains},
        constants={name: constants[raw.source, name] for name in names if (raw.source, name) in constants},
        values=raw.wishes.values,
    )


def _refuse_unknown(raw: Raw) -> None:
    wishes = raw.wishes
    asked = (*wishes.key, wishes.order_by, wishes.operation, *wishes.values)
    unknown = [name for name in asked if name and raw.schema.column(name) is None]
    if unknown:
        known = ", ".join(one.name for one in raw.schema.columns)
        raise ConfigurationError(
            f"integration_test.sources.{raw.source} names column {unknown[0]}, which {raw.source} has not",
            remedy=f"Its columns are {known}",
        )


def _key(raw: Raw, usage: Usage) -> tuple[str, ...]:
    """As the project says, else as the DDL does, else as readers number rows or write them."""
    if raw.wishes.key or raw.primary_key:
        return raw.wishes.key or raw.primary_key
    for found in usage.found:
        for ranking in found.rankings:
            places = [usage.place(columns) for columns in ranking.partition]
            named = tuple(place[1] for place in places if place is not None and place[0] == raw.source)
            if named and len(named) == len(places) and all(map(raw.schema.column, named)):
                return named
    return _first_known(raw, raw.written_keys)


def _first_known(raw: Raw, keys: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return next((key for key in keys if all(map(raw.schema.column, key))), ())


def _order(raw: Raw, key: tuple[str, ...], usage: Usage) -> str:
    if raw.wishes.order_by or not key:
        return raw.wishes.order_by
    for found in usage.found:
        for ranking in found.rankings:
            place = usage.place(ranking.order[0]) if ranking.order else None
            column = raw.schema.column(place[1]) if place and place[0] == raw.source else None
            if column is not None and column.kind in _ORDERED and column.name not in key:
                return column.name
    return ""


def _operation(raw: Raw, constants: Mapping[Place, tuple[Constant, ...]]) -> tuple[str, str]:
    """The column that is compared with a word for a deletion, and that word."""
    if raw.wishes.operation:
        return raw.wishes.operation, raw.wishes.deleted or "d"
    for column in raw.schema.columns:
        for constant in constants.get((raw.source, column.name), ()):
            if column.kind == "string" and constant.text.lower() in _DELETIONS:
                return column.name, constant.text
    return "", ""


def _constants(usage: Usage) -> Mapping[Place, tuple[Constant, ...]]:
    found: dict[Place, dict[Constant, None]] = defaultdict(dict)
    for predicates in usage.found:
        for constant in predicates.constants:
            place = usage.place(constant.columns)
            if place is not None:
                found[place][constant] = None
    return {place: tuple(each) for place, each in found.items()}


def _domains(raws: Sequence[Raw], usage: Usage, keys: Mapping[str, tuple[str, ...]]) -> Mapping[Place, str]:
    """Columns that joins hold equal share the name of a domain; so does a key with nothing but itself."""
    leader: dict[Place, Place] = {
        (source, name): (source, name) for source, key in keys.items() for name in key
    }

    def lead(place: Place) -> Place:
        leader.setdefault(place, place)
        while leader[place] != place:
            place = leader[place]
        return place

    known = {raw.source: raw.schema for raw in raws}
    for predicates in usage.found:
        for equality in predicates.equalities:
            left, right = usage.place(equality.left), usage.place(equality.right)
            if left is None or right is None or left[0] == right[0]:
                continue
            if all(place[0] in known and known[place[0]].column(place[1]) for place in (left, right)):
                first, second = sorted((lead(left), lead(right)))
                leader[second] = first
    return {place: ".".join(lead(place)) for place in leader}
