import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.core.versioning import in_text, logical, physical, qualifier, unqualified, version_of


@pytest.mark.parametrize(
    ("name", "table", "version"),
    [
        ("int_3", "int_3", 1),
        ("int_3_v2", "int_3", 2),
        ("int_3_v9", "int_3", 9),
        ("int_3_v10", "int_3", 10),
        ("view32", "view32", 1),
        ("rev2", "rev2", 1),
        ("a_v2_b", "a_v2_b", 1),
        ("a_v02", "a_v02", 1),
        ("a_V2", "a_V2", 1),
        ("_v2", "_v2", 1),
        ("a_v2_v3", "a_v2", 3),
        ("a_v2\n", "a_v2\n", 1),
    ],
)
def test_a_suffix_is_underscore_v_and_a_number(name: str, table: str, version: int) -> None:
    assert (logical(name), version_of(name)) == (table, version)


@given(table=st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), version=st.integers(1, 10_000))
def test_a_name_at_a_version_is_read_back(table: str, version: int) -> None:
    assert logical(physical(table, version)) == table
    assert version_of(physical(table, version)) == version


def test_the_last_part_of_a_name_says_which_table_is_meant() -> None:
    assert [unqualified(name) for name in ("a", "b.a", "c.b.a")] == ["a", "a", "a"]


@pytest.mark.parametrize(
    ("name", "before", "last"),
    [
        ("int_3", "", "int_3"),
        ("cat.db.int_3", "cat.db.", "int_3"),
        ("`shop.orders`", "", "shop.orders"),
        ("db.`shop.orders_v2`", "db.", "shop.orders_v2"),
        ("`a``.b`", "", "a`.b"),
    ],
)
def test_a_name_in_a_text_has_a_last_part_that_may_hold_dots(name: str, before: str, last: str) -> None:
    assert (qualifier(name), unqualified(name)) == (before, last)
    assert before + in_text(last) == name
