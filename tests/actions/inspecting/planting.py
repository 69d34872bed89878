"""Pairs of topics that are equal but for what is planted: histories differ, the end is the same."""

import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_bluegreen.actions.compare import Subject, compare_topics
from airflow_bluegreen.core.model import (
    CheckSettings,
    Column,
    Engine,
    EngineSettings,
    ExpectedDifference,
    Grouping,
    Profile,
    TableComparison,
    TableDefinition,
    Tolerance,
    UnstableColumn,
    Verdict,
)
from tests.actions.wire_formats import FORMATS, Register, Writer
from tests.fakes.platform import FakeCluster, Story

HOUR_MS = 3_600_000
COLUMNS = (
    Column(name="id", type="STRING", nullable=False),
    Column(name="country", type="STRING"),
    Column(name="amount", type="DOUBLE"),
    Column(name="items", type="INT"),
    Column(name="note", type="STRING"),
    Column(name="token", type="STRING"),
    Column(name="at", type="BIGINT"),
    Column(name="source_id", type="STRING"),
)
RAW_COLUMNS = (COLUMNS[0], COLUMNS[3])
"""A value that is one column's bytes."""
TOPICS = ("t", "t_v2")
PARTITIONS = 3
SETTINGS = CheckSettings(
    tolerances={"amount": Tolerance(absolute=0.01)},
    ignore=("note",),
    mask=("country",),
    row_id="source_id",
    groups=(Grouping(by=("country",), of=("items",)),),
    window=3600,
    event_time="at",
)
UNSTABLE = ExpectedDifference(unstable=(UnstableColumn(column="token", function="UUID"),))

Row = dict[str, Any]


