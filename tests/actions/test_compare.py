import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import fastavro
import pytest

from airflow_bluegreen.actions.compare import Subject, compare, compare_topics
from airflow_bluegreen.core.model import (
    Column,
    Engine,
    EngineSettings,
    ExpectedDifference,
    KeyCounts,
    Profile,
    TableComparison,
    Verdict,
)
from airflow_bluegreen.exceptions import ConflictError, RefusedError, UnknownTableError
from tests.actions.releasing import bring_up
from tests.actions.world import World
from tests.fakes.platform import FakeCluster, Story

COLUMNS = (
    Column(name="id", type="STRING", nullable=False),
    Column(name="total", type="INT"),
    Column(name="note", type="STRING"),
)


class Pair:
    """Two topics of JSON rows, old enough for their differences to be lasting."""

    engine = Engine.EMBEDDED

    def __init__(self) -> None:
        self.profile = Profile(name="local", comparing=EngineSettings(engine=self.engine))
        self.cluster = FakeCluster({})
        for topic in ("t", "t_v2"):
            self.cluster.topics.ensure(topic, 2)
        self.aged = True

    def put(self, topic: str, key: str | None, **row: Any) -> None:
        stamp = self.cluster.clock.now_ms() - (3_600_000 if self.aged else 0)
        value = json.dumps({"id": key, **row}).encode() if row else None
        self.cluster.topics.produce(topic, key.encode() if key else None, value, timestamp=stamp)

    def both(self, key: str, **row: Any) -> None:
        self.put("t", key, **row)
        self.put("t_v2", key, **row)

    def compared(self, **changes: Any) -> TableComparison:
        subject = Subject(
            table="t", blue="t", green="t_v2", primary_key=("id",), columns=COLUMNS, blue_columns=COLUMNS
        )
        return compare_topics(self.cluster.platform, replace(subject, **changes), self.profile, Story())


