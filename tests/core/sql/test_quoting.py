import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.core.sql.quoting import is_quoted, requoted, unquoted


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("`a``b`", "a`b"),
        ('U&"a"', "a"),
        ('u&"or""ders"', 'or"ders'),
        ('U&"ord\\0065rs"', "orders"),
        ('U&"a\\\\b"', "a\\b"),
        ("U&\"a!0062!!\\c\" UESCAPE '!'", "ab!\\c"),
        ("U&\"ab\" /* \" */ UESCAPE -- '\n '!'", "ab"),
        ("U&\"a.0062\"\n uescape\t'.'", "ab"),
        ('U&"\\D83D\\DE00\\00e4"', "😀ä"),
    ],
)
def test_the_name_behind_quotes(written: str, name: str) -> None:
    assert is_quoted(written)
    assert unquoted(written) == name


@pytest.mark.parametrize("written", ["a", "größe", "u", "x_v2"])
def test_a_plain_name_has_no_quotes(written: str) -> None:
    assert not is_quoted(written)


@pytest.mark.parametrize(
    "written", ['U&"\\00"', 'U&"a\\b"', 'U&"\\D83D"', 'U&"\\DE00\\D83D"', "U&\"!\" UESCAPE '!'"]
)
def test_an_escape_that_stands_for_nothing_is_no_name(written: str) -> None:
    with pytest.raises(ValueError):
        unquoted(written)


@pytest.mark.parametrize(
    ("written", "name", "expected"),
    [
        ("`a`", "b`c", "`b``c`"),
        ('U&"ord\\0065rs"', "orders_v2", 'U&"ord\\0065rs_v2"'),
        ('U&"ord\\0065rs_v2"', "orders", 'U&"ord\\0065rs"'),
        ('U&"ord\\0065rs"', "payments", 'U&"payments"'),
        ("u&\"a!0062\" UESCAPE '!'", 'ab!"\\', 'u&"a!0062!!""\\" UESCAPE \'!\''),
        ('U&"a"', "a\nb", 'U&"a\\000ab"'),
    ],
)
def test_another_name_in_the_same_quotes(written: str, name: str, expected: str) -> None:
    assert requoted(written, name) == expected
    assert unquoted(expected) == name


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.sampled_from(["`a`", 'U&"\\0061"', "U&\"!0061\" UESCAPE '!'"]),
)
def test_any_name_goes_into_any_quotes(name: str, other: str, quotes: str) -> None:
    written = requoted(quotes, name)
    assert unquoted(written) == name
    assert unquoted(requoted(written, other)) == other
    assert requoted(requoted(written, name + "_v2"), name) == written
