"""The tools of the suites, where they need no server: what they count, compare and configure."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.stack.configs import flink_yaml, kafka_properties
from airflow_bluegreen.stack.parts import PORT_NAMES
from tests.actions.releasing import bring_up, finish
from tests.actions.world import World
from tests.reliability.disk import SmallDisk
from tests.reliability.feed import Rows
from tests.reliability.points import Point, When
from tests.reliability.project import BASE, RELEASE, Names, create
from tests.reliability.rounds import chains
from tests.reliability.rows import account, rows_in_sink
from tests.reliability.seen import Seen, steady
from tests.reliability.wiring import PAIRS, gateway_to_flink, inside_flink, with_listeners, with_settings

NAMES = Names(prefix="p1")


def test_the_project_releases_a_change_a_side_effect_and_a_new_table(tmp_path: Path) -> None:
    repository = GitRepository(create(tmp_path / "project", NAMES))
    base, release = load_project(repository, BASE), load_project(repository, RELEASE)
    assert set(Lineage(base).tables) == set(NAMES.blue)
    plan = make_plan(project=release, base=base, environment="local", live={}, base_release=BASE)
    assert {(row.blue, row.green, str(row.trigger)) for row in plan.tables} == {
        ("p1_mid", "p1_mid_v2", "modified"),
        ("p1_fact", "p1_fact_v2", "side-effect"),
        (None, "p1_top", "new"),
    }
    assert {row.name for row in plan.connectors} == {NAMES.sink("fact"), NAMES.sink("top")}


def test_a_project_owns_what_begins_with_its_prefix() -> None:
    for name in ("p1_mid_v2", "dml.p1_mid.v2", "sink-p1-fact", "p1_mid-value"):
        assert NAMES.owns(name)
    for name in ("p10_mid", "dml.p10_mid", "sink-p10-fact"):
        assert not NAMES.owns(name)


def test_a_seed_is_a_feed() -> None:
    one, same, other = Rows(1), Rows(1), Rows(2)
    first = [one.next() for _ in range(20)]
    assert first == [same.next() for _ in range(20)]
    assert first != [other.next() for _ in range(20)]
    assert [row["row_id"] for row in first] == list(range(1, 21))


def test_rows_are_lost_or_doubled_or_all_there_once() -> None:
    even = account([("a", 1), ("b", 2), ("a", 3)], range(1, 4))
    assert even.even
    assert even.newest == {"a": 3, "b": 2}
    assert account([("a", 1), ("b", 3)], range(1, 4)).lost == (2,)
    assert account([("a", 1), ("a", 1), ("b", 2)], range(1, 3)).doubled == (1,)


def test_a_sink_is_read_by_the_topics_that_it_read(tmp_path: Path) -> None:
    file = tmp_path / "sink.txt"
    file.write_text(
        "Struct{id=k-001,row_id=1,amount=5,_topic=p1_fact}\n"
        "Struct{id=k-002,row_id=2,amount=5,_topic=p1_fact_v2}\n"
        "Struct{id=k-001,row_id=3,amount=5,_topic=p1_fact}\n"
    )
    assert rows_in_sink(file) == {"p1_fact": [("k-001", 1), ("k-001", 3)], "p1_fact_v2": [("k-002", 2)]}
    assert rows_in_sink(tmp_path / "none.txt") == {}


def test_half_a_row_in_a_sink_is_none(tmp_path: Path) -> None:
    whole = "Struct{id=k-002,row_id=2,amount=5,_topic=p1_fact}\n"
    (tmp_path / "sink.txt").write_text(f"Struct{{id=k-001,ro{whole}{whole}Struct{{id=k-003,row_id=3,amount=")
    assert rows_in_sink(tmp_path / "sink.txt") == {"p1_fact": [("k-002", 2), ("k-002", 2)]}


def test_points_are_dealt_out_in_their_order() -> None:
    points = tuple(Point(f"call {number}", When.AFTER) for number in range(5))
    dealt = chains({"deploy": points, "retire": points[:1]}, 2)
    assert dealt == [
        {"deploy": (points[0], points[2], points[4]), "retire": (points[0],)},
        {"deploy": (points[1], points[3]), "retire": ()},
    ]


def test_the_ledger_is_the_same_whatever_the_time_but_not_whatever_was_done() -> None:
    records = []
    for pause in (0, 60):
        world = World()
        plan = bring_up(world)
        world.cluster.clock.advance(pause)
        finish(world, plan)
        records.append(world.cluster.releases.records()[-1])
    assert records[0] != records[1]
    assert steady(records[0]) == steady(records[1])
    assert steady(replace(records[0], savepoints={})) != steady(records[1])
    assert steady(replace(records[0], markers=records[0].markers[1:])) != steady(records[1])


def test_differences_name_what_differs() -> None:
    wanted = Seen(jobs={"dml.a": 1}, topics={"a": 2}, subjects={}, connectors={}, ledger={})
    there = replace(wanted, jobs={"dml.a": 1, "dml.b": 1}, topics={"a": 3})
    assert wanted.differences(wanted) == []
    assert there.differences(wanted) == ["jobs dml.b: 1, wanted absent", "topics a: 3, wanted 2"]


def test_each_kind_of_client_gets_a_listener_that_is_advertised_as_its_proxy() -> None:
    text = with_listeners(
        kafka_properties(port=9, controller_port=10, data=Path("/data")), {"CLIENTS": (11, 12)}
    )
    settings = dict(line.split("=", 1) for line in text.splitlines())
    assert settings["listeners"].endswith(",CLIENTS://127.0.0.1:11")
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9,CLIENTS://127.0.0.1:12"
    assert "CLIENTS:PLAINTEXT" in settings["listener.security.protocol.map"]


def test_settings_take_the_place_of_others() -> None:
    ports = {name: 20_000 + number for number, name in enumerate(PORT_NAMES)}
    plain = flink_yaml(ports=ports, directory=Path("/data"))
    changed = yaml.safe_load(with_settings(plain, {"execution.checkpointing.interval": "1 s", "new": "x"}))
    assert changed["execution.checkpointing.interval"] == "1 s"
    assert changed["new"] == "x"
    assert {**changed, "execution.checkpointing.interval": "4 s"} == {**yaml.safe_load(plain), "new": "x"}


@pytest.mark.parametrize("mounted", [True, False])
def test_a_full_disk_takes_nothing_until_it_is_cleared(tmp_path: Path, mounted: bool) -> None:
    folder = tmp_path / "checkpoints"
    disk = SmallDisk.lay(folder) if mounted else SmallDisk(folder=folder, mounted=False)
    folder.mkdir(exist_ok=True)
    try:
        (folder / "before").write_text("kept")
        disk.fill()
        with pytest.raises(OSError, match=r"space|directory"):
            (folder / "during").write_bytes(bytes(1 << 20))
        disk.clear()
        (folder / "after").write_text("there is room")
        assert (folder / "before").read_text() == "kept"
    finally:
        disk.take_away()


def test_flinks_programs_find_each_other_behind_the_proxies_alone() -> None:
    ports = {name: 20_000 + number for number, name in enumerate(PORT_NAMES)}
    around = {pair: 30_000 + number for number, pair in enumerate(PAIRS)}
    settings = inside_flink(ports, around) | gateway_to_flink(around)
    bound = {key: int(value) for key, value in settings.items() if key.endswith("bind-port")}
    assert sorted(bound.values()) == sorted([ports["jobmanager-rpc"], ports["taskmanager"]])
    told = [int(value.rpartition(":")[2]) for key, value in settings.items() if key not in bound]
    inside = ("taskmanager-jobmanager", "jobmanager-taskmanager", "flink-zookeeper", "gateway-jobmanager")
    assert sorted(told) == sorted(around[pair] for pair in inside)
