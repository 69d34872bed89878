"""The page of an environment in Airflow: who sees which, and who writes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import DAG

from airflow_bluegreen.exceptions import TransientError
from airflow_bluegreen.hooks.environment_pages import (
    known_environments,
    read_environment_page,
    write_environment_page,
)
from airflow_bluegreen.operators.environment import LookAtEnvironmentOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.plugins.report import BluegreenReportPlugin
from tests.airflow.shared_cluster import SharedCluster

if TYPE_CHECKING:
    from starlette.testclient import TestClient

# Airflow's API server imports what warns.
pytestmark = pytest.mark.filterwarnings("default")

PAGE = "<!doctype html><title>v1.0.1 is live</title>"
PLACE: Any = {"project": "/srv/retail", "environment": "local"}


@pytest.fixture(scope="module")
def api(airflow_db: None) -> "Iterator[TestClient]":
    from airflow.api_fastapi.app import create_app, purge_cached_app
    from starlette.testclient import TestClient

    with TestClient(create_app(apps="core"), raise_server_exceptions=False) as client:
        yield client
    purge_cached_app()


@pytest.fixture(scope="module")
def known_dags(airflow_db: None) -> None:
    """Rows of DAGs in Airflow's database."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    with create_session() as session:
        session.merge(DagBundleModel(name="pages"))
        session.flush()
        for dag_id in ("release", "rollback", "other"):
            session.merge(DagModel(dag_id=dag_id, bundle_name="pages", fileloc="/dags/a.py"))


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known_dags: None) -> None:
    """Two DAGs work on one environment."""
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path / "reports"))
    write_environment_page("release", "retail", "production", "old", clone="/srv/retail")
    write_environment_page("rollback", "retail", "production", PAGE, clone="/srv/retail")


def token(role: str | None = "viewer") -> dict[str, str]:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    made = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="ada", role=role))
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize("query", ["", "?dag_id=release"])
def test_without_login_there_is_no_page(api: "TestClient", pages: None, query: str) -> None:
    answer = api.get(f"/bluegreen/environment{query}")
    assert answer.status_code == 401
    assert "live" not in answer.text


@pytest.mark.parametrize("query", ["", "?dag_id=release"])
def test_who_may_not_read_the_dag_may_not_read_its_page(api: "TestClient", pages: None, query: str) -> None:
    answer = api.get(f"/bluegreen/environment{query}", headers=token(role=None))
    assert answer.status_code == 403
    assert "live" not in answer.text


@pytest.mark.parametrize("query", ["", "?dag_id=release", "?dag_id=rollback"])
def test_who_may_read_it_sees_the_page_that_was_written_last(
    api: "TestClient", pages: None, query: str
) -> None:
    answer = api.get(f"/bluegreen/environment{query}", headers=token())
    assert (answer.status_code, answer.text) == (200, PAGE)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


