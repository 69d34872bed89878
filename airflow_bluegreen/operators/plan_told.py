"""The plan and what it costs, told in the task's log."""

from io import StringIO
from typing import TYPE_CHECKING, Any

from airflow_bluegreen.exceptions import BluegreenError
from airflow_bluegreen.operators.log_groups import group

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from airflow_bluegreen.core.model import Plan, ReleaseCost
    from airflow_bluegreen.hooks.platform import Site

_LOG_WIDTH = 160


def tell_plan(plan: "Plan", log: Any) -> None:
    """The plan as a table."""
    if not (plan.tables or plan.connectors):
        against = plan.base.ref if plan.base else "nothing"
        log.info("Nothing to do: %s means the same as %s.", plan.release.ref, against)
        return
    from airflow_bluegreen.core.explain import pins, plan_table, why_in_words

    _show(plan_table(plan), log)
    with group(log, "Why each table is in the release"):
        for one in plan.tables:
            log.info("%s: %s", one.green or f"{one.blue} (removed)", why_in_words(one))
        for line in pins(plan):
            log.info("%s", line)


def known_cost(site: "Site", plan: "Plan", log: Any) -> "ReleaseCost | None":
    """What the release costs, told as a table; None where nobody can tell.

    For people alone: a plan holds without it, so servers that are away are no failure here.
    """
    from airflow_bluegreen.actions.read_release import load_project
    from airflow_bluegreen.actions.starting import Starts, measure
    from airflow_bluegreen.core.starting.telling import cost_summary, cost_table, cost_warnings

    if not plan.tables:
        return None
    try:
        starts = Starts(platform=site.platform, plan=plan, profile=site.profile)
        git, front_end = site.platform.repository, site.platform.front_end
        cost = measure(starts, load_project(git, plan.release.sha, front_end))
    except BluegreenError as error:
        log.warning("What it costs is not known: %s", error)
        return None
    with group(log, "What it costs"):
        _show(cost_table(cost), log)
    log.info("%s", cost_summary(cost))
    for warning in cost_warnings(cost):
        log.warning(warning)
    return cost


def _show(table: "RichTable", log: Any) -> None:
    from rich.console import Console

    text = StringIO()
    Console(file=text, width=_LOG_WIDTH, color_system=None).print(table)
    for line in text.getvalue().splitlines():
        log.info(line.rstrip())