@pytest.fixture(autouse=True, params=[Engine.EMBEDDED, Engine.CLUSTER])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever engine compares, what it finds is the same."""
    monkeypatch.setattr(Pair, "engine", request.param)


def check(comparison: TableComparison, name: str) -> Verdict:
    (found,) = (one for one in comparison.checks if one.check == name)
    return found.verdict


def test_equal_tables_match_whatever_their_history() -> None:
    pair = Pair()
    for number in range(50):
        pair.put("t", f"k{number}", total=0, note="first")
        pair.both(f"k{number}", total=number, note="x")
    found = pair.compared()
    assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(match=50))
    assert (found.changed_columns, found.samples) == ((), ())
    assert pair.cluster.clock.slept == []


def test_an_unexplained_difference_is_a_mismatch_with_samples() -> None:
    pair = Pair()
    pair.both("a", total=1, note="x")
    pair.put("t", "b", total=1, note="x")
    pair.put("t_v2", "b", total=2, note="x")
    found = pair.compared()
    assert (found.verdict, found.keys) == (Verdict.FAIL, KeyCounts(match=1, diff=1))
    assert found.changed_columns == ("total",)
    assert dict(found.samples[0].columns) == {"total": ("1", "2")}


def test_an_expected_column_may_differ_and_no_other() -> None:
    pair = Pair()
    for number in range(30):
        pair.put("t", f"k{number}", total=1, note="x")
        pair.put("t_v2", f"k{number}", total=2, note="x")
    expected = ExpectedDifference(changed=("total",))
    assert pair.compared(expected=expected).told == "pass (expected differences)"
    pair.put("t_v2", "k7", total=2, note="other")
    found = pair.compared(expected=expected)
    assert found.verdict is Verdict.FAIL
    assert found.changed_columns == ("note", "total")


def test_missing_and_extra_keys() -> None:
    pair = Pair()
    pair.both("a", total=1, note="x")
    pair.put("t", "lost", total=1, note="x")
    pair.put("t_v2", "found", total=1, note="x")
    found = pair.compared()
    assert found.keys == KeyCounts(match=1, blue_only=1, green_only=1)
    assert check(found, "keys") is Verdict.FAIL
    allowed = pair.compared(expected=ExpectedDifference(rows_may_change=True))
    assert allowed.told == "pass (expected differences)"
    assert {next(iter(one.key.values())) for one in allowed.samples} == {"lost", "found"}


def test_deleted_rows_are_not_there() -> None:
    pair = Pair()
    pair.put("t", "a", total=1, note="x")
    pair.put("t", "a")
    pair.both("b", total=1, note="x")
    assert pair.compared().keys == KeyCounts(match=1)


def on_sleep(pair: Pair, act: Callable[[], None]) -> None:
    done: list[bool] = []

    def once() -> None:
        if not done:
            done.append(True)
            act()

    pair.cluster.clock.on_sleep(once)


def test_green_catching_up_while_it_is_watched_converges() -> None:
    pair = Pair()
    pair.aged = False
    pair.put("t", "a", total=2, note="x")
    pair.put("t_v2", "a", total=1, note="x")
    on_sleep(pair, lambda: pair.put("t_v2", "a", total=2, note="x"))
    found = pair.compared()
    assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(match=1))
    if pair.engine is Engine.CLUSTER:
        return
    reads = [arguments for arguments in pair.cluster.topics.wire.called("read") if arguments[0] == "t_v2"]
    assert len(reads) == 4, "a sample that tells the form, at each look, and once more to look closer"
    assert dict(reads[2][1]) == dict(reads[1][2])  # type: ignore[call-overload]


def test_a_young_difference_that_stays_is_a_mismatch_in_the_end() -> None:
    pair = Pair()
    pair.aged = False
    pair.put("t", "a", total=2, note="x")
    pair.put("t_v2", "a", total=1, note="x")
    found = pair.compared()
    assert (found.verdict, found.keys) == (Verdict.FAIL, KeyCounts(diff=1))
    assert sum(pair.cluster.clock.slept) <= 45, "it is looked at twice, a while apart"


def test_a_row_that_never_rests_is_in_flight() -> None:
    pair = Pair()
    pair.aged = False
    pair.put("t", "a", total=0, note="x")
    ticks = iter(range(1, 1000))
    pair.cluster.clock.on_sleep(lambda: pair.put("t", "a", total=next(ticks), note="x"))
    found = pair.compared()
    assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(in_flight=1))


def test_a_side_that_is_slow_all_the_time_is_not_a_mismatch() -> None:
    """Blue writes each row a quarter of a minute after green: one is always missing, none for long."""
    pair = Pair()
    pair.aged = False
    arrived: list[str] = []

    def tick() -> None:
        arrived.append(f"k{len(arrived)}")
        pair.put("t_v2", arrived[-1], total=1, note="x")
        if len(arrived) > 5:
            pair.put("t", arrived[-6], total=1, note="x")

    for _ in range(8):
        tick()
        pair.cluster.clock.sleep(3)
    pair.cluster.clock.on_sleep(tick)
    found = pair.compared()
    assert found.verdict is Verdict.PASS
    assert found.keys.in_flight > 0


def test_an_added_column_does_not_hide_what_else_differs() -> None:
    pair = Pair()
    wider = (*COLUMNS, Column(name="carrier", type="STRING"))
    expected = ExpectedDifference(added=("carrier",))
    pair.put("t", "a", total=1, note="x")
    pair.put("t_v2", "a", total=1, note="x", carrier="bike")
    same = pair.compared(columns=wider, expected=expected)
    assert (same.told, same.keys) == ("pass (expected differences)", KeyCounts(match=1))
    pair.put("t", "b", total=1, note="x")
    pair.put("t_v2", "b", total=2, note="x", carrier="bike")
    assert pair.compared(columns=wider, expected=expected).verdict is Verdict.FAIL


def test_tables_without_key_are_compared_row_by_row() -> None:
    pair = Pair()
    for topic, rows in (("t", "aab"), ("t_v2", "abc")):
        for row in rows:
            pair.put(topic, None, total=1, note=row)
    found = pair.compared(primary_key=())
    assert found.keys == KeyCounts(match=2, blue_only=1, green_only=1)
    assert found.verdict is Verdict.FAIL
    assert {one.columns["note"] for one in found.samples} == {("a", "(no row)"), ("(no row)", "c")}


def avro(schema: str, schema_id: int, row: dict[str, Any]) -> bytes:
    out = BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(schema)), row)
    return b"\x00" + schema_id.to_bytes(4, "big") + out.getvalue()


def record_schema(name: str, *fields: str) -> str:
    listed = [{"name": field, "type": ["null", "string"], "default": None} for field in fields]
    return json.dumps({"type": "record", "name": name, "fields": listed})


def test_avro_with_the_columns_in_another_order_is_compared_by_name() -> None:
    pair = Pair()
    cluster = pair.cluster
    for topic, schema in (
        ("t", record_schema("r", "id", "note")),
        ("t_v2", record_schema("r", "note", "id")),
    ):
        registered = cluster.schemas.register(f"{topic}-value", schema)
        value = avro(schema, registered.schema_id, {"id": "a", "note": "x"})
        cluster.topics.produce(topic, b"a", value)
    found = pair.compared()
    assert (check(found, "values"), check(found, "schema")) == (Verdict.PASS, Verdict.PASS)
    assert found.keys == KeyCounts(match=1)


def test_a_new_table_is_checked_against_its_ddl() -> None:
    pair = Pair()
    pair.put("t_v2", "a", total=1, note="x")
    assert pair.compared(blue=None).told == "pass (new)"
    pair.put("t_v2", None, total=1, note="x")
    assert pair.compared(blue=None).verdict is Verdict.FAIL
    pair.cluster.topics.ensure("empty", 1)
    assert pair.compared(blue=None, green="empty").verdict is Verdict.FAIL


def test_a_topic_that_is_not_there() -> None:
    with pytest.raises(ConflictError, match="topic nowhere does not exist"):
        Pair().compared(green="nowhere")


def test_through_the_plan() -> None:
    world = World()
    plan = bring_up(world)
    found = compare(world.platform, plan, "int_3", world.profile, world.story)
    assert (found.table, found.blue, found.green) == ("int_3", "int_3", "int_3_v2")
    assert (found.told, found.changed_columns) == ("pass (expected differences)", ("total",))
    with pytest.raises(UnknownTableError):
        compare(world.platform, plan, "int_1", world.profile, world.story)
    removed = tuple(replace(one, green=None) for one in plan.tables)
    with pytest.raises(RefusedError, match="nothing to compare"):
        compare(world.platform, replace(plan, tables=removed), "int_3", world.profile, world.story)


def test_comparing_writes_nothing_and_joins_no_group() -> None:
    world = World()
    plan = bring_up(world)
    for wire in world.cluster.wires.values():
        wire.calls.clear()
    compare(world.platform, plan, "int_3", world.profile, world.story)
    called = {call.method for wire in world.cluster.wires.values() for call in wire.calls}
    assert called <= {
        "read_files",
        "topic",
        "begin_offsets",
        "end_offsets",
        "read",
        "latest",
        "written",
        "is_compatible",
    }