def test_who_may_see_a_dag_and_not_its_runs_is_shown_nothing(
    api: "TestClient", pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity

    manager = get_auth_manager()
    ask: Any = manager.is_authorized_dag

    def without_runs(*, access_entity: Any = None, details: Any = None, **asked: Any) -> bool:
        of_a_dag = details is not None and details.id is not None
        return not (of_a_dag and access_entity is DagAccessEntity.RUN) and ask(
            access_entity=access_entity, details=details, **asked
        )

    monkeypatch.setattr(manager, "is_authorized_dag", without_runs)
    assert api.get("/bluegreen/environment", headers=token()).status_code == 403


def test_of_several_environments_one_is_chosen(api: "TestClient", pages: None) -> None:
    write_environment_page("other", "<b>shop", "staging", "other page", clone="/srv/retail")
    answer = api.get("/bluegreen/environment", headers=token())
    assert answer.status_code == 200
    assert "staging of &lt;b&gt;shop" in answer.text
    assert "href='?dag_id=other'" in answer.text
    assert api.get("/bluegreen/environment?dag_id=other", headers=token()).text == "other page"


def test_pages_of_dags_that_are_gone_are_shown_to_nobody(api: "TestClient", pages: None) -> None:
    write_environment_page("gone", "shop", "staging", "other page", clone="/srv/retail")
    assert api.get("/bluegreen/environment", headers=token()).text == PAGE


@pytest.mark.parametrize("dag_id", ["nobody", "..", "%2e%2e%2fsecret"])
def test_there_are_no_other_pages(api: "TestClient", pages: None, dag_id: str) -> None:
    assert api.get(f"/bluegreen/environment?dag_id={dag_id}", headers=token()).status_code == 404


def test_before_the_first_look_it_says_so(
    api: "TestClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path / "none"))
    answer = api.get("/bluegreen/environment", headers=token())
    assert answer.status_code == 404
    assert "bluegreen_environment" in answer.text


def test_the_menu_leads_to_it_outside_of_airflows_frame() -> None:
    (entry,) = (one for one in BluegreenReportPlugin.external_views if one["destination"] == "nav")
    assert entry["href"] == "/bluegreen/environment"
    assert "url_route" not in entry


@pytest.fixture
def looking(snapshot_file: Path, shared_cluster: SharedCluster) -> LookAtEnvironmentOperator:
    with DAG(dag_id="bluegreen_environment", schedule=None):
        return LookAtEnvironmentOperator(task_id="look", **PLACE)


def page_of(dag_id: str) -> str:
    found = read_environment_page(known_environments()[dag_id][0])
    assert found is not None
    return found


def test_a_look_writes_the_page(looking: LookAtEnvironmentOperator) -> None:
    assert Path(looking.execute({})).exists()
    assert "v1.0.0 is live" in page_of("bluegreen_environment")
    assert 'href="../dags/bluegreen_rollback"' in page_of("bluegreen_environment")


def test_the_rollback_dag_may_have_another_name(
    looking: LookAtEnvironmentOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__ROLLBACK_DAG", "undo_{environment}")
    looking.execute({})
    assert 'href="../dags/undo_local"' in page_of("bluegreen_environment")


def test_a_rollback_renews_the_page(looking: LookAtEnvironmentOperator) -> None:
    looking.execute({})
    with DAG(dag_id="bluegreen_rollback", schedule=None):
        task = RollBackOperator(task_id="roll_back", release="v1.0.0", deferrable=False, **PLACE)
    task.execute({})
    assert page_of("bluegreen_environment") == page_of("bluegreen_rollback")
    assert "Nothing is live" in page_of("bluegreen_environment")


def test_a_page_that_cannot_be_written_fails_no_release(
    looking: LookAtEnvironmentOperator, shared_cluster: SharedCluster
) -> None:
    from airflow_bluegreen.hooks.platform import open_site
    from airflow_bluegreen.operators.environment import renew_page

    site = open_site("/srv/retail", "local", "HEAD")
    with shared_cluster.use() as world:
        world.releases.fail_next("records", TransientError("Kafka did not answer", remedy="Wait"))
    renew_page(looking, site.platform, site.profile)
    assert "bluegreen_environment" not in known_environments()


def test_a_page_that_has_no_place_fails_no_release(
    looking: LookAtEnvironmentOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow_bluegreen.hooks.platform import open_site
    from airflow_bluegreen.operators.environment import renew_page

    site = open_site("/srv/retail", "local", "HEAD")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", "nowhere://reports")
        renew_page(looking, site.platform, site.profile)
    assert "bluegreen_environment" not in known_environments()


def test_projects_without_a_name_do_not_share_a_page(pages: None) -> None:
    write_environment_page("release", "project", "production", "ours", clone="/srv/ours")
    write_environment_page("other", "project", "production", "theirs", clone="/srv/theirs")
    keys = {dag: key for dag, (key, _) in known_environments().items()}
    assert read_environment_page(keys["release"]) == "ours"
    assert read_environment_page(keys["other"]) == "theirs"


def test_what_else_lies_there_is_left_alone(pages: None, tmp_path: Path) -> None:
    (tmp_path / "reports" / ".environments" / "half.dag").write_text("half\n")
    assert set(known_environments()) == {"release", "rollback"}
