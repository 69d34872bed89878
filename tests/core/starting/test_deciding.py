from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.core.model import (
    Column,
    ExpectedDifference,
    PlannedTable,
    Start,
    StartWish,
    Trigger,
)
from airflow_bluegreen.core.starting import SessionTable, StartFacts, StatementFacts, decide
from tests.core.starting.plans import AGGREGATE, CALC, explained, scan

COLUMNS = (Column(name="k", type="INT"), Column(name="v", type="INT"))


def planned(start: Start, *, or_rebuild: bool = False, **changes: Any) -> PlannedTable:
    table = PlannedTable(
        table="t",
        kind="fact",
        blue="t",
        green="t_v2",
        trigger=Trigger.MODIFIED,
        path=("t",),
        parents=(),
        inputs=("a",),
        primary_key=(),
        columns=COLUMNS,
        blue_columns=COLUMNS,
        ddl=None,
        dml=(),
        expected=ExpectedDifference(),
        start=StartWish(start=start, or_rebuild=or_rebuild or start is Start.AUTO),
    )
    return replace(table, **changes)


def statement(name: str, connector: str, plan: str, **options: str) -> StatementFacts:
    source = {"connector": "kafka", "properties.group.id": "bluegreen.local.dml.t.1"}
    return StatementFacts(
        target=SessionTable(name=name, topic=name, options={"connector": connector, **options}),
        inputs=(SessionTable(name="a", topic="a", options=source),),
        group=source["properties.group.id"],
        explained=plan,
    )


def facts(connector: str, *nodes: str, mode: str = "I") -> StartFacts:
    return StartFacts(
        blue=statement("t", connector, explained(*nodes, sink="t", mode=mode)),
        green=statement("t_v2", connector, explained(*nodes, sink="t_v2", mode=mode)),
    )


STATELESS = facts("kafka", CALC, scan("a"))
STATEFUL = facts("upsert-kafka", AGGREGATE, scan("a"), mode="I,UA")


@pytest.mark.parametrize(
    ("wish", "known", "start"),
    [
        (Start.REBUILD, None, Start.REBUILD),
        (Start.CARRY_OVER, STATELESS, Start.CARRY_OVER),
        (Start.SEED, STATEFUL, Start.SEED),
        (Start.LATEST, STATELESS, Start.LATEST),
        (Start.AUTO, STATELESS, Start.CARRY_OVER),
        (Start.AUTO, STATEFUL, Start.SEED),
        (Start.AUTO, facts("upsert-kafka", AGGREGATE, scan("a_v2")), Start.SEED),
    ],
)
def test_what_can_be_had_is_given(wish: Start, known: StartFacts | None, start: Start) -> None:
    found = decide(planned(wish), known)
    assert (found.start, found.refused) == (start, None)
    assert found.why


def test_a_new_table_is_built_and_nothing_is_refused() -> None:
    for wish in (Start.AUTO, Start.SEED, Start.CARRY_OVER):
        found = decide(planned(wish, blue=None), None)
        assert (found.start, found.refused) == (Start.REBUILD, None)
        assert "new" in found.why
    assert decide(planned(Start.LATEST, blue=None), STATELESS).start is Start.LATEST


def blue_of(known: StartFacts, **changes: Any) -> StartFacts:
    assert known.blue is not None
    return replace(known, blue=replace(known.blue, **changes))


def green_of(known: StartFacts, **changes: Any) -> StartFacts:
    return replace(known, green=replace(known.green, **changes))


OTHER = SessionTable(name="b", topic="b", options={"connector": "kafka"})
AUTO = SessionTable(
    name="a", topic="a", options={"connector": "kafka", "properties.enable.auto.commit": "true"}
)
UPSERT_INPUT = SessionTable(name="a", topic="a", options={"connector": "upsert-kafka"})

