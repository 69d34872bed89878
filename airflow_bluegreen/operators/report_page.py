"""The report of a run: gathered from what its tasks left, written as page, JSON and Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.core.documents import from_json
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Plan, Project, ReleaseCost, TableComparison
from airflow_bluegreen.exceptions import StaleGraphError
from airflow_bluegreen.hooks.plan_site import PlanSite
from airflow_bluegreen.hooks.reports import JSON, MARKDOWN, PAGE, write_reports
from airflow_bluegreen.operators.table_tasks import task_id_of
from airflow_bluegreen.report import Report, html_page, json_text, markdown


def comparisons_of_run(plan: Plan, task_instance: Any, deploy_group: str) -> tuple[TableComparison, ...]:
    """What the tables' ``compare`` tasks left in this run, in the plan's order.

    :raises StaleGraphError: a table of the plan was not compared, because its tasks are not in the run any
        more.
    """
    green = [planned.table for planned in plan.tables if planned.green is not None]
    left = {
        table: task_instance.xcom_pull(task_ids=task_id_of(deploy_group, table, "compare")) for table in green
    }
    missing = [table for table, text in left.items() if not isinstance(text, str)]
    if missing:
        raise StaleGraphError(
            f"{', '.join(missing)} of {plan.release.ref} was not compared: the graph changed during the run",
            remedy="Nothing was cut over. Start the release again",
        )
    return tuple(from_json(TableComparison, text) for text in left.values())


def cost_of(text: str) -> ReleaseCost | None:
    """What ``plan`` left of the costs; None where nobody could tell them."""
    return from_json(ReleaseCost, text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the page is, and the report as Markdown."""

    address: str
    markdown: str


def write_report(
    work: PlanSite,
    task_instance: Any,
    comparisons: Sequence[TableComparison],
    *,
    cost: ReleaseCost | None = None,
    cut_over: Sequence[str] | None = None,
    preflight: Sequence[str] | None = None,
) -> Written:
    """Write the report of the run, over an earlier one.

    :param cost: what the release costs; None where nobody could tell.
    :param cut_over: what was seen after the cut-over, a line each; None before it.
    :param preflight: what the preflight of a dry run found, a line each; None for a release.
    """
    project = load_project(work.platform.repository, work.plan.release.sha, work.platform.front_end)
    report = Report(
        plan=work.plan,
        comparisons=tuple(comparisons),
        lineage=_lineage(project),
        generated_at=f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M:%S} UTC",
        cost=cost,
        cut_over=None if cut_over is None else tuple(cut_over),
        preflight=None if preflight is None else tuple(preflight),
        sources={path: project.files.get(path, "") for path in work.plan.rewritten},
    )
    told = markdown(report)
    texts = {PAGE: html_page(report), JSON: json_text(report), MARKDOWN: told}
    return Written(address=write_reports(task_instance.dag_id, task_instance.run_id, texts), markdown=told)


def _lineage(project: Project) -> Mapping[str, tuple[str, ...]]:
    lineage = Lineage(project)
    return {table: (*lineage.inputs(table), *lineage.external_inputs(table)) for table in lineage.tables}
