"""The page about SQL lists what the corpus holds."""

from tests.docs.sql_reference import PAGE, expected


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == expected(), "run: python -m tests.docs.sql_reference"
