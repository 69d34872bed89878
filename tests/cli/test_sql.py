import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_bluegreen.cli.sql import app

RUN = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dml.fact_2.sql"
    path.write_bytes(
        b"\xef\xbb\xbf-- caf\xc3\xa9\r\nCREATE TABLE `fact_2` (id INT);\r\n"
        b"INSERT INTO fact_2 SELECT * FROM db.int_3, int_2;\r\n"
    )
    return path


def test_inputs(file: Path) -> None:
    result = RUN.invoke(app, ["inputs", str(file)])

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "statements": [
            {"kind": "create_table", "outputs": ["fact_2"], "inputs": []},
            {"kind": "insert", "outputs": ["fact_2"], "inputs": ["db.int_3", "int_2"]},
        ]
    }


@pytest.mark.parametrize("arguments", [["inputs"], ["inputs", "-"]])
def test_inputs_of_standard_input(arguments: list[str]) -> None:
    result = RUN.invoke(app, arguments, input="SELECT * FROM a")

    assert json.loads(result.stdout)["statements"][0]["inputs"] == ["a"]


def test_rename_keeps_every_other_byte(file: Path) -> None:
    result = RUN.invoke(
        app, ["rename", "--rename", "int_3=int_3_v2", "--rename", "fact_2=fact_2_v2", str(file)]
    )

    assert result.exit_code == 0
    expected = file.read_bytes().replace(b"int_3", b"int_3_v2").replace(b"fact_2", b"fact_2_v2")
    assert result.stdout_bytes == expected


def test_diff(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sql", tmp_path / "new.sql"
    old.write_text("INSERT INTO t SELECT a, b AS c FROM x;")
    new.write_text("INSERT INTO t SELECT a, b + 1 AS c FROM x WHERE a > 1;")

    result = RUN.invoke(app, ["diff", str(old), str(new)])

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "change": "semantic",
        "reasons": ["column c changed: b → b + 1", "filter added: a > 1"],
        "columns": {"changed": ["c"], "added": [], "removed": []},
        "rows_may_change": True,
    }


def test_diff_against_standard_input(tmp_path: Path) -> None:
    new = tmp_path / "new.sql"
    new.write_text("SELECT 1 -- one")

    result = RUN.invoke(app, ["diff", "-", str(new)], input="select 1")

    assert json.loads(result.stdout)["change"] == "cosmetic"


@pytest.mark.parametrize("command", [["inputs"], ["rename", "--rename", "a=b"]])
def test_errors_are_one_line_with_the_place(tmp_path: Path, command: list[str]) -> None:
    bad = tmp_path / "bad.sql"
    bad.write_text("SELECT 1;\nINSERT INTO t SELEC 1")

    result = RUN.invoke(app, [*command, str(bad)])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"{bad}:2:")
    assert result.stderr.count("\n") == 1


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sql"
    bad.write_bytes(b"-- x\nSELECT '\xff'")

    result = RUN.invoke(app, ["inputs", str(bad)])

    assert result.exit_code == 1
    assert result.stderr == f"{bad}:2: byte 13 is no UTF-8. Save the file as UTF-8\n"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["inputs", str(tmp_path / "none.sql")])

    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


@pytest.mark.parametrize("pair", ["a", "=b", "a=", ""])
def test_malformed_rename_is_a_usage_error(pair: str) -> None:
    result = RUN.invoke(app, ["rename", "--rename", pair], input="SELECT 1")

    assert result.exit_code == 2
    assert "OLD=NEW" in result.stderr


def test_a_rename_of_what_is_not_there_is_noted(file: Path) -> None:
    result = RUN.invoke(app, ["rename", "--rename", "nope=b", "--rename", "int_2=int_2_v2", str(file)])

    assert result.exit_code == 0
    assert result.stderr == f"note: {file} names no table nope\n"


def test_two_new_names_for_one_table_are_a_usage_error() -> None:
    result = RUN.invoke(app, ["rename", "--rename", "a=b", "--rename", "a=c"], input="SELECT 1")

    assert result.exit_code == 2
    assert "both b and c" in result.stderr


def test_standard_input_is_not_compared_with_itself() -> None:
    result = RUN.invoke(app, ["diff", "-", "-"], input="SELECT * FROM a")

    assert result.exit_code == 2
    assert "once only" in result.stderr
