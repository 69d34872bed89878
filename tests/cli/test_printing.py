import os
import pty
import subprocess
import sys

import pytest

PRINTS = """
from rich.table import Table
from rich.tree import Tree
from airflow_bluegreen.cli.printing import print_out
table, tree = Table("table", "why", title="all of them"), Tree("t" * 20)
table.add_row("int_3", "w" * 150)
tree.add("x" * 200)
print_out(table, tree)
"""


def environment(**more: str) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")} | more


@pytest.mark.parametrize(("columns", "cut"), [({}, False), ({"COLUMNS": "60"}, True)])
def test_nothing_is_cut_in_a_pipe_unless_somebody_asks_for_it(columns: dict[str, str], cut: bool) -> None:
    command = [sys.executable, "-c", PRINTS]
    shown = subprocess.run(command, env=environment(**columns), capture_output=True, text=True, check=True)
    assert ("w" * 150 in shown.stdout) is not cut
    assert ("x" * 200 in shown.stdout) is not cut
    longest = max(map(len, shown.stdout.splitlines()))
    assert longest == 60 if cut else 150 < longest < 250


def test_a_terminal_keeps_its_width() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PRINTS]
    subprocess.run(command, env=environment(TERM="xterm"), stdout=theirs, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "w" * 50 in shown
    assert "w" * 81 not in shown
    assert "x" * 81 not in shown
