import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.core.comparison.classify import Classified, Side, classify_keys, classify_rows
from airflow_bluegreen.core.comparison.hashed import bytes_digest
from airflow_bluegreen.core.model import KeyCounts
from tests.core.comparison.records import folded, rows

LATE = 10**15


def counts_of(classified: Classified, in_flight_since: int) -> KeyCounts:
    return classified.counts(classified.settled(in_flight_since=in_flight_since))


def test_every_key_has_one_class() -> None:
    blue = folded(("same", 1), ("changed", 1), ("lost", 1))
    green = folded(("same", 1), ("changed", 2), ("found", 1))
    counts = counts_of(classify_keys(blue, green), LATE)
    assert counts == KeyCounts(match=1, blue_only=1, green_only=1, diff=1)


def test_a_key_that_is_deleted_on_both_sides_is_nowhere() -> None:
    counts = counts_of(classify_keys(folded(("a", 1), ("a", None)), folded(("a", None))), LATE)
    assert counts == KeyCounts()


def test_a_key_that_is_deleted_on_one_side_is_missing_there() -> None:
    blue, green = folded(("a", 1)), folded(("a", 1), ("a", None))
    assert counts_of(classify_keys(blue, green), LATE).blue_only == 1
    assert counts_of(classify_keys(green, blue), LATE).green_only == 1


def test_a_young_difference_is_in_flight_on_whichever_side_it_is_young() -> None:
    old, young = folded(("a", 1, 100)), folded(("a", 2, 900))
    for blue, green in ((old, young), (young, old)):
        assert counts_of(classify_keys(blue, green), 500) == KeyCounts(in_flight=1)
    assert counts_of(classify_keys(old, young), 901) == KeyCounts(diff=1)


def test_a_young_deletion_is_in_flight() -> None:
    blue, green = folded(("a", 1, 100), ("a", None, 900)), folded(("a", 1, 100))
    assert counts_of(classify_keys(blue, green), 500) == KeyCounts(in_flight=1)


def test_empty_sides() -> None:
    assert classify_keys(folded(), folded()).differing == 0
    assert counts_of(classify_keys(folded(), folded(("a", 1))), LATE).green_only == 1
    assert counts_of(classify_keys(folded(("a", 1)), folded()), LATE).blue_only == 1


def test_settled_and_of_choose() -> None:
    blue, green = folded(("a", 1, 100), ("b", 1, 900)), folded(("c", 1, 100))
    classified = classify_keys(blue, green)
    assert classified.settled(in_flight_since=500).differing == 2
    assert classified.of(Side.GREEN_ONLY).keys.tolist() == [bytes_digest(b"c")]


def test_rows_are_compared_with_their_number() -> None:
    counts = counts_of(classify_rows(rows("x", "x", "y"), rows("x", "z")), LATE)
    assert counts == KeyCounts(match=1, blue_only=2, green_only=1)


def test_no_rows_at_all() -> None:
    assert counts_of(classify_rows(rows(), rows()), LATE) == KeyCounts()


tables = st.dictionaries(st.sampled_from([f"k{n}" for n in range(12)]), st.integers(0, 2))


@given(blue=tables, green=tables)
def test_the_classes_are_those_of_two_dicts(blue: dict[str, int], green: dict[str, int]) -> None:
    classified = classify_keys(folded(*blue.items()), folded(*green.items()))
    assert counts_of(classified, LATE) == KeyCounts(
        match=sum(green.get(key) == value for key, value in blue.items()),
        blue_only=len(blue.keys() - green.keys()),
        green_only=len(green.keys() - blue.keys()),
        diff=sum(key in green and green[key] != value for key, value in blue.items()),
    )
    assert len(np.unique(classified.keys)) == classified.differing


def test_a_difference_lasts_when_the_same_record_made_it_before() -> None:
    before = classify_keys(folded(("a", 1), ("b", 1)), folded(("a", 2)))
    after = classify_keys(folded(("a", 1), ("c", 1)), folded(("a", 2)))
    assert (
        after.standing_since(before).keys.tolist()
        == classify_keys(folded(("a", 1)), folded(("a", 2))).keys.tolist()
    )
    assert after.counts(after.standing_since(before)) == KeyCounts(diff=1, in_flight=1)
