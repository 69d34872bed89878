"""Pairs with known differences of each kind: every planted one is found, and nothing else is reported.

Every kind is planted in every format, one in a pair that rests and the next in one that moves on while it is
compared. ``BLUEGREEN_CORPUS_SEEDS=50`` plants each fifty times, at rest and moving; that takes half an hour.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.core.model import Engine, ExpectedDifference, TableComparison
from tests.actions.inspecting.planting import HOUR_MS, SETTINGS, UNSTABLE, Field, Plant, failed, plant, warned

SEEDS = range(50)
OF_EACH = int(os.environ.get("BLUEGREEN_CORPUS_SEEDS", "0"))
FORMS = (
    ("json", "json"),
    ("avro", "avro"),
    ("protobuf", "protobuf"),
    ("debezium-json", "debezium-json"),
    ("json-schema", "json-schema"),
    ("debezium-avro", "debezium-avro"),
    ("protobuf-keyed", "protobuf-keyed"),
    ("debezium-connect", "debezium-connect"),
    ("raw", "raw"),
    ("json", "json-reversed"),
    ("avro", "protobuf"),
    ("debezium-avro", "avro"),
)
"""Formats of blue and green."""
SIDES = "groups, event time, lineage, rows"
"""Checks that see a row that is missing or new from another side."""


@plant("values", columns="items", may="groups", counts=(0, 0, 1))
def another_value(pair: Field) -> None:
    pair.green[pair.some()]["items"] += 1


@plant("values", columns="amount", counts=(0, 0, 1))
def a_number_beyond_the_tolerance(pair: Field) -> None:
    pair.green[pair.some()]["amount"] += 0.05


@plant("values", "nulls", columns="country", may="groups", counts=(0, 0, 1))
def nulls_where_blue_has_none(pair: Field) -> None:
    key = next(key for key, row in pair.green.items() if row["country"] is not None)
    pair.green[key]["country"] = None


@plant("values", "event time", columns="at", may="freshness", counts=(0, 0, 3))
def a_shifted_window(pair: Field) -> None:
    for _ in range(3):
        pair.green[pair.some()]["at"] -= HOUR_MS


@plant("values", "lineage", columns="source_id", counts=(0, 0, 1))
def a_row_that_comes_from_another_record(pair: Field) -> None:
    pair.green[pair.some()]["source_id"] = "s-other"


@plant("keys", "rows", "lineage", may=SIDES, counts=(1, 0, 0))
def a_missing_row(pair: Field) -> None:
    del pair.green[pair.some()]


@plant("keys", "rows", may=SIDES, counts=(0, 1, 0))
def a_row_too_many(pair: Field) -> None:
    pair.green["new"] = pair.row(5_000) | {"id": "new"}


@plant("keys", "lineage", may=SIDES, counts=(1, 1, 0))
def one_row_for_another(pair: Field) -> None:
    del pair.green[pair.some()]
    pair.green["new"] = pair.row(5_000) | {"id": "new"}


@plant("duplicates", "keys", "rows", may=SIDES, keyed=False, counts=(0, 1, 0))
def a_row_that_is_written_twice(pair: Field) -> None:
    key = pair.some()
    pair.extra.append((key, pair.green[key]))


@plant("duplicates", "keys", may="nulls, groups, event time, lineage", keyed=False, counts=(1, 1, 0))
def a_row_without_its_key(pair: Field) -> None:
    pair.green[pair.some()]["id"] = None


@plant("keys", "rows", "lineage", may=SIDES, keyed=False, counts=(1, 0, 0))
def a_missing_row_of_a_table_without_key(pair: Field) -> None:
    del pair.green[pair.some()]


PLANTS: dict[str, Plant] = {name: one for name, one in globals().items() if isinstance(one, Plant)}


OTHER_SCHEMAS = (("avro", "protobuf"), ("debezium-avro", "avro"))
"""Where readers of blue's subject cannot read green's, which is said."""
RAW_PLANTS = ("another_value", "a_missing_row", "a_row_too_many", "one_row_for_another")
"""Those that a table of a key and one number can have."""


def fits(name: str, forms: tuple[str, str]) -> bool:
    """Whether a table in these formats can differ in that way. Changes of a source always have a key."""
    if "raw" in forms:
        return name in RAW_PLANTS
    return PLANTS[name].keyed or not any(form.startswith("debezium") for form in forms)


def cases() -> Iterator[tuple[str, tuple[str, str], int, bool]]:
    """Plant, formats, seed, and whether the pair moves."""
    every = [(name, forms) for name in sorted(PLANTS) for forms in FORMS if fits(name, forms)]
    for at, (name, forms) in enumerate(every):
        if not OF_EACH:
            yield name, forms, at, (sorted(PLANTS).index(name) + FORMS.index(forms)) % 2 == 1
        for seed in range(OF_EACH):
            yield from ((name, forms, seed, moves) for moves in (False, True))


def told_of(forms: tuple[str, str]) -> set[str]:
    """What warns in these formats."""
    return {"schema"} if forms in OTHER_SCHEMAS else set()


def differing(found: TableComparison) -> set[str]:
    return {one.column for one in found.columns if one.equal < one.compared}


def counts(found: TableComparison) -> tuple[int, int, int]:
    return found.keys.blue_only, found.keys.green_only, found.keys.diff


def planted(seed: int, name: str | None, forms: tuple[str, str] = FORMS[0], **where: Any) -> Field:
    """A field with that difference. A table without key has no columns that differ a little."""
    pair = Field(seed=seed, keyed=name is None or PLANTS[name].keyed, forms=forms, **where)
    if name is not None:
        PLANTS[name].do(pair)
    return pair


@pytest.mark.parametrize(
    ("name", "forms", "seed", "moves"),
    [
        pytest.param(*case, id=f"{case[0]}-{'-'.join(case[1])}-{case[2]}{'-moving' * case[3]}")
        for case in cases()
    ],
)
def test_every_planted_difference_is_found_and_nothing_else(
    name: str, forms: tuple[str, str], seed: int, moves: bool
) -> None:
    one, pair = PLANTS[name], planted(seed, name, forms)
    fails = one.fails - ({"lineage", "event time"} if pair.raw else set())
    pair.write()
    if moves:
        moving(pair)
        # What is in flight explains another number of rows; the keys say all the same which one it is.
        fails -= {"rows"}
    found = pair.compared()
    assert fails <= failed(found) <= one.fails | one.may, (name, found.checks)
    assert moves or warned(found) == told_of(forms)
    assert (differing(found), counts(found)) == (one.columns, one.counts)
    assert all("CH" not in cells for shown in found.samples for cells in shown.columns.values()), (
        "it is masked"
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_equal_tables_pass_whatever_their_histories(seed: int) -> None:
    forms = FORMS[seed % len(FORMS)]
    pair = planted(seed, None, forms)
    pair.write()
    found = pair.compared()
    assert (failed(found), warned(found)) == (set(), told_of(forms)), found.checks
    assert found.told == ("warn" if told_of(forms) else "pass")
    assert not found.samples
    assert (found.keys.match, found.keys.diff) == (len(pair.rows), 0)


@pytest.mark.parametrize("seed", range(0, 50, 4))
def test_sides_that_move_and_are_equal_pass(seed: int) -> None:
    pair = planted(seed, None, FORMS[seed // 4 % len(FORMS)])
    pair.write()
    moving(pair)
    assert not failed(pair.compared())


@pytest.mark.parametrize("seed", range(0, 50, 5))
def test_what_the_change_explains_is_expected(seed: int) -> None:
    pair = Field(seed=seed)
    for row in pair.green.values():
        row["items"] *= 2
    pair.write()
    expected = ExpectedDifference(changed=("items",), unstable=UNSTABLE.unstable)
    found = pair.compared(expected=expected)
    assert found.told == "pass (expected differences)", found.checks
    assert {check.check for check in found.checks if check.expected} == {"values", "aggregates", "groups"}
    assert differing(found) == {"items"}


@pytest.mark.parametrize(("later", "fails"), [(30.0, set()), (90.0, {"freshness"})])
def test_green_may_be_slower_by_so_much(later: float, fails: set[str]) -> None:
    pair = Field(seed=7)
    pair.write()
    pair.live(250, later)
    found = pair.compared()
    assert failed(found) == fails
    times = found.event_times
    assert times is not None
    assert times.blue is not None
    assert times.blue.latency is not None
    assert times.green.latency is not None
    assert (times.blue.latency.p50, times.green.latency.p50) == (200, 200 + later * 1000)


def test_of_too_many_records_the_same_keys_are_decoded_on_both_sides() -> None:
    pair = Field(seed=3)
    pair.green[pair.some()]["items"] += 1
    pair.write()
    few = replace(SETTINGS, decode_records=40)
    found = pair.compared(settings=few)
    assert "values" in failed(found)
    assert (differing(found) <= {"items"}, found.changed_columns) == (True, ("items",))
    compared = {one.compared for one in found.columns if not one.left_out}
    assert len(compared) == 1
    assert 0 < compared.pop() < len(pair.rows)
    assert any("by a sample of the keys" in check.detail for check in found.checks)


ON_CLUSTER = (("json", "json"), ("avro", "avro"), ("raw", "raw"))
"""What Flink decodes, and what it need not decode."""


@pytest.mark.parametrize("forms", ON_CLUSTER, ids="-".join)
@pytest.mark.parametrize("name", [None, *sorted(PLANTS)])
def test_both_engines_find_the_same(name: str | None, forms: tuple[str, str]) -> None:
    if name is not None and not fits(name, forms):
        name = None
    pair = planted(len(name or "") + len(forms[0]), name, forms)
    pair.write()
    here, there = pair.compared(), pair.compared(Engine.CLUSTER)
    assert there.checks == here.checks
    assert (there.verdict, there.keys, there.columns) == (here.verdict, here.keys, here.columns)
    assert (there.aggregates, there.event_times) == (here.aggregates, here.event_times)
    assert sorted(map(repr, there.samples)) == sorted(map(repr, here.samples))


@pytest.mark.parametrize("name", [None, *sorted(PLANTS)])
def test_the_cluster_finds_the_same_while_both_sides_move(name: str | None) -> None:
    pair = planted(len(name or ""), name)
    pair.write()
    moving(pair)
    found = pair.compared(Engine.CLUSTER)
    if name is None:
        assert not failed(found)
        return
    one = PLANTS[name]
    assert one.fails - {"rows"} <= failed(found) <= one.fails | one.may, found.checks
    assert (differing(found), counts(found)) == (one.columns, one.counts)


@pytest.mark.parametrize("name", ["a_number_beyond_the_tolerance", "a_missing_row"])
@pytest.mark.parametrize("forms", ON_CLUSTER[:2], ids="-".join)
def test_the_cluster_sends_a_sample_of_too_many_records(name: str, forms: tuple[str, str]) -> None:
    """Keys that differ are decoded all the same, and those that the tolerance allows are found among them."""
    pair = planted(5, name, forms)
    pair.write()
    found = pair.compared(Engine.CLUSTER, settings=replace(SETTINGS, decode_records=60))
    one = PLANTS[name]
    assert one.fails - {"lineage"} <= failed(found) <= one.fails | one.may, found.checks
    assert counts(found) == one.counts
    compared = {column.compared for column in found.columns if not column.left_out}
    assert len(compared) == 1
    assert 0 < compared.pop() < len(pair.rows)
    assert any("by a sample of the keys" in check.detail for check in found.checks)


def test_rows_without_a_key_are_drawn_by_what_is_compared_of_them() -> None:
    pair = planted(5, "a_row_that_is_written_twice")
    pair.write()
    found = pair.compared(Engine.CLUSTER, settings=replace(SETTINGS, decode_records=60))
    assert {"keys", "rows"} <= failed(found)
    assert counts(found) == (0, 1, 0)
    assert found.samples


def moving(pair: Field) -> None:
    """Each time somebody waits, blue gets rows; green gets those of the time before."""
    waiting: list[dict[str, object]] = []
    number = iter(range(30_000, 40_000))

    def tick() -> None:
        now = pair.cluster.clock.now_ms()
        for row in waiting:
            pair.put("t_v2", str(row["id"]), row, now)
        waiting[:] = [pair.row(next(number)) | {"at": now} for _ in range(3)]
        for row in waiting:
            pair.put("t", str(row["id"]), row, now)

    tick()
    pair.cluster.clock.on_sleep(tick)
