"""The wheel, installed where only Airflow is, is a provider that Airflow lists."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.packaging


def uv() -> str:
    """The uv that the Makefile brought, or the one on the path."""
    own = ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    assert found, "no uv: run the tests by `make integration`"
    return found


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(uv(), "build", "--quiet", "--wheel", "--out-dir", str(out), ".")
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names}
    assert packages == {"airflow_bluegreen", wheel.name.split("-py3")[0] + ".dist-info"}
    assert any(name.startswith("airflow_bluegreen/demo/project/") and name.endswith(".sql") for name in names)
    assert any(
        name.startswith("airflow_bluegreen/report/templates/") and name.endswith(".j2") for name in names
    )


def test_a_bare_airflow_lists_the_provider(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    run(uv(), "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv"))
    versions = tmp_path / "versions.txt"
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    versions.write_text(
        "\n".join(line.rstrip(" \\") for line in lines if "==" in line and not line.startswith(" "))
    )
    install = (uv(), "pip", "install", "--quiet", "--python", str(python), "--constraint", str(versions))
    run(*install, "apache-airflow")
    run(*install, str(wheel))
    listed = run(
        str(python.with_name("airflow")),
        "providers",
        "list",
        "--output",
        "plain",
        AIRFLOW_HOME=str(tmp_path / "home"),
    )
    assert "airflow-bluegreen" in listed

    def airflow(*command: str) -> str:
        return run(str(python.with_name("airflow")), *command, AIRFLOW_HOME=str(tmp_path / "home"))

    assert "bluegreen_report" in airflow("plugins", "--output", "plain")
    assert airflow("config", "get-value", "bluegreen", "rollback_dag").split()[-1] == "bluegreen_rollback"
    assert "status" in airflow("bluegreen", "--help")
    helped = run(str(python.with_name("bluegreen")), "--help")
    assert "build-execution-plan" in helped
