import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_bluegreen.cli.root import app
from airflow_bluegreen.cli.stack import environment
from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack.addresses import endpoints_of
from airflow_bluegreen.stack.parts import PORT_NAMES

RUN = CliRunner()


def test_the_variables_that_other_commands_read() -> None:
    endpoints = Endpoints(
        gateway_url="http://127.0.0.1:1",
        flink_url="http://127.0.0.1:2",
        kafka={"bootstrap.servers": "127.0.0.1:3"},
        connect_url="http://127.0.0.1:4",
        registry_url="http://127.0.0.1:5/apis/ccompat/v7",
    )
    assert environment(endpoints) == {
        "BLUEGREEN_FLINK_GATEWAY_URL": "http://127.0.0.1:1",
        "BLUEGREEN_FLINK_URL": "http://127.0.0.1:2",
        "BLUEGREEN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:3",
        "BLUEGREEN_KAFKA_CONNECT_URL": "http://127.0.0.1:4",
        "BLUEGREEN_SCHEMA_REGISTRY_URL": "http://127.0.0.1:5/apis/ccompat/v7",
    }


def test_status_of_no_stack_is_a_failed_check(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["stack", "status", "--json", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert json.loads(result.output) == {"directory": str(tmp_path), "parts": []}


def test_down_is_idempotent(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["stack", "down", "--dir", str(tmp_path)])
    assert result.exit_code == 0
    assert "nothing runs" in result.output


def test_env_without_a_stack_says_how_to_get_one(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["stack", "env", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "bluegreen stack up" in result.output


def test_a_part_of_no_stack_cannot_be_restarted(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["stack", "restart", "kafka", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "bluegreen stack up" in result.output


@pytest.mark.parametrize("name", ["..", "a/b", ""])
def test_a_name_cannot_leave_the_folder_of_stacks(name: str) -> None:
    assert RUN.invoke(app, ["stack", "status", "--name", name]).exit_code == 2


def test_the_lakes_address_comes_with_a_lake() -> None:
    endpoints = endpoints_of({**dict.fromkeys(PORT_NAMES, 1), "postgres": 5})
    assert (
        environment(endpoints)["BLUEGREEN_LAKE_URL"] == "postgresql+psycopg://postgres@127.0.0.1:5/postgres"
    )


def test_an_optional_part_that_there_is_not() -> None:
    result = RUN.invoke(app, ["stack", "up", "--with", "delta"])
    assert result.exit_code == 2
    assert "iceberg" in result.output
