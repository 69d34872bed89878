"""The report of a release, as the file that it goes to wants it."""

from typing import TYPE_CHECKING

from airflow_bluegreen.actions.ledger import now
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.starting import Starts, measure
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.exceptions import BluegreenError
from airflow_bluegreen.report import Report, html_page, json_text, markdown

if TYPE_CHECKING:
    from airflow_bluegreen.cli.session import Session
    from airflow_bluegreen.core.model import Plan, Project, ReleaseCost, TableComparison


def report_text(
    session: "Session", plan: "Plan", comparisons: "tuple[TableComparison, ...]", suffix: str
) -> str:
    """The page; as JSON for ``.json`` and as Markdown for ``.md``."""
    project = load_project(session.platform.repository, plan.release.sha)
    lineage = Lineage(project)
    made = Report(
        plan=plan,
        comparisons=comparisons,
        lineage={name: (*lineage.inputs(name), *lineage.external_inputs(name)) for name in lineage.tables},
        generated_at=now(session.platform.clock),
        cost=_cost(session, plan, project),
        sources={path: project.files.get(path, "") for path in plan.rewritten},
    )
    return {".json": json_text, ".md": markdown}.get(suffix, html_page)(made)


def _cost(session: "Session", plan: "Plan", project: "Project") -> "ReleaseCost | None":
    """None, with a note why, where nobody could be asked: a report is worth reading without it."""
    try:
        return measure(Starts(platform=session.platform, plan=plan, profile=session.profile), project)
    except BluegreenError as error:
        session.say(f"note: without costs: {error}")
        return None
