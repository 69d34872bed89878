import json
from pathlib import Path

import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.cli.plan_file import save_plan
from airflow_bluegreen.cli.release import app
from airflow_bluegreen.cli.session import Session, project_settings
from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import BluegreenError, UnknownRefError
from tests.actions.world import World


class Terminal:
    """The release commands against a world of fakes."""

    def __init__(self) -> None:
        self.world = World()
        branches = self.world.cluster.repository.branches
        branches["HEAD"] = branches["main"]

    def open(self, project: Path, environment: str | None, ref: str) -> Session:
        _, profile = project_settings(self.world.cluster.repository, environment, ref)
        return Session(platform=self.world.platform, profile=profile, environment=profile.name)

    def run(self, *arguments: str, app: Typer = app, said: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), obj=self.open, input=said)

    def phase(self) -> Phase:
        return current(self.world.platform, "v1.0.1").phase


def done(result: Result) -> Result:
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def test_a_release_from_first_to_last(tmp_path: Path) -> None:
    terminal = Terminal()
    report = tmp_path / "report.html"
    deployed = done(terminal.run("deploy", "--release", "v1.0.1", "--report", str(report)))
    assert terminal.phase() is Phase.COMPARED
    assert "next: bluegreen cut-over --release v1.0.1" in deployed.stderr
    assert "pass (expected differences) int_3 -> int_3_v2" in deployed.stdout
    assert "Ready to cut over" in (page := report.read_text(encoding="utf-8"))
    assert "What it costs" in page
    for name, beginning in (("report.json", '{\n  "headline"'), ("report.md", "## ")):
        done(terminal.run("compare", "--release", "v1.0.1", "--report", str(tmp_path / name)))
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)
    done(terminal.run("cut-over", "--release", "v1.0.1"))
    assert terminal.phase() is Phase.CUT_OVER
    done(terminal.run("retire", "--release", "v1.0.1"))
    assert terminal.phase() is Phase.LIVE
    done(terminal.run("roll-back", "--release", "v1.0.1"))
    assert terminal.phase() is Phase.ROLLED_BACK


@pytest.mark.parametrize("command", ["cut-over", "roll-back"])
def test_a_release_goes_on_though_its_branch_is_gone(command: str) -> None:
    terminal = Terminal()
    repository = terminal.world.cluster.repository
    repository.branches["release/v1.0.1"] = repository.tags["v1.0.1"]
    done(terminal.run("deploy", "--release", "release/v1.0.1"))
    del repository.branches["release/v1.0.1"]
    done(terminal.run(command, "--release", "release/v1.0.1"))
    wanted = {"cut-over": Phase.CUT_OVER, "roll-back": Phase.ROLLED_BACK}
    assert current(terminal.world.platform, "release/v1.0.1").phase is wanted[command]


def test_a_release_that_git_and_ledger_do_not_know_is_refused() -> None:
    result = Terminal().run("roll-back", "--release", "release/v9")
    assert isinstance(result.exception, UnknownRefError)


def test_two_tables_of_the_project_are_compared_with_their_columns() -> None:
    result = Terminal().run("compare", "--blue", "fact_1", "--green", "fact_2")

    assert result.exit_code == 1, (result.output, result.exception)
    assert "columns: fail" in result.stderr


def test_what_is_said_of_a_release_that_is_live() -> None:
    terminal = Terminal()
    for command in ("deploy", "cut-over", "retire"):
        done(terminal.run(command, "--release", "v1.0.1"))
    again = done(terminal.run("deploy", "--release", "v1.0.1"))
    assert "next:" not in again.stderr
    assert "v1.0.1 is live; bluegreen roll-back --release v1.0.1 takes it back" in again.stderr


def test_deploying_again_goes_on() -> None:
    terminal = Terminal()
    done(terminal.run("deploy", "--release", "v1.0.1"))
    jobs = len(terminal.world.cluster.jobs.all)
    done(terminal.run("deploy", "--release", "v1.0.1"))
    assert len(terminal.world.cluster.jobs.all) == jobs


def test_deploying_again_brings_back_what_was_lost_since() -> None:
    terminal = Terminal()
    done(terminal.run("deploy", "--release", "v1.0.1"))
    kept = {name: jobs for name, jobs in terminal.world.running().items() if name != "dml.fact_2_v2"}
    terminal.world.cluster.jobs.cancel(terminal.world.job("dml.fact_2_v2").job_id)
    done(terminal.run("deploy", "--release", "v1.0.1"))
    running = terminal.world.running()
    assert len(running.pop("dml.fact_2_v2")) == 1
    assert running == kept
    assert terminal.phase() is Phase.COMPARED


def test_a_mismatch_ends_with_1_and_may_not_be_cut_over() -> None:
    terminal = Terminal()
    terminal.world.cluster.gateway.transforms["fact_2_v2"] = lambda topic, record: []
    result = terminal.run("deploy", "--release", "v1.0.1")
    assert isinstance(result.exception, BluegreenError)
    assert "unexplained differences in fact_2_v2" in str(result.exception)
    assert terminal.phase() is Phase.DEPLOYING


def test_comparing_prints_json_for_programs() -> None:
    terminal = Terminal()
    done(terminal.run("deploy", "--release", "v1.0.1"))
    result = done(terminal.run("compare", "--environment", "local", "--release", "v1.0.1", "--json"))
    tables = {one["table"]: one for one in json.loads(result.stdout)["tables"]}
    assert (tables["int_3"]["blue"], tables["int_3"]["green"]) == ("int_3", "int_3_v2")
    assert (tables["view32"]["verdict"], tables["view32"]["new"]) == ("pass", True)
    assert set(tables["int_3"]["keys"]) == {"match", "blue_only", "green_only", "diff", "in_flight"}


