"""Every console example of the documentation is run, and prints what it says.

A block that begins with ```` ```console ```` is a session in the golden scenario's repository: lines with ``$
`` are commands, what follows is their output, and a line ``...`` stands for any lines. Blocks in ```` ```sh
```` are for reading and are not run.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_bluegreen.demo.repository import create_repository

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)


def sessions() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, block in enumerate(BLOCK.findall(page.read_text()), 1):
            yield f"{page.relative_to(ROOT)}#{number}", block


def steps(session: str) -> Iterator[tuple[str, str]]:
    """The commands of a session with the output that the page promises."""
    for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def pattern(output: str) -> re.Pattern[str]:
    lines = [
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"[ ]*\n"
        for line in output.splitlines()
    ]
    return re.compile("".join(lines))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("docs") / "retail"
    create_repository(path)
    return path


@pytest.mark.parametrize(("name", "session"), [pytest.param(*each, id=each[0]) for each in sessions()])
def test_example(name: str, session: str, project: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }
    for command, output in steps(session):
        done = subprocess.run(
            command, shell=True, cwd=project, env=environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        printed = "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())
        assert pattern(output).fullmatch(printed), (
            f"{name}: $ {command}\nprinted:\n{printed}\npromised:\n{output}"
        )


def test_the_documentation_has_examples() -> None:
    assert len(list(sessions())) >= 5