REFUSALS = [
    (Start.SEED, None, {}, "not filled by one INSERT alone"),
    (Start.SEED, replace(STATEFUL, blue=None, unknown="nobody knows"), {}, "nobody knows"),
    (Start.SEED, STATEFUL, {"parents": ("a",)}, "its input a gets a new version"),
    (Start.SEED, STATEFUL, {"columns": COLUMNS[:1]}, "its columns changed"),
    (Start.SEED, STATELESS, {}, "one row a key"),
    (Start.SEED, blue_of(STATEFUL, setting=("SET 'a' = 'b'",)), {}, "declared differently"),
    (Start.SEED, green_of(STATEFUL, explained=explained(CALC, scan("a"))), {}, "Flink plans Calc"),
    (Start.CARRY_OVER, replace(STATELESS, blue=None, unknown="nobody knows"), {}, "nobody knows"),
    (Start.CARRY_OVER, STATELESS, {"parents": ("a",)}, "its input a gets a new version"),
    (Start.CARRY_OVER, STATEFUL, {}, "no append-only table"),
    (
        Start.CARRY_OVER,
        blue_of(
            STATELESS,
            target=replace(
                STATELESS.green.target,
                options={"connector": "kafka", "sink.delivery-guarantee": "exactly-once"},
            ),
        ),
        {},
        "does not flush",
    ),
    (Start.CARRY_OVER, green_of(STATELESS, inputs=(OTHER,)), {}, "reads b, which blue does not"),
    (Start.CARRY_OVER, green_of(STATELESS, inputs=(UPSERT_INPUT,)), {}, "through upsert-kafka"),
    (Start.CARRY_OVER, blue_of(STATELESS, inputs=STATELESS.green.inputs * 2), {}, "one consumer group"),
    (Start.CARRY_OVER, blue_of(STATELESS, group="another"), {}, "one consumer group"),
    (Start.CARRY_OVER, blue_of(STATELESS, inputs=(AUTO,), group=""), {}, "between checkpoints"),
    (
        Start.CARRY_OVER,
        STATELESS,
        {"columns": (*COLUMNS, Column(name="n", type="INT", nullable=False))},
        "column n is new and may not be null",
    ),
    (
        Start.CARRY_OVER,
        STATELESS,
        {"columns": (Column(name="k", type="BIGINT"),)},
        "column k changed from INT to BIGINT",
    ),
    (Start.CARRY_OVER, green_of(STATELESS, explained=explained(AGGREGATE, scan("a"))), {}, "GroupAggregate"),
    (
        Start.CARRY_OVER,
        blue_of(STATELESS, explained=explained(AGGREGATE, scan("a"))),
        {},
        "blue: Flink plans",
    ),
    (Start.CARRY_OVER, green_of(STATELESS, explained=explained(scan("a"), scan("a"))), {}, "in two places"),
    (Start.LATEST, green_of(STATELESS, inputs=(UPSERT_INPUT,)), {}, "none of its inputs is an append-only"),
]


@pytest.mark.parametrize(("wish", "known", "changes", "reason"), REFUSALS)
def test_what_cannot_be_had_is_refused_with_the_reason(
    wish: Start, known: StartFacts | None, changes: dict[str, Any], reason: str
) -> None:
    found = decide(planned(wish, **changes), known)
    assert found.start is wish
    assert reason in (found.refused or "")
    instead = decide(planned(wish, or_rebuild=True, **changes), known)
    assert (instead.start, instead.refused) == (Start.REBUILD, None)
    assert reason in instead.why


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        (ExpectedDifference(changed=("v",)), "would keep blue's v"),
        (ExpectedDifference(added=("w",)), "would keep blue's w"),
        (ExpectedDifference(rows_may_change=True), "which rows there are"),
    ],
)
def test_history_is_not_carried_over_by_itself_where_it_would_be_another(
    expected: ExpectedDifference, reason: str
) -> None:
    found = decide(planned(Start.AUTO, expected=expected), STATELESS)
    assert found.start is Start.REBUILD
    assert reason in found.why
    assert decide(planned(Start.CARRY_OVER, expected=expected), STATELESS).start is Start.CARRY_OVER


def test_automatic_says_what_stood_in_the_way() -> None:
    assert "its columns changed" in decide(planned(Start.AUTO, columns=COLUMNS[:1]), STATEFUL).why