@dataclass
class Field:
    """Blue and green with some hundred rows; ``rows`` is what both hold at the end, by key.

    ``forms`` are the formats of blue and green, in :data:`FORMATS` or ``raw``. ``cluster`` is where they lie:
    a :class:`FakeCluster`, or what can do as much of it as is asked here.
    """

    seed: int
    keyed: bool = True
    forms: tuple[str, str] = ("json", "json")
    cluster: Any = field(default_factory=lambda: FakeCluster({}))
    table_options: Mapping[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for topic in TOPICS:
            self.cluster.topics.ensure(topic, PARTITIONS)
        self.columns = RAW_COLUMNS if self.raw else COLUMNS
        written = (replace(self.columns[0], nullable=not self.keyed), *self.columns[1:])
        self.writers = {topic: Writer(self._registering(topic), written) for topic in TOPICS}
        self.now = self.cluster.clock.now_ms()
        count = self.random.randint(60, 140)
        self.rows = {f"k{number}": self.row(number) for number in range(count)}
        self.green = {key: dict(row) for key, row in self.rows.items()}
        self.extra: list[tuple[str, Row]] = []
        self.lag_ms = 0

    @property
    def raw(self) -> bool:
        return "raw" in self.forms

    def _registering(self, topic: str) -> Register:
        """As producers do, under the topic's subjects."""
        schemas = self.cluster.schemas
        return lambda part, text, kind: schemas.register(f"{topic}-{part}", text, kind).schema_id

    def row(self, number: int) -> Row:
        pick = self.random
        return {
            "id": f"k{number}",
            "country": pick.choice(["CH", "DE", "FR", None]),
            "amount": round(pick.uniform(0, 1000), 2),
            "items": pick.randint(1, 9),
            "note": pick.choice(["a", "b"]),
            "token": f"{pick.getrandbits(32):x}",
            "at": self.now - 20 * HOUR_MS + pick.randrange(19 * HOUR_MS),
            "source_id": f"s{number}",
        }

    def some(self) -> str:
        """A key that was not chosen before."""
        key = self.random.choice(sorted(self.green.keys() - self._chosen))
        self._chosen.add(key)
        return key

    _chosen: set[str] = field(default_factory=set)

    def write(self) -> None:
        """Each side with a history of its own: other orders, other values in between, deleted keys."""
        for topic, rows in (("t", self.rows), ("t_v2", self.green)):
            lines = list(rows.items()) + (self.extra if topic == "t_v2" else [])
            self.random.shuffle(lines)
            for key, row in lines:
                again = self.random.randrange(3) if self.keyed else 0
                for _ in range(again):
                    # The same source record, written before it was complete.
                    self.put(topic, key, {**row, "items": 0, "amount": -1.0})
                shown = dict(row)
                if topic == "t_v2":
                    shown |= {"note": "other", "token": f"{self.random.getrandbits(32):x}"}
                    # Rows without a key are compared as a whole: none of them may differ a little.
                    shown["amount"] += self.random.choice([0, 0.004, -0.004]) if self.keyed else 0
                self.put(topic, key, shown)
            if self.keyed:
                for number in range(5):
                    key = f"gone{number}"
                    row = self.row(10_000 + number) | {"id": key, "source_id": None, "at": 0}
                    self.put(topic, key, row)
                    self.put(topic, key, None)

    def put(self, topic: str, key: str, row: Row | None, stamp: int | None = None) -> None:
        form = self.forms[TOPICS.index(topic)]
        write = Writer.raw if form == "raw" else FORMATS[form]
        named, value = write(self.writers[topic], key, row)
        at = self.now - 1_800_000 if stamp is None else stamp
        self.cluster.topics.produce(
            topic,
            named if self.keyed else None,
            value,
            partition=zlib.crc32(key.encode()) % PARTITIONS,
            timestamp=at,
        )

    def live(self, seconds: int, green_after_s: float) -> None:
        """Events of the last minutes on both sides, written as they happen; on green so much later."""
        for number in range(40):
            event = self.now - seconds * 1000 + number * 1000
            row = self.row(20_000 + number) | {"at": event}
            self.put("t", row["id"], row, event + 200)
            self.put("t_v2", row["id"], row, event + 200 + int(green_after_s * 1000))

    def compared(self, engine: Engine = Engine.EMBEDDED, **changes: Any) -> TableComparison:
        definition = TableDefinition(columns=(), primary_key=("id",))
        subject = Subject(
            table="t",
            blue="t",
            green="t_v2",
            primary_key=("id",) if self.keyed else (),
            columns=self.columns,
            blue_columns=self.columns,
            expected=ExpectedDifference() if self.raw else UNSTABLE,
            settings=CheckSettings() if self.raw else SETTINGS,
            definition=definition,
            blue_definition=definition,
        )
        profile = Profile(
            name="local", comparing=EngineSettings(engine=engine), table_options=self.table_options
        )
        return compare_topics(self.cluster.platform, replace(subject, **changes), profile, Story())


def failed(found: TableComparison) -> set[str]:
    return {check.check for check in found.checks if check.verdict is Verdict.FAIL}


def warned(found: TableComparison) -> set[str]:
    return {check.check for check in found.checks if check.verdict is Verdict.WARN}


@dataclass(frozen=True)
class Plant:
    """A difference, and what is to be found of it: the checks that must fail, those that may too (they see
    the same rows from another side), and the columns that differ.
    """

    do: Callable[[Field], None]
    fails: frozenset[str]
    may: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    keyed: bool = True
    counts: tuple[int, int, int] = (0, 0, 0)


def plant(
    *fails: str,
    counts: tuple[int, int, int],
    may: str = "",
    columns: str = "",
    keyed: bool = True,
) -> Callable[[Callable[[Field], None]], Plant]:
    """:param counts: keys only in blue, only in green, and on both with another row."""

    def of(do: Callable[[Field], None]) -> Plant:
        return Plant(
            do=do,
            fails=frozenset(fails),
            may=frozenset(filter(None, may.split(", "))),
            columns=frozenset(columns.split()),
            keyed=keyed,
            counts=counts,
        )

    return of
