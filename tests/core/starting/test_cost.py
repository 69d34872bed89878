from typing import Any

from airflow_bluegreen.core.model import (
    Commit,
    JobWeight,
    Plan,
    ReleaseCost,
    Start,
    StartDecision,
)
from airflow_bluegreen.core.starting.cost import TableLoad, TopicLoad, release_cost
from airflow_bluegreen.core.starting.telling import (
    cost_markdown,
    cost_rows,
    cost_summary,
    cost_table,
    cost_warnings,
    known_cost_markdown,
)
from tests.core.starting.test_deciding import planned

DAY_MS = 86_400_000


def cost_of(
    start: Start,
    load: TableLoad,
    topics: dict[str, TopicLoad],
    others: dict[str, TableLoad] | None = None,
    **changes: Any,
) -> ReleaseCost:
    table = planned(start, **changes)
    plan = Plan(
        project="p",
        environment="local",
        release=Commit(ref="v2", sha="2"),
        base=None,
        base_release=None,
        tables=(table,),
        connectors=(),
        untouched=tuple(others or ()),
        physical={},
    )
    decision = StartDecision(table="t", start=start, why="because")
    return release_cost(plan, [decision], {"t": load, **(others or {})}, topics, free_slots=7)


TOPICS = {"a": TopicLoad(records=900), "b": TopicLoad(records=100), "t": TopicLoad(records=50)}
LOAD = TableLoad(
    inputs=("a", "b", "gone"),
    weights=(JobWeight(slots=2, state_bytes=3 * 2**20),),
    capacity=10.0,
    started_ms=20 * DAY_MS,
    keeps_state=True,
)
OTHER = TableLoad(inputs=("a",), weights=(JobWeight(slots=1, state_bytes=2**20), JobWeight(slots=1)))


def test_a_rebuild_reads_what_the_inputs_hold_and_builds_what_blue_has() -> None:
    cost = cost_of(Start.REBUILD, LOAD, TOPICS, {"o": OTHER})
    (one,) = cost.tables
    assert (one.records, one.copied, one.state_bytes) == (1000, 0, 3 * 2**20)
    assert one.seconds == 100.0
    assert (cost.kept, cost.statements, cost.free_slots) == (2, 3, 7)
    assert (cost.all_records, cost.all_state_bytes) == (1900, 4 * 2**20)
    assert (round(cost.records_spared, 3), cost.state_spared) == (round(900 / 1900, 3), 0.25)


def test_what_is_taken_over_is_neither_read_nor_built() -> None:
    for start in (Start.SEED, Start.CARRY_OVER):
        (one,) = cost_of(start, LOAD, TOPICS).tables
        assert (one.records, one.copied, one.state_bytes, one.seconds) == (0, 50, 0, 0.0)
    (late,) = cost_of(Start.LATEST, LOAD, TOPICS).tables
    assert (late.records, late.copied, late.state_bytes) == (0, 0, 0)


def test_what_nobody_knows_stays_unknown() -> None:
    cost = cost_of(Start.REBUILD, TableLoad(inputs=("gone",)), {}, blue=None)
    (one,) = cost.tables
    assert (one.records, one.state_bytes, one.seconds) == (None, None, None)
    assert (cost.records_spared, cost.state_spared) == (1.0, 1.0)
    assert next(iter(cost_rows(cost)))[2:5] == ("?", "0", "?")


def test_state_from_records_that_are_gone_is_warned_of() -> None:
    cut = {**TOPICS, "a": TopicLoad(records=900, cut=True, oldest_ms=30 * DAY_MS)}
    (warning,) = cost_warnings(cost_of(Start.REBUILD, LOAD, cut))
    assert warning == (
        "t: retention has cut a, it begins at 1970-01-31 00:00+00:00: "
        "state that blue built from older records is not rebuilt"
    )
    younger = {**TOPICS, "a": TopicLoad(records=900, cut=True, oldest_ms=10 * DAY_MS)}
    assert "may have built" in cost_warnings(cost_of(Start.REBUILD, LOAD, younger))[0]
    empty = {**TOPICS, "a": TopicLoad(records=0, cut=True)}
    assert "cut a: state that blue may have built" in cost_warnings(cost_of(Start.REBUILD, LOAD, empty))[0]


def test_without_state_or_blue_or_rebuild_nothing_is_lost() -> None:
    cut = {**TOPICS, "a": TopicLoad(records=900, cut=True)}
    stateless = TableLoad(inputs=("a",), weights=LOAD.weights, keeps_state=False)
    assert cost_warnings(cost_of(Start.REBUILD, stateless, cut)) == ()
    assert cost_warnings(cost_of(Start.REBUILD, LOAD, cut, blue=None)) == ()
    assert cost_warnings(cost_of(Start.SEED, LOAD, cut)) == ()


def test_it_is_told_to_people() -> None:
    cut = {**TOPICS, "a": TopicLoad(records=900, cut=True)}
    cost = cost_of(Start.REBUILD, LOAD, cut, {"o": OTHER})
    assert cost_summary(cost) == (
        "2 of 3 running statements stay; against a second environment 47% of 1,900 records are not read again"
        " and 25% of 4.0 MiB state is not rebuilt; 0 slots needed, 7 free"
    )
    page = cost_markdown(cost)
    assert "| t | rebuild | 1,000 | 0 | 3.0 MiB | 0 | 100 s | because |" in page
    assert "- **warning** t: retention has cut a" in page
    assert cost_table(cost).row_count == 1


def test_a_refused_start_is_told_as_such() -> None:
    refused = StartDecision(table="t", start=Start.SEED, why="", refused="its columns changed")
    table = planned(Start.SEED)
    plan = Plan(
        project="p",
        environment="local",
        release=Commit(ref="v2", sha="2"),
        base=None,
        base_release=None,
        tables=(table,),
        connectors=(),
        untouched=(),
        physical={},
    )
    cost = release_cost(plan, [refused], {}, {}, free_slots=0)
    assert next(iter(cost_rows(cost)))[-1] == "REFUSED: its columns changed"


def test_whoever_approves_is_told_the_costs_or_that_nobody_knows_them() -> None:
    cost = cost_of(Start.REBUILD, LOAD, TOPICS)
    assert known_cost_markdown(cost) == cost_markdown(cost)
    assert "Not known" in known_cost_markdown(None)
