import pytest

from airflow_bluegreen.core.comparison.flink_hashes import bytes_hash, cells_hash, is_told_by_text, number_of
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


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("STRING", True),
        ("VARCHAR(3)", True),
        ("DECIMAL(10, 2)", True),
        ("DOUBLE PRECISION", True),
        ("VARBINARY(16)", True),
        ("TIMESTAMP(3) WITH LOCAL TIME ZONE", True),
        ("TIMESTAMP_LTZ(3)", True),
        ("INTERVAL DAY(3) TO SECOND(3)", True),
        ("ARRAY<STRING>", False),
        ("STRING NOT NULL ARRAY", False),
        ("MAP<STRING, INT>", False),
        ("MULTISET<STRING>", False),
        ("STRING MULTISET", False),
        ("ROW<a STRING, b BYTES>", False),
        ("ROW(a STRING)", False),
        ("RAW('java.lang.Object', 'x')", False),
        ("catalog.db.money", False),
        ("", False),
    ],
)
def test_what_flink_writes_without_quotes_is_not_told_apart_by_its_text(declared: str, told: bool) -> None:
    """['a, b'] and ['a', 'b'] are both written [a, b], and [NULL] and ['NULL'] both [NULL]."""
    assert is_told_by_text(declared) == told
