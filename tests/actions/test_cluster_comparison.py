"""The two engines find the same; what only the cluster's does is tested on its own."""

import json
import re
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from airflow_bluegreen.actions import cluster_comparison
from airflow_bluegreen.actions.compare import Subject, compare_topics
from airflow_bluegreen.core.model import (
    Column,
    Engine,
    EngineSettings,
    ExpectedDifference,
    JobState,
    KeyCounts,
    Profile,
    TableComparison,
    Verdict,
)
from airflow_bluegreen.exceptions import ConfigurationError, StatementError
from airflow_bluegreen.ports import Platform
from tests.fakes.platform import FakeCluster, Story

COLUMNS = (
    Column(name="id", type="STRING", nullable=False),
    Column(name="total", type="INT"),
    Column(name="note", type="STRING"),
)
SUBJECT = Subject(
    table="t", blue="t", green="t_v2", primary_key=("id",), columns=COLUMNS, blue_columns=COLUMNS
)


class Pair:
    """Two topics of JSON rows, an hour old."""

    def __init__(self, partitions: int = 2) -> None:
        self.cluster = FakeCluster({})
        self.partitions = partitions
        for topic in ("t", "t_v2"):
            self.cluster.topics.ensure(topic, partitions)
        self.story = Story()

    def put(
        self, topic: str, key: str | None, *, partition: int | None = None, later: int = 0, **row: object
    ) -> None:
        value = json.dumps({"id": key, **row}).encode() if row else None
        stamp = self.cluster.clock.now_ms() - 3_600_000 + later
        self.cluster.topics.produce(
            topic, key.encode() if key else None, value, partition=partition, timestamp=stamp
        )

    def compared(
        self, engine: Engine = Engine.CLUSTER, subject: Subject = SUBJECT, platform: Platform | None = None
    ) -> TableComparison:
        profile = Profile(
            name="local",
            comparing=EngineSettings(engine=engine),
            table_options={
                "properties.bootstrap.servers": "{kafka.bootstrap.servers}",
                "scan.startup.mode": "x",
            },
        )
        return compare_topics(platform or self.cluster.platform, subject, profile, self.story)

    @property
    def queries(self) -> list[str]:
        return [str(arguments[1]) for arguments in self.cluster.gateway.wire.called("query")]


def cells(comparison: TableComparison) -> list[list[tuple[str, tuple[str, str]]]]:
    """What the samples show, but for the key, which a closer look knows by its column's name."""
    return sorted(
        sorted((name, pair) for name, pair in one.columns.items() if name != "id")
        for one in comparison.samples
    )


def scattered(random: Random, pair: Pair, *, keyed: bool) -> None:
    """A history that both sides share, and differences planted at random: few, many or none."""
    share = random.choice((0.0, 0.01, 0.3, 1.0))
    # Producers that choose partitions as they like, by clocks that go as they like.
    anywhere = pair.partitions > 1 and random.random() < 0.5
    for number in range(random.randrange(1, 120)):
        key = f"k{random.randrange(60)}"
        row: dict[str, object] = {"total": random.randrange(5), "note": random.choice(("x", "ü", None))}
        place: dict[str, Any] = {}
        if anywhere:
            place = {"partition": random.randrange(pair.partitions), "later": random.randrange(50)}
        for topic in ("t", "t_v2"):
            if random.random() < share * 0.3:
                continue  # lost on this side
            differs = topic == "t_v2" and random.random() < share
            written = {**row, "total": number} if differs else row
            pair.put(topic, key, **place, **({} if number % 11 == 10 else written))
            if random.random() < share * 0.2:
                pair.put(topic, key, **place, **written)  # written twice
    if keyed and share:
        pair.put("t_v2", None, total=1, note="no key")


