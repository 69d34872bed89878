"""Planted differences on a real Kafka and registry, found while records keep coming on both sides."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from airflow_bluegreen.core.model import Endpoints
from tests.actions.inspecting.planting import Field, failed
from tests.actions.inspecting.test_corpus import PLANTS, counts, differing
from tests.stack_tests.real_cluster import RealCluster

pytestmark = pytest.mark.stack

EVERY_S = 0.5


@pytest.fixture
def cluster(stack: Endpoints) -> Iterator[RealCluster]:
    real = RealCluster(stack)
    yield real
    real.clear()


@contextmanager
def moving(pair: Field, cluster: RealCluster) -> Iterator[dict[str, Any]]:
    """Twice a second blue gets rows, and green those of the time before; tells how many there were."""
    told, over = {"rows": 0}, threading.Event()

    def go_on() -> None:
        waiting: list[dict[str, Any]] = []
        while not over.wait(EVERY_S):
            now = cluster.now_ms()
            for row in waiting:
                pair.put("t_v2", str(row["id"]), row, now)
            waiting = [pair.row(30_000 + told["rows"] + at) | {"at": now} for at in range(3)]
            for row in waiting:
                pair.put("t", str(row["id"]), row, now)
            told["rows"] += len(waiting)
            cluster.flush()

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        yield told
    finally:
        over.set()
        writer.join()


@pytest.mark.parametrize(
    ("name", "form", "seed"),
    [
        ("a_shifted_window", "avro", 1),
        ("one_row_for_another", "protobuf-keyed", 2),
        ("another_value", "debezium-avro", 3),
    ],
)
def test_what_differs_for_good_is_told_from_what_moves(
    cluster: RealCluster, name: str, form: str, seed: int
) -> None:
    one, pair = PLANTS[name], Field(seed=seed, forms=(form, form), cluster=cluster)
    one.do(pair)
    pair.write()
    cluster.flush()
    with moving(pair, cluster) as told:
        found = pair.compared(blue=cluster.name("t"), green=cluster.name("t_v2"))
    assert told["rows"] > 10, "records came while it was compared"
    # What is in flight explains another number of rows; the keys say all the same which one it is.
    assert one.fails - {"rows"} <= failed(found) <= one.fails | one.may, found.checks
    assert differing(found) == set(one.columns)
    assert counts(found) == one.counts


def test_what_only_moves_is_equal(cluster: RealCluster) -> None:
    pair = Field(seed=4, forms=("avro", "avro"), cluster=cluster)
    pair.write()
    cluster.flush()
    with moving(pair, cluster) as told:
        found = pair.compared(blue=cluster.name("t"), green=cluster.name("t_v2"))
    assert told["rows"] > 3
    assert not failed(found), found.checks
    assert counts(found) == (0, 0, 0)
    assert found.keys.match >= len(pair.rows)
