"""A release that is only looked at: preflight and rewritten SQL, while nothing anywhere is changed."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from airflow_bluegreen.actions.preflight import look_ahead
from airflow_bluegreen.actions.preflight.looking import refusal
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.core.explain import plan_markdown
from airflow_bluegreen.core.findings import report_lines, summary
from airflow_bluegreen.hooks.plan_site import PlanSite
from airflow_bluegreen.operators.log_groups import log_group
from airflow_bluegreen.operators.report_page import write_report

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import Plan, ReleaseCost
    from airflow_bluegreen.hooks.platform import Site

DRY_RUN_KEY = "dry_run"
"""The XCom key with all of it as Markdown."""


def look_only(
    site: "Site", plan: "Plan", log: Any, task_instance: Any, *, cost: "ReleaseCost | None" = None
) -> None:
    """Log what the preflight finds and how the SQL would be rewritten; all of it is left as XCom, too, and as
    the report of the run.

    :param cost: what the release would cost; None where nobody could tell.

    :raises StatementError: Flink rejects a statement.
    :raises ConflictError: the preflight found anything else that would refuse the release.
    :raises TransientError: a server cannot be reached.
    """
    findings = look_ahead(site.platform, plan, site.profile)
    found = [*report_lines(findings), summary(plan, findings)]
    project = load_project(site.platform.repository, plan.release.sha, site.platform.front_end)
    diff = list(_diff(project.files, plan.rewritten))
    for title, lines in {"Preflight": found, "Rewritten SQL": diff or ["no file would be rewritten"]}.items():
        log_group(log, title, lines)
    # Indented, since SQL may hold any fence.
    blocks = [
        f"### {title}\n\n" + "".join(f"    {line}\n" for line in lines)
        for title, lines in {"Preflight": found, "Rewritten SQL": diff}.items()
    ]
    task_instance.xcom_push(key=DRY_RUN_KEY, value="\n".join([plan_markdown(plan), *blocks]))
    work = PlanSite(plan=plan, platform=site.platform, profile=site.profile)
    write_report(work, task_instance, (), cost=cost, preflight=found)
    error = refusal(plan, findings)
    if error is not None:
        raise error
    log.info("Dry run: nothing was changed. Start %s without it to release.", plan.release.ref)


def _diff(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for path, text in sorted(after.items()):
        old = before.get(path, "")
        yield from unified_diff(old.splitlines(), text.splitlines(), f"a/{path}", f"b/{path}", lineterm="")
