"""The report tab: for logged-in users who may read the run, for nobody else, and for nothing but reports."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_bluegreen.hooks.reports import write_reports
from airflow_bluegreen.links.report import report_url
from airflow_bluegreen.plugins.report import BluegreenReportPlugin

if TYPE_CHECKING:
    from starlette.testclient import TestClient

# Airflow's API server imports what warns.
pytestmark = pytest.mark.filterwarnings("default")

RUN = "manual__2026-01-01T00:00:00+00:00"
PAGE = "<!doctype html><title>int_3</title>"


@pytest.fixture(scope="module")
def api(airflow_db: None) -> "Iterator[TestClient]":
    from airflow.api_fastapi.app import create_app, purge_cached_app
    from starlette.testclient import TestClient

    with TestClient(create_app(apps="core"), raise_server_exceptions=False) as client:
        yield client
    purge_cached_app()


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path / "reports"))
    (tmp_path / "secret.html").write_text("not for everybody")
    write_reports("release", RUN, {"html": PAGE, "json": "{}", "md": "# int_3"})
    return report_url("release", RUN)


def token(role: str | None = "admin") -> str:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    made: str = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ada", role=role))
    return made


@pytest.mark.parametrize("form", ["", "/json", "/md"])
def test_without_login_there_is_no_report(api: "TestClient", report: str, form: str) -> None:
    answer = api.get(report + form)
    assert answer.status_code == 401
    assert "int_3" not in answer.text


@pytest.mark.parametrize("form", ["", "/json", "/md"])
def test_who_may_not_read_the_dag_may_not_read_its_report(api: "TestClient", report: str, form: str) -> None:
    answer = api.get(report + form, headers={"Authorization": f"Bearer {token(role=None)}"})
    assert answer.status_code == 403
    assert "int_3" not in answer.text


def test_a_forged_token_does_not_help(api: "TestClient", report: str) -> None:
    assert api.get(report, headers={"Authorization": "Bearer a.b.c"}).status_code in (401, 403)


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_a_token_shows_the_report(api: "TestClient", report: str, role: str) -> None:
    answer = api.get(report, headers={"Authorization": f"Bearer {token(role)}"})
    assert (answer.status_code, answer.text) == (200, PAGE)


def test_the_cookie_of_the_web_interface_does_too_as_in_its_frame(api: "TestClient", report: str) -> None:
    answer = api.get(report, headers={"Cookie": f"_token={token()}"})
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["/bluegreen/report/../secret", "/bluegreen/report/..%2F/secret", "/bluegreen/report/%2e%2e/secret"],
)
def test_nothing_but_reports(api: "TestClient", report: str, path: str) -> None:
    answer = api.get(path, headers={"Authorization": f"Bearer {token()}"})
    assert "not for everybody" not in answer.text


@pytest.mark.parametrize(
    ("form", "text", "kind"), [("json", "{}", "application/json"), ("md", "# int_3", "text/markdown")]
)
def test_programs_get_it_too(api: "TestClient", report: str, form: str, text: str, kind: str) -> None:
    answer = api.get(f"{report}/{form}", headers={"Authorization": f"Bearer {token()}"})
    assert (answer.status_code, answer.text) == (200, text)
    assert answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("form", ["html", "txt", "..", "%2e%2e"])
def test_there_are_no_other_forms(api: "TestClient", report: str, form: str) -> None:
    answer = api.get(f"{report}/{form}", headers={"Authorization": f"Bearer {token()}"})
    assert answer.status_code == 404


def test_a_run_without_report_says_so(api: "TestClient", report: str) -> None:
    answer = api.get(report_url("release", "other"), headers={"Authorization": f"Bearer {token()}"})
    assert answer.status_code == 404
    assert "no blue/green report yet" in answer.text


def test_the_tab_leads_to_the_page() -> None:
    view = BluegreenReportPlugin.external_views[0]
    assert view["destination"] == "dag_run"
    assert view["href"].format(DAG_ID="release", RUN_ID="r1") == report_url("release", "r1")
