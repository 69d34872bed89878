"""The closer look on small tables whose answer is known."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
import pytest

from airflow_bluegreen.actions.inspecting import looking
from airflow_bluegreen.actions.inspecting.drawing import Draw
from airflow_bluegreen.actions.inspecting.frames import workbench
from airflow_bluegreen.actions.inspecting.looking import Look, Question, look_closer
from airflow_bluegreen.actions.inspecting.timing import ROWTIME, TimeColumn
from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold
from airflow_bluegreen.core.comparison.classify import classify
from airflow_bluegreen.core.comparison.hashed import EVERYTHING
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import CheckSettings, Column, Grouping, Tolerance
from tests.fakes.platform import FakeCluster

Rows = list[tuple[str | None, dict[str, Any] | None]]


class Two:
    """Two topics of JSON."""

    def __init__(self, blue: Rows, green: Rows, *, keyed: bool = True) -> None:
        self.cluster = FakeCluster({})
        self.folds = []
        for topic, rows in (("t", blue), ("t_v2", green)):
            self.cluster.topics.ensure(topic, 1)
            for at, (key, row) in enumerate(rows):
                value = None if row is None else json.dumps(row).encode()
                self.cluster.topics.produce(topic, key.encode() if key else None, value, timestamp=at * 1000)
            self.folds.append(self.fold(topic, keyed=keyed))

    def fold(self, topic: str, *, keyed: bool) -> TopicFold:
        reader = RowReader(self.cluster.schemas.written)
        fold = TopicFold(
            self.cluster.topics, topic, SideReading(value_digest=reader.digest_of(None)), keyed=keyed
        )
        fold.read_to(self.cluster.topics.end_offsets(topic))
        return fold

    def look(self, columns: dict[str, str] | None = None, **asked: Any) -> Look:
        blue, green = self.folds
        differing = classify(blue.fold, green.fold)
        declared = tuple(Column(name=name, type=kind) for name, kind in (columns or {}).items())
        values: dict[str, Any] = {"primary_key": ("id",), "settings": CheckSettings(), **asked}
        question = Question(columns=declared, blue_columns=declared, **values)
        return look_closer(
            blue, green, differing, differing, RowReader(self.cluster.schemas.written), question
        )


def equal(look: Look) -> dict[str, tuple[int, int]]:
    return {one.column: (one.equal, one.compared) for one in look.inspection.columns}


def test_shares_of_equal_rows_by_column() -> None:
    blue: Rows = [(f"k{n}", {"id": f"k{n}", "total": n, "note": "x"}) for n in range(10)]
    green: Rows = [(key, {**(row or {}), "total": 0}) for key, row in blue]
    look = Two(blue, green).look()
    assert equal(look) == {"id": (10, 10), "total": (1, 10), "note": (10, 10)}
    assert look.differences is not None
    assert (look.differences.compared, look.differences.unexpected) == (9, 9)
    assert look.differences.by_column == {"total": 9}


@pytest.mark.parametrize(
    ("tolerance", "blue", "green", "kind", "same"),
    [
        (Tolerance(absolute=0.5), 10.0, 10.5, "DOUBLE", True),
        (Tolerance(absolute=0.5), 10.0, 10.6, "DOUBLE", False),
        (Tolerance(relative=0.01), 1000, 1010, "INT", True),
        (Tolerance(relative=0.01), 1000, 1011, "INT", False),
        (Tolerance(absolute=0.5), "10.0", "10.4", "DECIMAL(10, 2)", True),
        (Tolerance(absolute=0.5), "a", "b", "STRING", False),
        (Tolerance(absolute=0.5), None, 0.0, "DOUBLE", False),
        (Tolerance(seconds=2), "2025-03-01 12:00:00.000", "2025-03-01 12:00:02.000", "TIMESTAMP(3)", True),
        (Tolerance(seconds=2), "2025-03-01T12:00:00Z", "2025-03-01T12:00:02.001Z", "TIMESTAMP_LTZ(3)", False),
        (Tolerance(seconds=2), "2025-03-01T12:00:00Z", "2025-03-01T12:00:01Z", "STRING", False),
        (Tolerance(), 1, 1.0, "DOUBLE", True),
        (Tolerance(), {"a": 1, "b": 2}, {"b": 2, "a": 1}, "ROW<a INT, b INT>", True),
        (Tolerance(), [1, 2], [2, 1], "ARRAY<INT>", False),
        (Tolerance(), True, "yes", "STRING", False),
        (Tolerance(), 2**70, 2**70, "DECIMAL(38, 0)", True),
    ],
)
def test_values_are_equal_within_their_tolerance(
    tolerance: Tolerance, blue: Any, green: Any, kind: str, same: bool
) -> None:
    two = Two([("a", {"id": "a", "v": blue})], [("a", {"id": "a", "v": green})])
    look = two.look({"id": "STRING", "v": kind}, settings=CheckSettings(tolerances={"v": tolerance}))
    assert equal(look)["v"] == (int(same), 1)
    assert look.differences is not None
    assert look.differences.unexpected == int(not same)


def test_expected_and_left_out_columns() -> None:
    two = Two([("a", {"id": "a", "x": 1, "y": 1})], [("a", {"id": "a", "x": 2, "y": 2})])
    look = two.look(expected=frozenset({"x"}), left_out={"y": "UUID"})
    assert look.differences is not None
    assert (look.differences.compared, look.differences.unexpected) == (1, 0)
    assert {one.column: one.left_out for one in look.inspection.columns if one.left_out} == {"y": "UUID"}
    assert look.samples is not None
    assert [dict(one.columns) for one in look.samples] == [{"x": ("1", "2")}]


def test_a_deleted_row_and_its_old_values_do_not_count() -> None:
    rows: Rows = [
        ("a", {"id": "a", "v": 1}),
        ("b", {"id": "b", "v": 5}),
        ("a", None),
        ("b", {"id": "b", "v": 6}),
    ]
    look = Two(rows, rows).look()
    sums = {(one.measure): one.blue for one in look.inspection.aggregates if one.column == "v"}
    assert sums == {"sum": 6, "min": 6, "max": 6, "mean": 6, "distinct": 1, "p50": 6, "p95": 6}


def test_key_columns_that_stand_in_the_key_alone() -> None:
    two = Two([], [])
    for topic in ("t", "t_v2"):
        two.cluster.topics.produce(topic, b'{"id": "a"}', b'{"v": 1}', timestamp=0)
    two.folds = [two.fold(topic, keyed=True) for topic in ("t", "t_v2")]
    assert equal(two.look()) == {"id": (1, 1), "v": (1, 1)}


def test_groups_that_the_project_names() -> None:
    blue: Rows = [(f"k{n}", {"id": f"k{n}", "c": "CH" if n % 2 else None, "v": n}) for n in range(4)]
    green: Rows = [*blue[:3], ("k3", {"id": "k3", "c": "CH", "v": 30})]
    grouping = Grouping(by=("c",), of=("v",))
    lost = Grouping(by=("nowhere",))
    look = Two(blue, green).look(settings=CheckSettings(groups=(grouping, lost)))
    found, absent = look.inspection.groups
    assert (found.groups, found.differing, found.examples) == (2, 1, ((("CH",), (2, 2, 4.0, 31.0)),))
    assert absent.missing == ("nowhere",)


def test_rows_that_share_their_unique_columns() -> None:
    rows: Rows = [(None, {"id": one, "v": at}) for at, one in enumerate(["a", "a", "b", None])]
    two = Two(rows[2:3], rows, keyed=False)
    found = two.look(unique=("id",)).inspection.duplicates
    assert found is not None
    assert found.blue is not None
    assert (found.blue.extra, found.blue.null_keys) == (0, 0)
    assert (found.green.extra, found.green.null_keys, found.green.examples) == (1, 1, (("a",),))
    assert two.look(unique=("nowhere",)).inspection.duplicates is None


def test_event_times_by_window_late_and_out_of_order() -> None:
    minutes = [0, 10, 70, 65, 5]
    rows: Rows = [(f"k{n}", {"id": f"k{n}", "at": at * 60_000}) for n, at in enumerate(minutes)]
    look = Two(rows[:4], rows).look(
        time=TimeColumn(column="at", delay_ms=600_000.0), settings=CheckSettings(window=3600.0)
    )
    times = look.inspection.event_times
    assert times is not None
    assert times.blue is not None
    assert (times.rows.edges, times.rows.blue, times.rows.green) == ((0, 3.6e6, 7.2e6), (2, 2), (3, 2))
    assert (times.green.newest_ms, times.green.watermark_ms) == (4_200_000, 3_600_000)
    assert (times.blue.out_of_order, times.blue.late) == (0.25, 0)
    assert (times.green.out_of_order, times.green.late) == (0.4, 0.2)


def test_the_time_of_the_record_may_be_the_event_time() -> None:
    rows: Rows = [("a", {"id": "a"}), ("b", {"id": "b"})]
    times = Two(rows, rows).look(time=TimeColumn(column=ROWTIME, delay_ms=None)).inspection.event_times
    assert times is not None
    assert times.green.newest_ms == 1000
    assert Two(rows, rows).look(time=TimeColumn(column="at", delay_ms=None)).inspection.event_times is None


SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "id", "type": "string"},
            {"name": "paid", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "on", "type": {"type": "int", "logicalType": "date"}},
            {"name": "raw", "type": "bytes"},
        ],
    }
)


def test_avro_with_decimals_times_and_bytes() -> None:
    two = Two([], [])
    row = {
        "id": "a",
        "paid": Decimal("1.50"),
        "at": datetime(2025, 3, 1, 12, tzinfo=UTC),
        "on": date(2025, 3, 1),
        "raw": b"\x01",
    }
    for topic, paid in (("t", "1.50"), ("t_v2", "1.51")):
        schema_id = two.cluster.schemas.register(f"{topic}-value", SCHEMA).schema_id
        out = BytesIO()
        written = {**row, "paid": Decimal(paid)}
        fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(SCHEMA)), written)
        framed = b"\x00" + schema_id.to_bytes(4, "big") + out.getvalue()
        two.cluster.topics.produce(topic, b"a", framed, timestamp=0)
    two.folds = [two.fold(topic, keyed=True) for topic in ("t", "t_v2")]
    look = two.look()
    assert equal(look) == {"id": (1, 1), "paid": (0, 1), "at": (1, 1), "on": (1, 1), "raw": (1, 1)}
    values = {(one.column, one.measure): (one.blue, one.green) for one in look.inspection.aggregates}
    assert values["paid", "sum"] == (1.5, 1.51)
    assert values["at", "max"] == (1_740_830_400_000, 1_740_830_400_000)
    assert ("at", "sum") not in values
    moments = {(one.column, one.measure) for one in look.inspection.aggregates if one.moment}
    assert moments == {(name, measure) for name in ("at", "on") for measure in ("min", "max", "p50", "p95")}


def test_no_rows_at_all() -> None:
    look = Two([], []).look(unique=("id",), time=TimeColumn(column="at", delay_ms=None))
    assert (look.inspection.columns, look.inspection.nulls, look.inspection.event_times) == ((), {}, None)


def test_a_draw_takes_whole_keys_and_those_that_differ() -> None:
    rows: Rows = [(f"k{n % 100}", {"id": f"k{n % 100}", "v": n}) for n in range(1000)]
    two = Two(rows, rows)
    everything = Draw(two.folds[0], 1000, frozenset())
    assert (everything.limit, len(everything.below(EVERYTHING))) == (EVERYTHING, 1000)
    highest = max(one.hash for one in everything.below(EVERYTHING))
    draw = Draw(two.folds[0], 200, frozenset({highest}))
    drawn = draw.below(draw.limit)
    assert len([one for one in drawn if one.sampled]) <= 250
    assert [one.hash for one in drawn if not one.sampled] == [highest] * 10
    by_key = {one.hash: sum(other.hash == one.hash for other in drawn) for one in drawn}
    assert set(by_key.values()) == {10}, "no key is there in part"


def test_differences_beyond_what_is_decoded_are_left_to_the_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "DRAWN_KEYS", 3)
    blue: Rows = [(f"k{n}", {"id": f"k{n}", "v": 0}) for n in range(100)]
    green: Rows = [(key, {**(row or {}), "v": 1}) for key, row in blue]
    few = Two(blue, green).look(settings=CheckSettings(decode_records=20))
    assert (few.differences, few.samples, few.inspection.complete) == (None, None, False)
    everything = Two(blue, green).look()
    assert everything.differences is not None
    assert everything.differences.unexpected == 100


def test_what_does_not_fit_into_memory_goes_to_disk() -> None:
    with workbench(64 << 20) as connection:
        connection.execute(
            "CREATE TABLE a AS SELECT range AS n, md5(range::VARCHAR) AS m FROM range(1_500_000)"
        )
        query = "SELECT count(*) FROM (SELECT m, count(*) FROM a GROUP BY m)"
        assert connection.execute(query).fetchall() == [(1_500_000,)]
