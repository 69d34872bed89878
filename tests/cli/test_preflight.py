import json

from click.testing import Result
from typer.testing import CliRunner

from airflow_bluegreen.cli.preflight import app
from airflow_bluegreen.exceptions import BluegreenError
from tests.cli.test_release import Terminal, done


def looking(terminal: Terminal, *options: str) -> Result:
    return CliRunner().invoke(app, ["--release", "v1.0.1", *options], obj=terminal.open)


def test_a_preflight_touches_nothing_not_even_the_ledger() -> None:
    terminal = Terminal()
    before = terminal.world.snapshot()
    looked = done(looking(terminal))
    assert terminal.world.snapshot() == before
    assert looked.stdout == ""
    assert "preflight passed: 4 statements explained" in looked.stderr


def test_a_preflight_lists_everything_and_ends_with_1() -> None:
    terminal = Terminal()
    terminal.world.cluster.gateway.rejections["fact_3_v2"] = "no such column"
    terminal.world.cluster.jobs.slots = 12
    result = looking(terminal)
    assert isinstance(result.exception, BluegreenError)
    assert "found 2 problems (in fact_3, the environment)" in str(result.exception)
    assert result.stdout.splitlines()[:2] == ["2 findings:", "  fact_3"]


def test_a_preflight_for_programs() -> None:
    terminal = Terminal()
    passed = json.loads(done(looking(terminal, "--json")).stdout)
    assert passed == {"release": "v1.0.1", "environment": "local", "passed": True, "findings": []}
    terminal.world.cluster.gateway.rejections["fact_3_v2"] = "no such column"
    refused = looking(terminal, "--json")
    assert refused.exit_code == 1
    found = json.loads(refused.stdout)
    assert not found["passed"]
    assert found["findings"] == [
        {
            "severity": "finding",
            "look": "statements",
            "table": "fact_3",
            "what": "Flink rejects dml.fact_3: no such column",
            "where": "pipelines/facts/p1/fact_3/sql-scripts/dml.fact_3.sql:1:1",
            "remedy": "Mend the SQL",
        }
    ]
