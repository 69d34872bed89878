from airflow_bluegreen.core.comparison.flink_hashes import bytes_hash, cells_hash, number_of
from airflow_bluegreen.core.model import Column


def test_a_header_is_left_out_only_where_there_is_one() -> None:
    """A raw number may begin with a zero byte, too."""
    assert bytes_hash("v", framed=False) == "MD5(DECODE(`v`, 'ISO-8859-1'))"
    assert "SUBSTR(DECODE(`v`, 'ISO-8859-1'), 6)" in bytes_hash("v", framed=True)


def test_cells_are_told_apart_by_their_length() -> None:
    asked = cells_hash((Column(name="a b", type="STRING"), Column(name="c", type="BYTES")))
    assert "CHAR_LENGTH(CAST(`a b` AS STRING))" in asked
    assert "DECODE(c, 'ISO-8859-1')" in asked


def test_a_number_is_made_of_nine_digits() -> None:
    asked = number_of("h", 10)
    assert asked.startswith("CAST(")
    assert "SUBSTR(h, 10, 9)" in asked
    assert asked.count("REPLACE(") == 6
