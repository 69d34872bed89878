import re

import pytest

from airflow_bluegreen.core.durations import PATTERN, in_words, read_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("10m", 600), ("1.5h", 5400), ("7d", 604_800), ("0s", 0), ("2 h", 7200)],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds
    assert re.match(PATTERN, text)


@pytest.mark.parametrize("text", ["", "10", "m", "-1s", "10 weeks", "1m30s", 10, None])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="no duration"):
        read_duration(text)


@pytest.mark.parametrize(("seconds", "words"), [(600, "10m"), (90, "90s"), (604_800, "7d"), (0, "0s")])
def test_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