@pytest.mark.parametrize("seed", range(40))
def test_both_engines_find_the_same(seed: int) -> None:
    random = Random(seed)
    keyed = random.random() < 0.7
    changed = random.choice(((), ("total",)))
    wider = random.random() < 0.4
    subject = replace(
        SUBJECT,
        primary_key=("id",) if keyed else (),
        # Another column makes both engines decode the rows.
        columns=(*COLUMNS, Column(name="more", type="STRING")) if wider else COLUMNS,
        expected=ExpectedDifference(changed=changed, added=("more",) if wider else ()),
    )
    pair = Pair(partitions=random.choice((1, 3)))
    scattered(random, pair, keyed=keyed)
    here, there = pair.compared(Engine.EMBEDDED, subject), pair.compared(Engine.CLUSTER, subject)
    assert pair.queries
    assert (there.verdict, there.keys, there.changed_columns) == (
        here.verdict,
        here.keys,
        here.changed_columns,
    )
    assert there.checks == here.checks
    assert (there.columns, there.aggregates) == (here.columns, here.aggregates)
    if here.keys.blue_only <= 3 and here.keys.green_only <= 3 and here.keys.diff <= 10:
        shown = [cells(found) for found in (here, there)]
        assert shown[0] == shown[1]


def test_equal_tables_take_two_queries() -> None:
    """Checksums, and the rows for a closer look."""
    pair = Pair()
    for number in range(200):
        for topic in ("t", "t_v2"):
            pair.put(topic, f"k{number}", total=number)
    assert pair.compared().keys == KeyCounts(match=200)
    assert len(pair.queries) == 2


def test_only_buckets_that_differ_are_read_row_by_row() -> None:
    pair = Pair()
    for number in range(200):
        pair.put("t", f"k{number}", total=number)
        pair.put("t_v2", f"k{number}", total=number if number else -1)
    found = pair.compared()
    assert (found.keys, found.changed_columns) == (KeyCounts(match=199, diff=1), ("total",))
    first, second, *_ = pair.queries
    assert "LOCATE" not in first
    # One bucket of the key's hash, and no other.
    assert re.search(r"',\d+,'\) > 0\) GROUP BY side, h, part", second)
    assert "1 buckets differ" in pair.story.text


def test_more_differences_than_are_read_are_judged_by_another_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_comparison, "READ_ROWS", 5)
    monkeypatch.setattr(cluster_comparison, "DRAWN_RECORDS", 20)
    pair = Pair()
    for number in range(40):
        pair.put("t", f"k{number}", total=1, note="x")
        pair.put("t_v2", f"k{number}", total=2, note="y" if number >= 30 else "x")
    for changed, verdict in ((("total", "note"), Verdict.PASS), (("total",), Verdict.FAIL)):
        found = pair.compared(subject=replace(SUBJECT, expected=ExpectedDifference(changed=changed)))
        assert (found.keys.diff, found.verdict) == (40, verdict)
    (values,) = (check for check in found.checks if check.check == "values")
    assert "10 rows differ" in values.detail


@dataclass(kw_only=True)
class Compacted:
    """A gateway; after some queries a newer record of each key takes the place of green's."""

    pair: Pair
    after: int
    keys: tuple[str, ...]

    def query(self, *arguments: Any, **options: Any) -> tuple[tuple[Any, ...], ...]:
        answer = self.pair.cluster.gateway.query(*arguments, **options)
        if len(self.pair.queries) == self.after:
            for key in self.keys:
                self.pair.put("t_v2", key, total=1, note="x")
            self.pair.cluster.topics.compact("t_v2")
        return answer


@pytest.mark.parametrize(("drawn", "read", "after"), [(50_000, 2_000, 2), (20, 2_000, 2), (20, 5, 4)])
def test_a_row_that_was_compacted_before_it_was_read_does_not_pass_unseen(
    monkeypatch: pytest.MonkeyPatch, drawn: int, read: int, after: int
) -> None:
    """It is looked at again, by its newer record."""
    monkeypatch.setattr(cluster_comparison, "DRAWN_RECORDS", drawn)
    monkeypatch.setattr(cluster_comparison, "READ_ROWS", read)
    pair = Pair()
    for number in range(40):
        pair.put("t", f"k{number}", total=1, note="x")
        pair.put("t_v2", f"k{number}", total=2, note="y" if number == 3 else "x")
    gateway = Compacted(pair=pair, after=after, keys=("k3",))
    platform = replace(pair.cluster.platform, gateway=gateway)  # type: ignore[arg-type]
    found = pair.compared(
        subject=replace(SUBJECT, expected=ExpectedDifference(changed=("total",))), platform=platform
    )
    assert "not as expected, looking again" in pair.story.text
    assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(match=1, diff=39))


