"""``airflow bluegreen``: parsed by Airflow, asked by its connections."""

import json
from pathlib import Path

import pytest

from tests.airflow.shared_cluster import SharedCluster

# Airflow's command line imports what warns.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def process_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command sets for its process is taken back."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "")


def airflow(*arguments: str) -> None:
    """Run a command of Airflow, as its own parser understands it."""
    from airflow.cli.cli_parser import get_parser

    parsed = get_parser().parse_args(arguments)
    parsed.func(parsed)


def lost_job(shared: SharedCluster) -> None:
    with shared.use() as world:
        (job,) = world.jobs.named("dml.fact_2")
        world.jobs.cancel(job.job_id)


def test_airflow_has_the_group(
    snapshot_file: Path, shared_cluster: SharedCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow("bluegreen", "status", "--check")
    told = capsys.readouterr().out
    assert "local of retail: v1.0.0 is live" in told
    assert "a rollback is safe" in told
    assert "  fact_2: fact_2, since" in told


def test_what_differs_is_told_and_is_an_exit_code_where_that_is_asked_for(
    snapshot_file: Path, shared_cluster: SharedCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    lost_job(shared_cluster)
    airflow("bluegreen", "status")
    assert "drift: dml.fact_2" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        airflow("bluegreen", "status", "--check")
    assert ended.value.code == 1


def test_programs_get_json(
    snapshot_file: Path, shared_cluster: SharedCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    lost_job(shared_cluster)
    airflow("bluegreen", "status", "--json", "--environment", "staging")
    told = json.loads(capsys.readouterr().out)
    assert (told["environment"], told["live"]["release"]) == ("staging", "v1.0.0")
    assert told["drift"][0]["kind"] == "job-missing"


def test_an_error_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AIRFLOW__BLUEGREEN__PROJECT", raising=False)
    with pytest.raises(SystemExit) as ended:
        airflow("bluegreen", "status")
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "[bluegreen] project is not set" in line


def test_connections_of_airflows_database_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.execution_time.supervisor import ensure_secrets_backend_loaded

    def backends() -> list[str]:
        return [type(one).__name__ for one in ensure_secrets_backend_loaded()]

    monkeypatch.delenv("AIRFLOW__BLUEGREEN__PROJECT", raising=False)
    assert "MetastoreBackend" not in backends()
    with pytest.raises(SystemExit):
        airflow("bluegreen", "status")
    assert "MetastoreBackend" in backends()
