"""What a review would ask each time, asked by a test."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "airflow_bluegreen"
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" and "__pycache__" not in path.parts
)
TESTS = "\n".join(path.read_text() for path in sorted((ROOT / "tests").rglob("*.py")))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("module", MODULES, ids=dotted)
def test_modules_stay_small(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 500


def test_core_and_command_line_start_without_airflow() -> None:
    code = (
        "import sys, airflow_bluegreen.cli, airflow_bluegreen.core.plan, airflow_bluegreen.actions;"
        "sys.exit(any(name == 'airflow' or name.startswith('airflow.') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from airflow_bluegreen.cli.root import app\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert result.exit_code == 0, result.output\n"
        "heavy = {'airflow', 'sqlglot', 'networkx', 'git', 'confluent_kafka', 'httpx', 'pydantic'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_production_code_imports_tests() -> None:
    guilty = [
        dotted(path) for path in MODULES if re.search(r"^\s*(from|import) tests\b", path.read_text(), re.M)
    ]
    assert guilty == []


def test_every_operator_stands_in_the_dag_or_its_reference() -> None:
    operators = {
        name
        for path in (PACKAGE / "operators").glob("*.py")
        for name in re.findall(r"^class (\w+Operator)\b", path.read_text(), re.M)
    }
    factory = "\n".join(path.read_text() for path in PACKAGE.glob("dag_factory*/**/*.py")) + "\n".join(
        path.read_text() for path in PACKAGE.glob("dag_factory*.py")
    )
    reference = (ROOT / "docs" / "reference" / "operators.md").read_text()
    assert operators
    assert sorted(name for name in operators if name not in factory) == []
    assert sorted(name for name in operators if name not in reference) == []
