"""A window as a DAG file gives it."""

from datetime import time

import pytest

from airflow_bluegreen.core.model import Outside, ReleaseWindow
from airflow_bluegreen.core.window_section import read_window
from airflow_bluegreen.exceptions import ConfigurationError


def test_the_settings_are_those_of_the_file() -> None:
    assert read_window(
        {"start": "22:00", "end": "04:00", "days": ["tue"], "outside": "stop"}
    ) == ReleaseWindow(start=time(22), end=time(4), days=("tue",), outside=Outside.STOP)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": "late"}, r"^window: start: 'late' is no time of the day.*\. Known here: blackout, days"),
        ({"begin": "22:00"}, r"^window: begin: Extra inputs"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_window(given)
