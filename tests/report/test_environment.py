"""The page of an environment: what it says, and that every text stays a text."""

import re
from dataclasses import replace

import pytest

from airflow_bluegreen.core.environment import EnvironmentState
from airflow_bluegreen.report import environment_page
from airflow_bluegreen.report.content import Standing
from airflow_bluegreen.report.environment import headline, moment
from tests.report import environments


def words(state: EnvironmentState, rollback_dag: str = "bluegreen_rollback") -> str:
    """The page's text, on one line."""
    body = environment_page(state, rollback_dag=rollback_dag).partition("</style>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


@pytest.mark.parametrize(
    ("state", "standing", "text"),
    [
        (environments.well(), Standing.PASS, "v1.0.1 is live"),
        (environments.drifted(), Standing.FAIL, "v1.0.1 is live, and not as it is meant to be"),
        (environments.unknown(), Standing.WARN, "v1.0.1 is live"),
        (environments.partly_known(), Standing.WARN, "v1.0.1 is live"),
        (environments.in_progress(), Standing.PENDING, "Release v1.0.2 is in progress"),
        (environments.empty(), Standing.PENDING, "Nothing is live"),
    ],
)
def test_on_top_stands_how_it_is(state: EnvironmentState, standing: Standing, text: str) -> None:
    told = headline(state)
    assert (told.standing, told.text) == (standing, text)
    assert told.text in words(state)
    assert told.detail in words(state)


def test_live_pinned_and_kept_tables_are_told() -> None:
    told = words(environments.well())
    assert "int_3 int_3_v2 2 2026-01-10 09:00 UTC v1.0.1" in told
    assert "fact_1 int_2 it reads no column that changes" in told
    assert "int_3 table v1.0.1 the rollback window is open, until 2026-01-17 09:00 UTC" in told
    assert "file:///savepoints/savepoint-1 savepoint v1.0.1 may be deleted" in told
    assert "as seen 2026-01-12 08:00 UTC" in told


def test_what_differs_is_told_with_its_remedy() -> None:
    told = words(environments.drifted())
    assert "dml.int_3_v2 runs 0 times" in told
    assert "`bluegreen repair`" in told
    assert "does not answer" in words(environments.unknown())
    assert "the lake does not answer" in words(environments.partly_known())


def test_the_button_leads_to_the_rollback_dag_and_names_the_release() -> None:
    page = environment_page(environments.well(), rollback_dag="roll back/it")
    assert 'href="../dags/roll%20back%2Fit"' in page
    assert "Roll back v1.0.1…" in page
    assert "Roll back v1.0.2…" in environment_page(environments.in_progress(), rollback_dag="r")


@pytest.mark.parametrize(
    ("state", "dag"), [(environments.well(), ""), (environments.empty(), "bluegreen_rollback")]
)
def test_without_a_dag_or_a_release_there_is_no_button(state: EnvironmentState, dag: str) -> None:
    assert "../dags/" not in environment_page(state, rollback_dag=dag)


def test_hostile_texts_stay_texts() -> None:
    page = environment_page(environments.hostile(), rollback_dag="r")
    assert "<script" not in page
    assert "{{" not in page.replace("{{7*7}}", "")
    assert page.count("</style>") == 1
    assert "\u202e" not in page
    assert "\\u202e" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_of_many_releases_the_newest_are_listed() -> None:
    state = environments.well()
    many = tuple(replace(state.releases[0], release=f"v2.{number}") for number in range(30))
    told = words(replace(state, releases=many))
    assert "v2.19" in told
    assert "v2.20" not in told
    assert "10 older ones are in the ledger" in told


def test_a_time_that_is_none_is_shown_as_it_is() -> None:
    assert moment("2026-01-12T08:00:00+00:00") == "2026-01-12 08:00 UTC"
    assert moment("") == ""
