import pytest

from airflow_bluegreen.core.choosing import newest_tag
from airflow_bluegreen.core.model import Tag


def tags(*names: str) -> list[Tag]:
    """Made a day after another, the last one first in the list."""
    made = [
        Tag(name=name, sha=f"{number:040}", at=f"2026-01-{number + 1:02}T12:00:00+01:00")
        for number, name in enumerate(names)
    ]
    return made[::-1]


@pytest.mark.parametrize(
    ("pattern", "names", "newest"),
    [
        ("v*", ("v1.10.0", "v1.9.0"), "v1.10.0"),
        ("v*", ("v1.1.0", "v1.1.0-rc1"), "v1.1.0"),
        ("*", ("v2.0.0", "1.9.0"), "v2.0.0"),
        ("release-*", ("release-2026-03-01", "release-2026-02-28"), "release-2026-03-01"),
        ("release-*", ("release-blue", "release-amber"), "release-amber"),
        ("*", ("v1.0.0", "nightly"), "v1.0.0"),
        ("v*", ("v2.0.0", "vendor", "v1.9.1"), "v2.0.0"),
        ("shop/v[0-9]*", ("shop/v2", "shop/v10", "shop/v9"), "shop/v10"),
    ],
)
def test_by_version_where_there_is_one_else_by_date(
    pattern: str, names: tuple[str, ...], newest: str
) -> None:
    found = newest_tag(tags(*names), pattern)
    assert found is not None
    assert found.name == newest


def test_dates_of_different_zones_are_compared_as_instants() -> None:
    late = Tag(name="b", sha="1", at="2026-01-01T23:00:00-08:00")
    early = Tag(name="a", sha="2", at="2026-01-02T01:00:00+01:00")
    assert newest_tag([late, early], "*") == late


def test_none_of_none() -> None:
    assert newest_tag([], "v*") is None
