import pytest

from airflow_bluegreen.actions.inspecting.timing import TimeColumn, time_column


@pytest.mark.parametrize(
    ("watermark", "configured", "found"),
    [
        ("ts AS ts - INTERVAL '5' SECOND", "", TimeColumn(column="ts", delay_ms=5_000)),
        ("ts AS ts - INTERVAL '1.5' MINUTES", "", TimeColumn(column="ts", delay_ms=90_000)),
        ("$rowtime AS $rowtime", "", TimeColumn(column="$rowtime", delay_ms=0)),
        ("ts AS SOURCE_WATERMARK()", "", TimeColumn(column="ts", delay_ms=None)),
        ("ts AS ts - INTERVAL '5' SECOND", "at", TimeColumn(column="at", delay_ms=None)),
        (None, "at", TimeColumn(column="at", delay_ms=None)),
        (None, "", None),
    ],
)
def test_the_event_time_is_the_one_of_the_watermark_or_the_projects(
    watermark: str | None, configured: str, found: TimeColumn | None
) -> None:
    assert time_column(watermark, configured) == found
