"""Starting and finishing a release from Airflow, on a clone and a bare remote."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from airflow_bluegreen.actions.read_release import plan_over
from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.core.lifecycle import begin
from airflow_bluegreen.core.model import Phase, Profile
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.hooks.git import open_clone, open_remote
from airflow_bluegreen.hooks.platform import Site
from airflow_bluegreen.operators.release_flow import FinishReleaseOperator, StartReleaseOperator
from tests.cli.test_release_flow import Team
from tests.fakes.platform import FakeCluster

SITE = "AIRFLOW__BLUEGREEN__SITE"
V, BRANCH = "v1.0.1", "release/v1.0.1"


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Team(tmp_path)


def site_with_v1_0_0_live(project: str, environment: str, ref: str) -> Site:
    """For ``[bluegreen] site``: the ledger says that the clone's v1.0.0 is live."""
    cluster = FakeCluster()
    repository = GitRepository(project)
    plan, _ = plan_over(repository, repository.resolve("v1.0.0"), None)
    live = replace(begin(plan, at="2025-02-01T00:00:00Z"), phase=Phase.LIVE)
    cluster.releases.save(live, expected=None)
    return Site(platform=cluster.platform, profile=Profile(name=environment))


def start(team: Team, **wishes: Any) -> dict[str, Any]:
    operator = StartReleaseOperator(task_id="start", project=str(team.clone.path), version=V, **wishes)
    return operator.execute({})


def finish(team: Team, **wishes: Any) -> dict[str, Any]:
    operator = FinishReleaseOperator(task_id="finish", project=str(team.clone.path), version=V, **wishes)
    return operator.execute({})


def test_started_and_finished_with_a_second_try_each(team: Team) -> None:
    effects = start(team)
    assert [move["ref"] for move in effects["pushed"]] == [f"refs/heads/{BRANCH}"]
    assert start(team)["pushed"] == []
    assert [made["subject"] for made in finish(team)["commits"]] == [
        "Merge branch 'release/v1.0.1' into main",
        "Merge release v1.0.1 into develop",
    ]
    assert finish(team)["pushed"] == []
    assert f"refs/tags/{V}" in team.origin_refs()
    assert BRANCH not in team.origin_refs()


def test_without_pushing(team: Team) -> None:
    before = team.origin_refs()
    start(team, push=False)
    finish(team, push=False)
    assert team.origin_refs() == before
    assert f"refs/tags/{V}" in team.refs()


def test_the_versions_follow_what_is_live_and_only_what_is_live_is_finished(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SITE, f"{__name__}.{site_with_v1_0_0_live.__name__}")
    start(team, environment="local")
    assert "int_3_v2" in team.shown(f"{BRANCH}:pipelines/intermediates/p1/int_3/sql-scripts/dml.int_3.sql")
    with pytest.raises(AirflowFailException, match=r"release v1\.0\.1 is not deployed there"):
        finish(team, environment="local")
    finish(team)


def test_a_remote_that_cannot_be_reached_may_be_tried_again(team: Team) -> None:
    team.clone.git("config", "remote.origin.url", "http://127.0.0.1:1/x.git")
    before = team.refs()
    with pytest.raises(AirflowException, match="origin cannot be reached") as failed:
        start(team)
    assert not isinstance(failed.value, AirflowFailException)
    assert team.refs() == before


def test_a_connection_of_the_git_provider_opens_the_remote(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.clone.git("config", "remote.origin.url", "http://127.0.0.1:1/never.git")
    monkeypatch.setenv("AIRFLOW_CONN_MY_GIT", json.dumps({"conn_type": "git", "host": str(team.origin)}))
    start(team, git_conn_id="my_git")
    assert BRANCH in team.origin_refs()


def test_the_token_of_a_connection_is_not_shown(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"conn_type": "git", "host": "http://127.0.0.1:1/x.git"}
    login = {"login": "ada", "password": "s3cret-t0ken"}
    monkeypatch.setenv("AIRFLOW_CONN_MY_GIT", json.dumps({**fields, **login}))
    with pytest.raises(AirflowException, match="origin cannot be reached") as failed:
        start(team, git_conn_id="my_git")
    assert "s3cret" not in str(failed.value)


def test_the_environment_may_name_the_connection(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = open_clone(str(team.clone.path), git_conn_id="nowhere").remote
    assert lost is not None
    with pytest.raises(ConfigurationError, match="Airflow has no connection nowhere"):
        lost.fetch(["refs/heads/main"])
    settings = open_clone(str(team.clone.path)).settings
    assert open_remote(str(team.clone.path), type(settings)()) is None
    monkeypatch.setenv("AIRFLOW_CONN_MY_GIT", json.dumps({"conn_type": "git", "host": str(team.origin)}))
    team.clone.git("checkout", "--quiet", "--force", "develop")
    file = team.clone.path / "bluegreen.yaml"
    text = file.read_text().replace("kafka: kafka_default", "git: my_git")
    team.clone.commit({"bluegreen.yaml": text})
    team.clone.git("config", "remote.origin.url", "http://127.0.0.1:1/never.git")
    remote = open_clone(str(team.clone.path), environment="local").remote
    assert remote is not None
    assert "refs/heads/main" in remote.fetch(["refs/heads/main"])
