import subprocess
import sys

import pytest
from typer.testing import CliRunner

from airflow_bluegreen import __version__
from airflow_bluegreen.cli.root import COMMANDS, app


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_the_version() -> None:
    assert run("--version") == (0, f"bluegreen {__version__}\n", "")


def test_the_help_lists_every_command() -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert [name for name in COMMANDS if name not in out] == []


@pytest.mark.parametrize("arguments", [["nothing"], ["lineage", "--nothing"], ["lineage", "--format", "x"]])
def test_what_is_not_understood_is_a_usage_error(arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Usage: " in err


def test_our_errors_are_one_line_and_an_exit_code() -> None:
    code, out, err = run("lineage", "--project", "no/such/folder")
    assert (code, out) == (1, "")
    assert err == "no folder no/such/folder. Give the project's folder with --project\n"


def test_the_command_is_installed_and_starts_without_airflow() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['bluegreen', '--version']\n"
        "from airflow_bluegreen.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'airflow', 'sqlglot', 'networkx', 'git', 'pydantic', 'rich.table'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"bluegreen {__version__}\n"), done.stderr
