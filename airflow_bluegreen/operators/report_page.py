"""The report of a run: gathered from what its tasks left, written as one HTML file."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.core.documents import from_json
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Plan, Project, ReleaseCost, TableComparison
from airflow_bluegreen.exceptions import StaleGraphError
from airflow_bluegreen.hooks.plan_site import PlanSite
from airflow_bluegreen.hooks.settings import report_file
from airflow_bluegreen.operators.table_tasks import task_id_of
from airflow_bluegreen.report import build_report


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


def write_report(
    work: PlanSite,
    task_instance: Any,
    comparisons: Sequence[TableComparison],
    *,
    cost: ReleaseCost | None = None,
    cut_over: Sequence[str] | None = None,
) -> Path:
    """Write the report of the run, over an earlier one; returns its file.

    :param cost: what the release costs; None where nobody could tell.
    :param cut_over: what was seen after the cut-over, a line each; None before it.
    """
    project = load_project(work.platform.repository, work.plan.release.sha, work.platform.front_end)
    page = build_report(
        work.plan,
        comparisons,
        lineage=_lineage(project),
        cost=cost,
        cut_over=cut_over,
        generated_at=f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M:%S} UTC",
        diff="\n".join(_diff(project, work.plan)),
    )
    file = report_file(task_instance.dag_id, task_instance.run_id)
    _write(file, page)
    return file


def _lineage(project: Project) -> Mapping[str, tuple[str, ...]]:
    lineage = Lineage(project)
    return {table: (*lineage.inputs(table), *lineage.external_inputs(table)) for table in lineage.tables}


def _diff(project: Project, plan: Plan) -> Iterator[str]:
    for path, text in sorted(plan.rewritten.items()):
        before = project.files.get(path, "")
        yield from unified_diff(before.splitlines(), text.splitlines(), f"a/{path}", f"b/{path}", lineterm="")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".report.", delete=False) as part:
        part.write(text)
    # The API server may run as another user of the same group.
    os.chmod(part.name, 0o640)
    os.replace(part.name, file)
