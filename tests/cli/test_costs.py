"""``build-execution-plan --environment``: what the release costs, where somebody can tell."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from airflow_bluegreen.cli.root import app
from airflow_bluegreen.cli.session import OpenSession, Session
from airflow_bluegreen.demo.repository import create_repository
from airflow_bluegreen.exceptions import TransientError
from tests.actions.world import World


@pytest.fixture
def project(tmp_path: Path) -> Path:
    create_repository(tmp_path / "retail")
    return tmp_path / "retail"


def planned(project: Path, opener: OpenSession | None, *options: str) -> Result:
    command = ["build-execution-plan", f"--project={project}", "v1.0.1", *options]
    return CliRunner().invoke(app, command, obj=opener)


def opener_of(world: World) -> OpenSession:
    return lambda *_: Session(platform=world.platform, profile=world.profile, environment="local")


def test_costs_are_shown_with_the_plan(project: Path) -> None:
    world = World()
    result = planned(project, opener_of(world), "--environment=local")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "What it costs" in result.stdout
    page = planned(project, opener_of(world), "--environment=local", "--format=markdown").stdout
    assert "| int_3 | rebuild |" in page
    content = json.loads(planned(project, opener_of(world), "--environment=local", "--format=json").stdout)
    assert {one["table"] for one in content["cost"]["tables"]} == {"int_3", "fact_2", "fact_3", "view32"}


def test_no_environment_no_costs(project: Path) -> None:
    result = planned(project, opener_of(World()), "--format=json")
    assert json.loads(result.stdout)["cost"] is None


def test_servers_that_are_away_take_only_the_costs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.cluster.jobs.fail_next("jobs", TransientError("Flink does not answer"))
    result = planned(project, opener_of(world), "--environment=local", "--format=json")
    assert result.exit_code == 0
    assert "note: without costs: Flink does not answer" in result.stderr
    assert json.loads(result.stdout)["cost"] is None
    monkeypatch.delenv("BLUEGREEN_FLINK_URL", raising=False)
    unset = planned(project, None, "--environment=local", "--format=json")
    assert unset.exit_code == 0
    assert "BLUEGREEN_FLINK_URL" in unset.stderr
