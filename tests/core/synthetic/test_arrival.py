"""Records in another order: none behind the watermark, and nothing that would change what they mean."""

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.synthetic.arrival import shuffled
from airflow_bluegreen.core.synthetic.history import history, populations
from airflow_bluegreen.core.synthetic.traits import Changelog, Traits
from tests.core.synthetic.sources import orders, raw, traits

SEEDS = st.integers(min_value=0, max_value=10_000)


def made(one: Traits, seed: int) -> tuple[list[object], list[object]]:
    changes = history(one, populations([one]), seed)
    return list(changes), list(shuffled(changes, one, seed))


@given(seed=SEEDS, bound=st.integers(min_value=1, max_value=600_000))
@settings(max_examples=50, deadline=None)
def test_no_record_arrives_behind_the_watermark(seed: int, bound: int) -> None:
    one = traits(orders(event_time="at", bound_ms=bound))
    newest = None
    for change in shuffled(history(one, populations([one]), seed), one, seed):
        assert newest is None or change.at_ms > newest - bound
        newest = change.at_ms if newest is None else max(newest, change.at_ms)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_same_records_in_another_order(seed: int) -> None:
    before, after = made(traits(orders(event_time="at", bound_ms=120_000)), seed)
    assert before != after
    assert sorted(map(repr, before)) == sorted(map(repr, after))
    assert made(traits(orders(event_time="at", bound_ms=120_000)), seed)[1] == after


@given(seed=SEEDS, changelog=st.sampled_from([Changelog.UPSERT, Changelog.ENVELOPE]))
@settings(max_examples=20, deadline=None)
def test_records_of_an_entity_stay_in_their_order_where_nobody_sorts_them(
    seed: int, changelog: Changelog
) -> None:
    one = traits(raw("states", {"id": "INT", "v": "INT"}, key=("id",), changelog=changelog))
    changes = history(one, populations([one]), seed)
    arrived = shuffled(changes, one, seed)
    assert arrived != changes
    for key in {change.key for change in changes}:
        assert [each for each in arrived if each.key == key] == [each for each in changes if each.key == key]


def test_what_is_neither_timed_nor_keyed_stays_as_it_is() -> None:
    before, after = made(traits(raw("events", {"v": "INT"})), 1)
    assert before == after


def test_a_watermark_without_a_bound_allows_no_other_order() -> None:
    before, after = made(traits(orders(event_time="at", bound_ms=0)), 1)
    assert before == after
