import json
import os
import signal

from click.testing import Result
from typer.testing import CliRunner

from airflow_bluegreen.cli.integration import app
from airflow_bluegreen.exceptions import BluegreenError
from tests.actions.integration.test_trial_run import dropping, name_in
from tests.cli.test_release import Terminal, done

SMALL = ("--select", "int_3", "--records", "20")


def running(terminal: Terminal, *options: str) -> Result:
    wide = CliRunner(env={"COLUMNS": "300"})
    return wide.invoke(app, ["--release", "v1.0.1", *options], obj=terminal.open)


def test_a_table_a_check_a_line_and_nothing_is_left() -> None:
    terminal = Terminal()
    before = terminal.world.snapshot()
    told = done(running(terminal, *SMALL))
    assert "int_3: pass" in told.stdout
    for part in ("records arrive", "source records", "arrival order", "all that blue keeps", "rule"):
        assert part in told.stdout
    assert "topics and their subjects removed" in told.stderr
    assert terminal.world.snapshot() == before


def test_a_failed_check_is_exit_code_1_and_says_which() -> None:
    terminal = Terminal()
    terminal.world.cluster.gateway.transforms[f"{name_in(terminal.world)}_g_int_3"] = dropping(1)
    result = running(terminal, *SMALL)
    assert result.exit_code == 1
    assert isinstance(result.exception, BluegreenError)
    assert "v1.0.1 fails on synthetic records of seed 1: int_3 (records arrive, source records" in str(
        result.exception
    )


def test_a_result_for_programs() -> None:
    found = json.loads(done(running(Terminal(), *SMALL, "--json", "--seed", "3")).stdout)
    assert (found["release"], found["seed"], found["verdict"]) == ("v1.0.1", 3, "pass")
    assert {one["source"] for one in found["sources"]} == {"raw_a", "raw_b", "raw_c"}
    assert sum(found["sources"][0]["records"].values()) == 20
    (table,) = found["tables"]
    assert table["table"] == "int_3"
    assert {one["check"] for one in table["checks"]} >= {"records arrive", "arrival order", "keys"}


def test_what_is_kept_is_removed_on_demand() -> None:
    terminal = Terminal()
    before = terminal.world.snapshot()
    kept = done(running(terminal, *SMALL, "--keep"))
    assert "kept: topics bgtest_" in kept.stderr
    assert terminal.world.snapshot() != before
    assert "topics and their subjects removed" in done(running(terminal, "--clean")).stderr
    assert terminal.world.snapshot() == before
    assert "nothing is left" in done(running(terminal, "--clean")).stderr


def test_sigterm_ends_it_as_ctrl_c_does_and_nothing_is_left() -> None:
    terminal = Terminal()
    before, handler = terminal.world.snapshot(), signal.getsignal(signal.SIGTERM)
    terminal.world.cluster.clock.on_sleep(lambda: os.kill(os.getpid(), signal.SIGTERM), first=True)
    result = running(terminal, *SMALL)
    assert result.exit_code != 0
    assert "topics and their subjects removed" in result.stderr
    assert terminal.world.snapshot() == before
    assert signal.getsignal(signal.SIGTERM) is handler