def test_comparing_two_topics_without_a_release() -> None:
    terminal = Terminal()
    same = done(terminal.run("compare", "--blue", "src_a", "--green", "src_a"))
    assert same.stdout == f"{'pass':<27} src_a -> src_a\n"
    other = terminal.run("compare", "--blue", "src_a", "--green", "src_b")
    assert isinstance(other.exception, BluegreenError)


@pytest.mark.parametrize(
    "arguments", [(), ("--blue", "a"), ("--release", "v1", "--blue", "a", "--green", "b")]
)
def test_comparing_needs_a_release_or_two_topics(arguments: tuple[str, ...]) -> None:
    assert Terminal().run("compare", *arguments).exit_code == 2


def test_a_release_that_is_refused_before_anything_is_created_is_withdrawn() -> None:
    terminal = Terminal()
    terminal.world.cluster.gateway.rejections["INSERT INTO fact_2_v2"] = "no such function"
    result = terminal.run("deploy", "--release", "v1.0.1")
    assert isinstance(result.exception, BluegreenError)
    assert "no such function" in str(result.exception)
    assert terminal.phase() is Phase.ROLLED_BACK
    assert "nothing of v1.0.1 was created: it is withdrawn" in result.stderr


def test_the_verdicts_are_kept() -> None:
    terminal = Terminal()
    done(terminal.run("deploy", "--release", "v1.0.1"))
    verdicts = current(terminal.world.platform, "v1.0.1").verdicts
    assert (verdicts["int_3"], verdicts["view32"]) == ("pass (expected differences)", "pass (new)")


def test_how_long_green_is_watched_may_be_said() -> None:
    terminal = Terminal()
    done(terminal.run("deploy", "--release", "v1.0.1"))
    begun = terminal.world.cluster.clock.now()
    watched = done(terminal.run("cut-over", "--release", "v1.0.1", "--observe", "30s"))
    assert 30 <= terminal.world.cluster.clock.now() - begun < 120
    assert "were well for 30s" in watched.stderr
    assert "After blue is retired, a rollback is safe for 7d" in watched.stderr
    assert terminal.run("cut-over", "--release", "v1.0.1", "--observe", "long").exit_code == 2


def test_a_saved_plan_is_what_is_deployed_while_it_holds(tmp_path: Path) -> None:
    terminal = Terminal()
    file = tmp_path / "plan.json"
    save_plan(terminal.world.plan(), file)
    other = terminal.run("deploy", "--release", "v1.0.0", "--plan", str(file))
    assert "plans v1.0.1, not v1.0.0" in str(other.exception)
    both = terminal.run("deploy", "--release", "v1.0.1", "--plan", str(file), "--base", "v1.0.0")
    assert "--plan says what is deployed" in both.stderr
    done(terminal.run("deploy", "--release", "v1.0.1", "--plan", str(file)))
    assert terminal.phase() is Phase.COMPARED
    done(terminal.run("cut-over", "--release", "v1.0.1"))
    done(terminal.run("retire", "--release", "v1.0.1"))
    late = terminal.run("deploy", "--release", "v1.0.1", "--plan", str(file))
    assert isinstance(late.exception, BluegreenError)
    assert "v1.0.1 is live by now" in str(late.exception)


def test_deploying_what_the_preflight_refuses_tells_all_of_it_once() -> None:
    terminal = Terminal()
    terminal.world.cluster.gateway.rejections["fact_3_v2"] = "no such column"
    terminal.world.cluster.jobs.slots = 12
    result = terminal.run("deploy", "--release", "v1.0.1")
    assert isinstance(result.exception, BluegreenError)
    told = result.stderr + str(result.exception)
    assert told.count("no such column") == told.count("are free") == 1


def test_a_cut_over_keeps_to_the_release_window() -> None:
    terminal = Terminal()
    repository = terminal.world.cluster.repository
    text = repository.commits[repository.branches["main"]].files["bluegreen.yaml"]
    window = "  local:\n    window: {days: [sat, sun], outside: stop}\n"
    repository.commit({"bluegreen.yaml": text.replace("  local:\n", window)})
    repository.tag("v1.0.1")
    repository.branches["HEAD"] = repository.branches["main"]
    done(terminal.run("deploy", "--release", "v1.0.1"))
    stopped = terminal.run("cut-over", "--release", "v1.0.1")
    assert "on sat, sun) is closed, it opens Sat " in str(stopped.exception)
    assert terminal.phase() is Phase.COMPARED
    done(terminal.run("cut-over", "--release", "v1.0.1", "--ignore-window"))
    assert terminal.phase() is Phase.CUT_OVER


def test_two_topics_are_compared_by_the_settings_of_their_table() -> None:
    terminal = Terminal()
    done(terminal.run("deploy", "--release", "v1.0.1"))
    pair = ("compare", "--blue", "int_3", "--green", "int_3_v2")
    assert terminal.run(*pair).exit_code == 1  # their totals differ, and nothing says that they may
    repository = terminal.world.cluster.repository
    text = repository.commits[repository.branches["main"]].files["bluegreen.yaml"]
    repository.commit({"bluegreen.yaml": text + "comparison: {tables: {int_3: {ignore: [total]}}}\n"})
    repository.branches["HEAD"] = repository.branches["main"]
    assert "12 rows differ" not in done(terminal.run(*pair)).stderr


def test_of_a_topic_that_is_no_table_it_is_said_by_which_settings_it_is_compared() -> None:
    terminal = Terminal()
    for topic in ("old", "new"):
        terminal.world.cluster.topics.ensure(topic, 1)
        terminal.world.cluster.topics.produce(topic, b"a", b"1")
    result = done(terminal.run("compare", "--blue", "old", "--green", "new"))
    assert "new: no table of the project; compared by the settings for all tables" in result.stderr