def test_a_new_table_is_checked_by_two_queries() -> None:
    pair = Pair()
    pair.put("t_v2", "a", total=1)
    pair.put("t_v2", "b", total=1)
    pair.put("t_v2", "b")
    found = pair.compared(subject=replace(SUBJECT, blue=None, blue_columns=()))
    assert (found.verdict, found.new) == (Verdict.PASS, True)
    (rows,) = (check for check in found.checks if check.check == "rows")
    assert (rows.green, len(pair.queries)) == ("1", 2)


def test_a_killed_comparison_is_ended_by_the_next() -> None:
    pair = Pair()
    pair.put("t", "a", total=1)
    pair.put("t_v2", "a", total=1)
    jobs = pair.cluster.jobs
    left = jobs.start("bluegreen.comparison.local.t_v2", inputs=(), output="", identity=None, sql="")
    other = jobs.start("bluegreen.comparison.local.other_v2", inputs=(), output="", identity=None, sql="")
    assert pair.compared().verdict is Verdict.PASS
    assert [jobs.all[one.job_id].state for one in (left, other)] == [JobState.ENDED, JobState.RUNNING]
    assert "of an earlier comparison cancelled" in pair.story.text


def test_nothing_is_committed_and_the_environments_start_is_not_taken_over() -> None:
    pair = Pair()
    pair.put("t", "a", total=1)
    pair.put("t_v2", "a", total=2)
    pair.compared()
    for catalog, *_ in pair.cluster.gateway.wire.called("query"):
        for table in catalog:  # type: ignore[attr-defined]
            assert "group.id" not in table
            assert "'scan.startup.mode' = 'earliest-offset'" in table
            assert "'scan.bounded.mode' = 'specific-offsets'" in table
            assert "'properties.bootstrap.servers' = 'kafka.test:9092'" in table
    assert pair.cluster.topics.groups == {}


def test_what_flink_refuses_fails_the_comparison() -> None:
    pair = Pair()
    pair.put("t", "a", total=1)
    pair.cluster.gateway.rejections["SELECT"] = "Flink refuses the session: no slots"
    with pytest.raises(StatementError, match="no slots"):
        pair.compared()


def test_records_that_flink_cannot_decode_are_refused_where_they_must_be() -> None:
    pair = Pair()
    pair.put("t", "a", total=1)
    pair.put("t_v2", "a", total=1)
    wider = replace(SUBJECT, columns=(*COLUMNS, Column(name="more", type="STRING")))
    for topic in ("t", "t_v2"):
        pair.cluster.schemas.register(f"{topic}-value", "{}", "PROTOBUF")
    with pytest.raises(ConfigurationError, match=r"t_v2 cannot be compared on the cluster: .* PROTOBUF"):
        pair.compared(subject=wider)
    assert pair.compared().verdict is Verdict.PASS, "their bytes can be compared"


def test_of_a_key_in_several_partitions_the_newest_record_counts() -> None:
    pair = Pair()
    for topic, partitions in (("t", (0, 1)), ("t_v2", (1, 0))):
        # The older record has the greater offset.
        for number in range(3):
            pair.put(topic, "a", partition=partitions[0], later=0, total=number)
        pair.put(topic, "a", partition=partitions[1], later=1, total=7)
    for engine in Engine.EMBEDDED, Engine.CLUSTER:
        found = pair.compared(engine)
        assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(match=1))


def test_numbers_that_begin_with_a_zero_byte_have_no_header() -> None:
    """Keys and values of eight bytes: without the first five, many would be the same."""
    pair = Pair()
    for topic in ("t", "t_v2"):
        for number in range(1, 40):
            changed = 1 << 40 if topic == "t_v2" and number == 7 else 0
            key, value = (number << 32).to_bytes(8, "big"), (number + changed).to_bytes(8, "big")
            stamp = pair.cluster.clock.now_ms() - 3_600_000
            pair.cluster.topics.produce(topic, key, value, partition=0, timestamp=stamp)
    columns = (Column(name="id", type="BIGINT", nullable=False), Column(name="total", type="BIGINT"))
    subject = replace(SUBJECT, columns=columns, blue_columns=columns)
    for engine in Engine.EMBEDDED, Engine.CLUSTER:
        found = pair.compared(engine, subject)
        assert (found.verdict, found.keys) == (Verdict.FAIL, KeyCounts(match=38, diff=1))
        assert found.changed_columns == ("total",)
