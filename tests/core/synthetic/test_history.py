"""What is generated: the same for the same seed, valid for its schema, and joined with one another."""

import json
from collections import Counter
from random import Random

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.sql import avro_record, parse, predicates
from airflow_bluegreen.core.synthetic.history import Event, entities, history, populations
from airflow_bluegreen.core.synthetic.traits import Changelog, Traits, Usage, traits_of
from airflow_bluegreen.core.synthetic.values import any_value, boundaries
from tests.core.synthetic.sources import KEYS, ORDERS, TYPES, orders, raw, traits

SEEDS = st.integers(min_value=0, max_value=10_000)


def valid(one: Traits, row: object) -> bool:
    fields = {
        column.name: ["null", column.avro] if column.nullable else column.avro
        for column in one.schema.columns
    }
    return bool(fastavro.validate(row, json.loads(json.dumps(avro_record("row", fields))), raise_errors=True))


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_same_seed_gives_the_same_records(seed: int) -> None:
    one = traits(orders())
    assert history(one, populations([one]), seed) == history(one, populations([one]), seed)
    assert history(one, populations([one]), seed) != history(one, populations([one]), seed + 1)


@given(seed=SEEDS, changelog=st.sampled_from(Changelog), records=st.integers(min_value=1, max_value=80))
@settings(max_examples=30, deadline=None)
def test_every_record_is_valid_for_its_schema(seed: int, changelog: Changelog, records: int) -> None:
    columns = {"id": "STRING NOT NULL", **{f"c{at}": kind for at, kind in enumerate(TYPES)}}
    one = traits(raw("all", columns, key=("id",), changelog=changelog, records=records))
    found = history(one, populations([one]), seed)
    assert len(found) == records
    assert all(valid(one, change.row) for change in found)


@given(seed=SEEDS, kind=st.sampled_from(KEYS), places=st.integers(min_value=1, max_value=3))
@settings(max_examples=40, deadline=None)
def test_entities_have_keys_of_their_own(seed: int, kind: str, places: int) -> None:
    key = tuple(f"k{at}" for at in range(places))
    one = traits(raw("keyed", {**dict.fromkeys(key, f"{kind} NOT NULL"), "v": "INT"}, key=key))
    found = history(one, populations([one]), seed)
    assert len({change.key for change in found}) <= entities(one)
    assert len({change.key for change in found if change.event is Event.INSERT}) >= min(3, entities(one)) or (
        kind == "BOOLEAN"
    )
    assert all(valid(one, change.row) for change in found)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_a_history_makes_sense(seed: int) -> None:
    """No change of what is not there, no second insertion of what is, an order that only grows."""
    one = traits(orders())
    live: dict[object, object] = {}
    newest = 0
    for change in history(one, populations([one]), seed):
        if change.event is Event.DUPLICATE:
            assert change.row["lsn"] == newest
            continue
        assert (change.key in live) is (change.event is not Event.INSERT)
        assert change.before == live.get(change.key)
        assert change.row["lsn"] == newest + 1
        assert change.row["op"] == {"insert": "c", "update": "u", "delete": "d"}[change.event]
        newest += 1
        if change.event is Event.DELETE:
            del live[change.key]
        else:
            live[change.key] = change.row


def test_a_history_has_something_of_everything() -> None:
    one = traits(orders(records=200))
    told = Counter(change.event for change in history(one, populations([one]), 1))
    assert all(told[event] >= 5 for event in Event)
    amounts = [change.row["amount"] for change in history(one, populations([one]), 1)]
    column = one.schema.column("amount")
    assert column is not None
    assert None in amounts
    assert set(boundaries(column)) <= set(amounts)


def test_only_what_can_be_deleted_or_repeated_is() -> None:
    plain = traits(raw("events", {"v": "INT"}))
    assert {change.event for change in history(plain, {}, 1)} == {Event.INSERT}
    last_wins = traits(raw("states", {"id": "INT", "v": "INT"}, key=("id",)))
    assert {change.event for change in history(last_wins, populations([last_wins]), 1)} == {
        Event.INSERT,
        Event.UPDATE,
    }


def joined() -> tuple[Traits, ...]:
    """Orders of customers: the statement's join is all that says so."""
    customers = raw("customers", {"customer": "BIGINT NOT NULL", "name": "STRING"}, key=("customer",))
    bought = raw("orders", {**ORDERS, "buyer": "STRING"}, key=("id",), order_by="lsn", operation="op")
    statement = parse(
        "INSERT INTO t SELECT o.id FROM orders o JOIN customers c ON o.buyer = c.customer", "a.sql"
    )[0]
    return traits_of([customers, bought], Usage(found=(predicates(statement, {}),), origin={}))


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_joins_hit(seed: int) -> None:
    customers, bought = joined()
    shared = populations([customers, bought])
    known = {str(change.row["customer"]) for change in history(customers, shared, seed)}
    buyers = [change.row["buyer"] for change in history(bought, shared, seed)]
    hits = sum(buyer in known for buyer in buyers)
    assert hits >= 0.6 * len(buyers)


def test_some_joins_miss() -> None:
    customers, bought = joined()
    shared = populations([customers, bought])
    known = {str(change.row["customer"]) for change in history(customers, shared, 1)}
    buyers = {change.row["buyer"] for seed in range(5) for change in history(bought, shared, seed)}
    assert None in buyers
    assert buyers - known - {None}


@pytest.mark.parametrize("kind", TYPES)
def test_values_at_the_limits_fit_their_type(kind: str) -> None:
    one = traits(raw("limits", {"v": f"{kind} NOT NULL"}))
    (column,) = one.schema.columns
    for value in boundaries(column):
        assert valid(one, {"v": value})
        if isinstance(value, str | bytes) and column.length is not None:
            assert len(value) <= column.length
    random = Random(1)
    assert all(valid(one, {"v": any_value(column, random)}) for _ in range(50))


def test_constants_of_the_statements_are_met_on_both_sides() -> None:
    source = raw("parcels", {"grams": "INT NOT NULL", "state": "STRING"})
    statement = parse("INSERT INTO t SELECT 1 FROM parcels WHERE grams >= 2000 AND state = 'sent'", "a.sql")[
        0
    ]
    usage = Usage(found=(predicates(statement, {}),), origin={})
    (found,) = traits_of([source], usage)
    rows = [change.row for change in history(found, {}, 1)]
    assert {1999, 2000, 2001} <= {row["grams"] for row in rows}
    assert "sent" in {row["state"] for row in rows}
    assert {row["state"] for row in rows} - {"sent", None}
