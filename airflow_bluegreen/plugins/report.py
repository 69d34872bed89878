"""The comparison report of a run, as its tab in Airflow, for logged-in users; and the pages of
environments.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from airflow_bluegreen.links.report import REPORT_PREFIX
from airflow_bluegreen.plugins.environment import add_environment_pages
from airflow_bluegreen.plugins.headers import HEADERS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_NO_REPORT = (
    "<!doctype html><meta charset='utf-8'><title>No report</title>"
    "<body style='font-family: sans-serif; color: #555; padding: 2em'>"
    "This run has no blue/green report yet. The task <code>report</code> writes it."
)


class ReportPages:
    """The ASGI application; what it needs of Airflow's API is imported when the first request comes.

    Every task loads the plugins too, and must not pay for a web framework.
    """

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request."""
        await _pages()(scope, receive, send)


@cache
def _pages() -> "ASGIApp":
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from fastapi import Depends, FastAPI
    from fastapi.responses import HTMLResponse, Response

    from airflow_bluegreen.hooks.reports import JSON, MARKDOWN, PAGE, read_report

    pages = FastAPI(title="Blue/green releases", docs_url=None, redoc_url=None, openapi_url=None)
    may_read = [Depends(requires_access_dag("GET", DagAccessEntity.RUN))]

    @pages.get("/report/{dag_id}/{run_id}", dependencies=may_read)
    def report(dag_id: str, run_id: str) -> Response:
        """The report of a run, to users who may read the runs of its DAG."""
        page = read_report(dag_id, run_id, PAGE)
        if page is None:
            return HTMLResponse(_NO_REPORT, status_code=404, headers=HEADERS)
        return HTMLResponse(page, headers=HEADERS)

    @pages.get("/report/{dag_id}/{run_id}/{form}", dependencies=may_read)
    def report_as(dag_id: str, run_id: str, form: str) -> Response:
        """The same for programs (``json``), or to paste (``md``)."""
        kinds = {JSON: "application/json", MARKDOWN: "text/markdown"}
        text = read_report(dag_id, run_id, form) if form in kinds else None
        if text is None:
            return Response("no such report", status_code=404, media_type="text/plain", headers=HEADERS)
        return Response(text, media_type=kinds[form], headers=HEADERS)

    add_environment_pages(pages)
    return pages


class BluegreenReportPlugin(AirflowPlugin):
    """Adds the tab "Blue/green report" to every DAG run, and "Blue/green environments" to the menu."""

    name = "bluegreen_report"
    fastapi_apps: list[Any] = [  # noqa: RUF012 - Airflow declares it without ClassVar
        {"app": ReportPages(), "url_prefix": REPORT_PREFIX, "name": "Blue/green reports"}
    ]
    external_views: list[Any] = [  # noqa: RUF012 - Airflow declares it without ClassVar
        {
            "name": "Blue/green report",
            "href": f"{REPORT_PREFIX}/report/{{DAG_ID}}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "bluegreen_report",
        },
        # Without a route it opens as a page of its own: in Airflow's sandboxed frame its links lead nowhere.
        {"name": "Blue/green environments", "href": f"{REPORT_PREFIX}/environment", "destination": "nav"},
    ]
