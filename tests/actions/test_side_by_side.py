import threading
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.side_by_side import parents_first, side_by_side
from airflow_bluegreen.core.model import SharedStatement
from tests.actions.world import World

DIAMOND = {"top": (), "left": ("top",), "right": ("top",), "end": ("left", "right"), "alone": ()}


def test_parents_come_before_children() -> None:
    called: list[str] = []
    side_by_side(DIAMOND, called.append, 1)
    assert sorted(called) == sorted(DIAMOND)
    for name, before in DIAMOND.items():
        assert all(called.index(one) < called.index(name) for one in before)


def test_independent_branches_run_at_the_same_time() -> None:
    met = threading.Barrier(2, timeout=10)

    def meet(name: str) -> None:
        if name in ("left", "right"):
            met.wait()

    side_by_side(DIAMOND, meet, 2)
    assert not met.broken


def test_no_more_at_once_than_allowed() -> None:
    running, most, lock = [0], [0], threading.Lock()

    def count(name: str) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.01)
        with lock:
            running[0] -= 1

    side_by_side({str(number): () for number in range(12)}, count, 3)
    assert most[0] == 3


def test_after_a_failure_nothing_more_begins() -> None:
    called: list[str] = []

    def act(name: str) -> None:
        called.append(name)
        if name == "left":
            raise ValueError(name)

    with pytest.raises(ValueError, match="left"):
        side_by_side(DIAMOND, act, 1)
    assert "end" not in called


def test_the_order_of_a_plan() -> None:
    order = parents_first(World().plan())
    assert set(order) == {"int_3", "fact_2", "fact_3", "view32"}
    assert "int_3" in order["fact_2"]
    assert "fact_2" in order["view32"]


def test_a_statement_set_is_deployed_before_the_tables_that_share_it_and_nothing_waits_for_itself() -> None:
    plan = World().plan()
    shared = (SharedStatement(table="int_3", statement="dml.int_3"),)
    tables = tuple(
        replace(one, shared=shared, dml=(), parents=("fact_3",)) if one.table == "fact_3" else one
        for one in plan.tables
    )
    assert tuple(parents_first(replace(plan, tables=tables))["fact_3"]) == ("int_3",)
