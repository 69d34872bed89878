"""What a release produces for other DAGs: an asset of each environment, and one of each table in it.

There is an event for them when the release is live, and only for the tables that it renewed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import Plan

RELEASES = AssetAlias("bluegreen_releases")
"""The outlet of the tasks that confirm releases: which assets there are events for, the plan says."""


def release_asset(project: str, environment: str) -> Asset:
    """The asset of the releases of a project in an environment.

    Its events have ``release``, ``commit``, ``environment`` and ``tables`` (logical names) in their extra.

    :param project: its name in bluegreen.yaml.
    """
    name = f"bluegreen/{environment}/{project}"
    return Asset(name=name, uri=f"x-bluegreen://{environment}/{project}")


def table_asset(project: str, environment: str, table: str) -> Asset:
    """The asset of a table in an environment.

    Its events have ``release``, ``commit``, ``environment``, ``table`` and ``topic`` (the physical name, null
    for a table that the release removed) in their extra.

    :param project: its name in bluegreen.yaml.
    :param table: logical name.
    """
    name = f"bluegreen/{environment}/{project}/{table}"
    return Asset(name=name, uri=f"x-bluegreen://{environment}/{project}/{table}")


def assets_of(plan: "Plan") -> Iterator[tuple[Asset, dict[str, Any]]]:
    """The assets that a release has renewed, each with what its event tells."""
    told = {
        "release": plan.release.ref,
        "commit": plan.release.sha,
        "environment": plan.environment,
    }
    names = [planned.table for planned in plan.tables]
    yield release_asset(plan.project, plan.environment), {**told, "tables": names}
    for planned in plan.tables:
        extra = {**told, "table": planned.table, "topic": planned.green}
        yield table_asset(plan.project, plan.environment, planned.table), extra
