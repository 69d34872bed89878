import json
from dataclasses import replace
from pathlib import Path

import pytest

from airflow_bluegreen.cli.session import Session
from airflow_bluegreen.cli.upkeep import app
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import RefusedError, TransientError
from tests.actions.adopted import adopted_and_released
from tests.actions.test_stable_names import LakeWorld, live_with_names, overtaken
from tests.cli.test_release import Terminal, done

WEEK = 7 * 86_400.0


def upkeep(terminal: Terminal, *arguments: str, said: str | None = None) -> str:
    return done(terminal.run(*arguments, app=app, said=said)).stdout


def live() -> Terminal:
    terminal = Terminal()
    adopted_and_released(terminal.world)
    return terminal


def test_status() -> None:
    terminal = Terminal()
    assert "no release yet in local" in upkeep(terminal, "status")
    done(terminal.run("deploy", "--release", "v1.0.1"))
    status = json.loads(upkeep(terminal, "status", "--json"))
    assert status["live"] is None
    assert [(one["release"], one["phase"]) for one in status["releases"]] == [("v1.0.1", "compared")]
    jobs = {one["table"]: [job["name"] for job in one["green_jobs"]] for one in status["tables"]}
    assert jobs["int_3"] == ["dml.int_3_v2"]
    assert "v1.0.1" in upkeep(terminal, "status")


def test_the_check_of_the_status_ends_with_1_when_something_differs() -> None:
    terminal = live()
    assert "what runs is what v1.0.1 says" in upkeep(terminal, "status", "--check")
    terminal.world.cluster.jobs.cancel(terminal.world.job("dml.int_3_v2").job_id)
    assert terminal.run("status", app=app).exit_code == 0
    checked = terminal.run("status", "--check", app=app)
    assert checked.exit_code == 1
    assert "drift: dml.int_3_v2 runs 0 times" in checked.stdout


class LakeTerminal(Terminal):
    """One whose environment has names in a lake, which are live."""

    def __init__(self) -> None:
        super().__init__()
        branches = self.world.cluster.repository.branches
        self.world = live_with_names()
        self.world.cluster.repository.branches.update(branches)

    def open(self, project: Path, environment: str | None, ref: str) -> Session:
        return replace(super().open(project, environment, ref), profile=self.world.profile)


def test_the_check_of_the_status_does_not_pass_what_is_not_known() -> None:
    terminal = LakeTerminal()
    upkeep(terminal, "status", "--check")
    assert isinstance(terminal.world, LakeWorld)
    terminal.world.lake.fail_next("ask", TransientError("the lake is away"), times=2)
    told = "not known: names in the lake are not known: the lake is away"
    assert told in upkeep(terminal, "status")
    checked = terminal.run("status", "--check", app=app)
    assert (checked.exit_code, told in checked.stdout) == (1, True)


def test_an_older_release_is_neither_watched_nor_are_its_names_pointed() -> None:
    terminal = LakeTerminal()
    assert "fact_2 stands for fact_2_v2" in done(terminal.run("cut-over", "--release", "v1.0.1")).stderr
    assert isinstance(terminal.world, LakeWorld)
    overtaken(terminal.world, Phase.LIVE)
    refused = terminal.run("cut-over", "--release", "v1.0.1")
    assert isinstance(refused.exception, RefusedError)
    assert "v1.0.2 was released after v1.0.1" in str(refused.exception)
    assert "green is well" not in refused.output


def test_a_repair_is_shown_first_then_asked_about_then_done() -> None:
    terminal = live()
    terminal.world.cluster.jobs.cancel(terminal.world.job("dml.int_3_v2").job_id)
    assert "start dml.int_3_v2 from its inputs" in upkeep(terminal, "repair", "--dry-run")
    refused = terminal.run("repair", app=app, said="n")
    assert isinstance(refused.exception, RefusedError)
    assert terminal.world.cluster.jobs.named("dml.int_3_v2") == []
    upkeep(terminal, "repair", said="y")
    assert len(terminal.world.cluster.jobs.named("dml.int_3_v2")) == 1
    upkeep(terminal, "repair", "--yes")
    assert len(terminal.world.cluster.jobs.named("dml.int_3_v2")) == 1


def test_without_anybody_to_ask_nothing_is_done() -> None:
    terminal = live()
    terminal.world.cluster.clock.advance(WEEK)
    assert terminal.run("clean-up", app=app).exit_code == 1
    assert "int_3" in terminal.world.cluster.topics.names()


def test_cleaning_up() -> None:
    terminal = live()
    early = json.loads(upkeep(terminal, "clean-up", "--json", "--yes"))
    assert {one["kept"] for one in early} == {"the rollback window is open"}
    terminal.world.cluster.clock.advance(WEEK)
    dry = json.loads(upkeep(terminal, "clean-up", "--dry-run", "--json"))
    assert {one["name"] for one in dry} >= {"int_3", "fact_2", "fact_3"}
    assert "int_3" in terminal.world.cluster.topics.names()
    upkeep(terminal, "clean-up", "--yes")
    assert "int_3" not in terminal.world.cluster.topics.names()


@pytest.mark.parametrize("arguments", [("--dry-run",), ("--yes",)])
def test_adopting(arguments: tuple[str, ...]) -> None:
    terminal = Terminal()
    upkeep(terminal, "adopt", "--release", "v1.0.0", *arguments)
    adopted = [one.release for one in terminal.world.cluster.releases.records()]
    assert adopted == ([] if "--dry-run" in arguments else ["v1.0.0"])
