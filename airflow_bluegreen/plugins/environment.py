"""The page of an environment in Airflow, for users who may read the runs of one of its DAGs."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_bluegreen.plugins.headers import HEADERS

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

_PLAIN = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>"
    "<meta name='viewport' content='width=device-width'>"
    "<body style='color-scheme: light dark; font-family: sans-serif; padding: 2em'>{body}"
)
_NO_PAGE = "No environment was looked at yet. The DAG <code>bluegreen_environment</code> does so."


def add_environment_pages(pages: "FastAPI") -> None:
    """``/environment`` shows the environment that the user may see, or a choice of several;
    ``/environment?dag_id=…`` that of a DAG.
    """
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
    from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
    from fastapi import Depends
    from fastapi.responses import HTMLResponse

    from airflow_bluegreen.hooks.environment_pages import known_environments, read_environment_page

    def show(key: str) -> HTMLResponse:
        page = read_environment_page(key)
        return _html(200, page) if page else _plain(404, "No page", _NO_PAGE)

    def runs_of(manager: Any, user: Any, dag_id: str) -> bool:
        """Whether the user may read the DAG's runs, as is asked of who names the DAG."""
        return bool(
            manager.is_authorized_dag(
                method="GET", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
            )
        )

    @pages.get("/environment", dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])
    def environment(user: GetUserDep, dag_id: str = "") -> HTMLResponse:
        """The page as it was written last."""
        known = known_environments()
        if dag_id:
            return show(known[dag_id][0]) if dag_id in known else _plain(404, "No page", _NO_PAGE)
        manager = get_auth_manager()
        readable = manager.get_authorized_dag_ids(user=user) if known else set()
        open_to_user = {
            dag: of for dag, of in known.items() if dag in readable and runs_of(manager, user, dag)
        }
        keys = {of[0] for of in open_to_user.values()}
        if len(keys) == 1:
            return show(keys.pop())
        if known and not keys:
            return _plain(403, "Forbidden", "You may read the runs of none of the DAGs that work on it.")
        return _choice(open_to_user) if keys else _plain(404, "No page", _NO_PAGE)


def _choice(known: Mapping[str, tuple[str, str]]) -> "HTMLResponse":
    by_name = {name: dag for dag, (_, name) in known.items()}
    links = "".join(
        f"<li style='margin: .5em 0'><a href='?dag_id={quote(dag, safe='')}'>{escape(name)}</a>"
        for name, dag in sorted(by_name.items())
    )
    return _plain(200, "Blue/green environments", f"<h1>Blue/green environments</h1><ul>{links}</ul>")


def _plain(status: int, title: str, body: str) -> "HTMLResponse":
    return _html(status, _PLAIN.format(title=title, body=body))


def _html(status: int, page: str) -> "HTMLResponse":
    from fastapi.responses import HTMLResponse

    return HTMLResponse(page, status_code=status, headers=HEADERS)
