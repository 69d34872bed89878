from airflow_bluegreen.core.comparison.evidence import Facts
from airflow_bluegreen.core.comparison.flink_marks import Place
from airflow_bluegreen.core.comparison.flink_rows import (
    Differences,
    DifferingKey,
    read_checksums,
    read_counts,
    read_drawn,
    read_keys,
    records_of,
)
from airflow_bluegreen.core.model import KeyCounts

TOPICS = {"blue": "t", "green": "t_v2"}
MARK = "20260101000000000" + "000003" + "0000000000000000012" + "d" * 32


def test_buckets_that_agree_in_everything_are_equal() -> None:
    found = read_checksums(
        [
            ("blue", 1, 5, 1, 4, 11, 12),
            ("green", 1, 4, 0, 4, 11, 12),  # another history, the same rows
            ("blue", 2, 3, 0, 3, 7, 8),
            ("green", 2, 3, 0, 3, 7, 9),
            ("green", 3, 2, 0, 2, 1, 1),
        ],
        TOPICS,
        keyed=True,
    )
    assert (found.equal, found.differing) == (4, {2, 3})
    assert found.facts["blue"] == Facts(topic="t", records=8, rows=7, tombstones=1)
    assert found.facts["green"] == Facts(topic="t_v2", records=9, rows=9)


def test_a_bucket_without_rows_agrees_with_one_that_is_not_there() -> None:
    found = read_checksums([("blue", 1, 2, 2, 0, 0, 0)], TOPICS, keyed=True)
    assert (found.equal, found.differing) == (0, frozenset())
    assert found.facts["green"] == Facts(topic="t_v2", records=0, rows=0)


def test_records_without_a_key_are_counted_and_compared_with_nothing() -> None:
    found = read_checksums([("green", -1, 3, 1, 0, 0, 0)], TOPICS, keyed=True)
    assert found.facts["green"] == Facts(topic="t_v2", records=3, rows=0, null_keys=3)
    assert not found.differing


def test_without_a_key_only_tombstones_have_no_place() -> None:
    found = read_checksums([("green", -1, 3, 3, 0, 0, 0)], TOPICS, keyed=False)
    assert found.facts["green"] == Facts(topic="t_v2", records=3, rows=0, tombstones=3)


def test_a_new_table_has_nothing_to_differ_from() -> None:
    found = read_checksums([("green", 5, 2, 0, 2, 1, 1)], {"green": "t_v2"}, keyed=True)
    assert (found.differing, set(found.facts)) == (frozenset(), {"green"})


def test_only_what_lasts_counts_and_the_rest_is_in_flight() -> None:
    found = Differences(
        counts=read_counts(
            [
                ("match", "lasting", 5),
                ("match", "fresh", 2),
                ("diff", "lasting", 3),
                ("diff", "young", 1),
                ("green_only", "fresh", 4),
            ]
        )
    )
    assert found.key_counts(100) == KeyCounts(match=107, diff=3, in_flight=5)
    assert (found.young, found.differing) == (1, 8)


def test_a_mark_says_where_its_record_lies() -> None:
    place = Place(partition=3, offset=12)
    assert read_keys([("diff", MARK, MARK), ("blue_only", MARK, None)]) == (
        DifferingKey(side="diff", blue=place, green=place),
        DifferingKey(side="blue_only", blue=place, green=None),
    )


def test_of_rows_without_a_key_those_of_the_side_with_more_of_them_are_read() -> None:
    blue, green = Place(partition=0, offset=7), Place(partition=1, offset=8)
    listed = [DifferingKey(side="green_only", blue=blue, green=green)]
    assert records_of(listed, keyed=True) == {"blue": {blue}, "green": {green}}
    assert records_of(listed, keyed=False) == {"blue": set(), "green": {green}}


def test_drawn_records_stand_as_in_their_topic() -> None:
    found = read_drawn(
        [
            ("green", 1, 0, "20260101000000007", None, "x"),
            ("green", 0, 5, "20260101000000000", "k", None),
            ("green", 0, 2, "20260101000000001", "k", "\x00\xff"),
        ]
    )
    assert [(one.partition, one.offset) for one in found["green"]] == [(0, 2), (0, 5), (1, 0)]
    first, second, third = found["green"]
    assert (first.value, second.value, third.key) == (b"\x00\xff", None, None)
    assert (third.timestamp, first.timestamp) == (1_767_225_600_007, 1_767_225_600_001)
