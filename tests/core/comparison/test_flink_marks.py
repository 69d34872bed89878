import pytest

from airflow_bluegreen.core.comparison.flink_marks import Place, milliseconds, moment, place_of, stood_before


@pytest.mark.parametrize("at_ms", [0, 999, 1_767_225_600_007, 4_102_444_799_999])
def test_a_moment_is_read_back(at_ms: int) -> None:
    assert milliseconds(moment(at_ms)) == at_ms


def test_the_newest_record_has_the_greatest_mark() -> None:
    marks = [
        f"{moment(at)}{partition:06d}{offset:019d}{'f' * 32}"
        for at, partition, offset in ((1_000, 9, 9), (1_001, 0, 5), (1_001, 1, 0), (1_001, 1, 1))
    ]
    assert marks == sorted(marks)
    assert place_of(marks[-1]) == Place(partition=1, offset=1)
    assert str(place_of(marks[0])) == "9:9"


def test_what_stood_before_is_asked_partition_by_partition() -> None:
    asked = stood_before("blue", {("t", 1): 7, ("t", 0): 3})
    assert asked.startswith("(blue IS NULL OR ")
    assert "WHEN '000000' THEN '0000000000000000003' WHEN '000001' THEN '0000000000000000007'" in asked
