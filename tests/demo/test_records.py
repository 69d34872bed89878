"""The feed: seeded, and with everything in it that a source statement has to cope with."""

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.demo.records import Change, Event, Shop, Sizes, changes
from airflow_bluegreen.demo.retail import RAW_TABLES
from tests.demo.expected_tables import newest

SMALL = Sizes(customers=8, orders=30, payments=40, shipments=20)
SEEDS = st.integers(min_value=0, max_value=2**32)


def feed(seed: int, records: int = 400) -> list[Change]:
    return list(islice(changes(seed, SMALL), records))


def tables_after(sent: list[Change]) -> dict[str, dict[str, object]]:
    """What the database holds: each change in the order in which it happened there."""
    held: dict[str, dict[str, object]] = {name: {} for name in RAW_TABLES}
    for change in sorted(sent, key=_lsn):
        held[change.table].pop(change.key, None)
        if change.row["op"] != "d":
            held[change.table][change.key] = change.row
    return held


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_same_seed_gives_the_same_records(seed: int) -> None:
    assert feed(seed) == feed(seed)
    assert feed(seed) != feed(seed + 1)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_folding_by_the_newest_change_gives_what_the_database_holds(seed: int) -> None:
    sent = feed(seed)

    assert newest(sent) == tables_after(sent)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_a_feed_that_is_sent_again_changes_nothing(seed: int) -> None:
    sent = feed(seed)

    assert newest(sent + sent) == newest(sent)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_late_and_duplicate_records_are_what_they_are_called(seed: int) -> None:
    newest_lsn: dict[tuple[str, str], int] = {}
    for change in feed(seed):
        subject, lsn = (change.table, change.key), int(change.row["lsn"])
        seen = newest_lsn.get(subject, 0)
        match change.event:
            case Event.LATE:
                assert lsn < seen
            case Event.DUPLICATE:
                assert lsn == seen
            case _:
                assert lsn > seen
        newest_lsn[subject] = max(lsn, seen)


def test_the_opening_has_the_rows_asked_for_and_every_event_on_every_table() -> None:
    opening = list(Shop(1).opening(Sizes()))

    counted = Counter((change.table, change.event) for change in opening)
    assert set(counted) == {(table, event) for table in RAW_TABLES for event in Event}
    # A table with very few rows gets an insert where another event was due.
    assert counted["raw_a", Event.INSERT] == pytest.approx(300, abs=3)
    assert counted["raw_b", Event.INSERT] == pytest.approx(2_000, abs=3)
    assert counted["raw_c", Event.INSERT] == pytest.approx(2_500, abs=3)
    assert counted["raw_x", Event.INSERT] == pytest.approx(1_500, abs=3)


def _lsn(change: Change) -> int:
    return int(change.row["lsn"])


def test_ties_deletions_late_deletions_revivals_and_load_test_orders_occur() -> None:
    sent = list(islice(changes(1, Sizes()), 10_000))

    stamps = Counter((change.table, change.key, change.row["updated_at"]) for change in sent)
    lsns = {(change.table, change.key, change.row["updated_at"], change.row["lsn"]) for change in sent}
    assert len(lsns) > len(stamps)
    assert any(change.event is Event.LATE and change.row["op"] == "d" for change in sent)
    assert any(change.key.startswith("T-") for change in sent)
    newest_op = {(change.table, change.key): change.row["op"] for change in sorted(sent, key=_lsn)}
    for table in RAW_TABLES:
        assert sum(op == "d" for (name, _), op in newest_op.items() if name == table) > 1
    deleted: set[str] = set()
    revived = 0
    for change in sent:
        if change.event is Event.DELETE:
            deleted.add(change.key)
        revived += change.event is Event.INSERT and change.key in deleted
    assert revived


def test_keys_join() -> None:
    tables = newest(Shop(1).opening(Sizes()))

    orders = tables["raw_b"]
    for child in ("raw_c", "raw_x"):
        joined = sum(row["order_id"] in orders for row in tables[child].values())
        assert joined / len(tables[child]) > 0.9
    known = sum(row["customer_id"] in tables["raw_a"] for row in orders.values())
    assert 0.9 < known / len(orders) < 1.0
