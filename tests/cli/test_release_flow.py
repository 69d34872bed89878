import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.cli.root import app
from airflow_bluegreen.cli.session import Session
from airflow_bluegreen.core.model import Phase
from tests.actions.world import World
from tests.clients.checkout import Checkout
from tests.core.golden import CONFIGURATION, v1_0_0, v1_0_1

GIT = "git: {flow: git-flow, remote: origin}\n"
BRANCH = "release/v1.0.1"
DML = "pipelines/intermediates/p1/int_3/sql-scripts/dml.int_3.sql"


def run(*arguments: object, code: int = 0, obj: object = None) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], obj=obj)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout if code == 0 else result.stderr


class Team:
    """A clone and a bare remote of the golden project: v1.0.0 on main, v1.0.1's work on develop, and
    somebody who stands on a branch of his own with an edit that is not committed."""

    def __init__(self, folder: Path) -> None:
        self.clone = Checkout(folder / "clone")
        self.clone.commit({**v1_0_0(), "bluegreen.yaml": CONFIGURATION + GIT})
        self.clone.git("tag", "v1.0.0")
        self.clone.git("checkout", "--quiet", "-b", "develop")
        self.clone.commit({**v1_0_1(), "bluegreen.yaml": CONFIGURATION + GIT})
        self.origin = folder / "origin.git"
        self.clone.git("clone", "--quiet", "--bare", ".", str(self.origin))
        self.clone.git("remote", "add", "origin", str(self.origin))
        self.clone.git("checkout", "--quiet", "-b", "mine")
        (self.clone.path / "notes.md").write_text("not committed")
        (self.clone.path / DML).write_text("-- in the middle of an edit")

    def refs(self) -> str:
        return self.clone.git("for-each-ref")

    def origin_refs(self) -> str:
        return self.clone.git("-C", str(self.origin), "for-each-ref")

    def desk(self) -> tuple[bytes, str, str]:
        """What the person at this clone sees: index, HEAD, status."""
        index = (self.clone.path / ".git" / "index").read_bytes()
        return index, (self.clone.path / ".git" / "HEAD").read_text(), self.clone.git("status", "--porcelain")

    def objects(self) -> int:
        return len(list((self.clone.path / ".git" / "objects").rglob("*")))

    def shown(self, name: str, at: Path | None = None) -> str:
        return self.clone.git(*(["-C", str(at)] if at else []), "show", name)

    def bluegreen(self, *arguments: object, code: int = 0) -> str:
        return run("release", *arguments, "--project", self.clone.path, code=code)


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Team(tmp_path)


def test_a_release_from_start_to_finish_here_and_at_the_remote(team: Team) -> None:
    desk = team.desk()
    team.bluegreen("start", "v1.0.1")
    assert "INSERT INTO int_3_v2" in team.shown(f"{BRANCH}:{DML}", team.origin)
    out = team.bluegreen("finish", "v1.0.1")
    assert "Merge branch 'release/v1.0.1' into main" in out
    for at in (team.clone.path, team.origin):
        assert "INSERT INTO int_3_v2" in team.shown(f"main:{DML}", at)
        names = team.clone.git(
            "-C", str(at), "for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags"
        )
        assert BRANCH not in names
        assert team.clone.git("-C", str(at), "describe", "main") == "v1.0.1"
        assert team.clone.git("-C", str(at), "describe", "--abbrev=0", "develop") == "v1.0.1"
    assert team.clone.git("log", "-1", "--format=%P", "main").split()[0] == team.clone.git(
        "rev-parse", "v1.0.0"
    )
    assert "int_3 -> int_3_v2 (modified)" in team.clone.git("tag", "-l", "--format=%(contents)", "v1.0.1")
    assert team.desk() == desk
    assert team.bluegreen("finish", "v1.0.1") == "nothing to do for v1.0.1\n"
    team.clone.git("fsck", "--strict")


@pytest.mark.parametrize("step", ["start", "finish"])
def test_a_dry_run_shows_the_effects_and_leaves_no_trace(team: Team, step: str) -> None:
    if step == "finish":
        team.bluegreen("start", "v1.0.1")
    before = (team.refs(), team.origin_refs(), team.objects(), team.desk())
    shown = json.loads(team.bluegreen(step, "v1.0.1", "--dry-run", "--json"))
    assert (team.refs(), team.origin_refs(), team.objects(), team.desk()) == before
    assert shown["dry_run"] is True
    assert len(shown["commits"]) == {"start": 1, "finish": 2}[step]
    assert {move["ref"] for move in shown["pushed"]} == (
        {f"refs/heads/{BRANCH}"}
        if step == "start"
        else {"refs/heads/main", "refs/heads/develop", "refs/tags/v1.0.1", f"refs/heads/{BRANCH}"}
    )


def test_a_remote_that_is_ahead_is_fetched_even_in_a_dry_run(team: Team, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    other.git("pull", "--quiet", str(team.origin), "develop")
    theirs = other.commit({"theirs.md": "x"})
    other.git("push", "--quiet", str(team.origin), "HEAD:develop")
    objects = team.objects()
    shown = json.loads(team.bluegreen("start", "v1.0.1", "--dry-run", "--json"))
    assert shown["commits"][0]["parents"] == [theirs]
    assert team.objects() == objects


def test_a_protected_branch_is_told_in_one_line_and_nothing_is_changed(team: Team) -> None:
    team.bluegreen("start", "v1.0.1")
    hook = team.origin / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ] || { echo "main is protected"; exit 1; }\n')
    hook.chmod(0o755)
    before = (team.refs(), team.origin_refs(), team.desk())
    err = team.bluegreen("finish", "v1.0.1", code=1)
    line = err.splitlines()[-1]
    assert line.startswith("origin refuses main: hook declined (main is protected); nothing was changed.")
    assert "pull request" in line
    assert (team.refs(), team.origin_refs(), team.desk()) == before


def test_a_pull_request_that_squashed_the_branch(team: Team, tmp_path: Path) -> None:
    team.bluegreen("start", "v1.0.1")
    host = tmp_path / "host"
    team.clone.git("clone", "--quiet", "--branch", "main", str(team.origin), str(host))
    team.clone.git("-C", str(host), "merge", "--quiet", "--squash", f"origin/{BRANCH}")
    team.clone.git("-C", str(host), "commit", "--quiet", "-m", "v1.0.1 (#7)")
    team.clone.git("-C", str(host), "push", "--quiet", "origin", "main")
    squash = team.clone.git("-C", str(host), "rev-parse", "main")
    team.bluegreen("finish", "v1.0.1")
    assert (
        team.clone.git("-C", str(team.origin), "rev-parse", "main", "v1.0.1^{commit}").split() == [squash] * 2
    )
    assert team.clone.git("-C", str(team.origin), "describe", "--abbrev=0", "develop") == "v1.0.1"
    assert team.bluegreen("finish", "v1.0.1") == "nothing to do for v1.0.1\n"


def test_a_conflict_names_the_files(team: Team) -> None:
    team.bluegreen("start", "v1.0.1", "--no-push")
    team.clone.git("checkout", "--quiet", "--force", "main")
    text = (team.clone.path / DML).read_text()
    team.clone.commit({DML: text.replace("INSERT INTO int_3", "INSERT INTO int_3 /* hot */")})
    team.clone.git("checkout", "--quiet", "--detach")
    before = team.refs()
    err = team.bluegreen("finish", "v1.0.1", "--no-push", code=1)
    assert f"changed the same lines of {DML}; nothing was changed. `git switch {BRANCH}" in err
    assert team.refs() == before


def test_a_fresh_clone_needs_no_branches_of_its_own(team: Team, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    team.clone.git("clone", "--quiet", "--branch", "develop", str(team.origin), str(fresh))
    run("release", "start", "v1.0.1", "--project", fresh, "--since", "v1.0.0")
    run("release", "finish", "v1.0.1", "--project", fresh)
    assert team.clone.git("-C", str(team.origin), "describe", "main") == "v1.0.1"
    assert team.clone.git("-C", str(fresh), "branch", "--list", "--format=%(refname:short)") == "develop"
    assert "v1.0.1" in team.clone.git("-C", str(fresh), "tag")
    assert team.clone.git("-C", str(fresh), "status", "--porcelain") == ""
    # What it stands on stays behind the remote, as after somebody else's push.
    assert team.clone.git("-C", str(fresh), "rev-list", "--count", "develop..origin/develop") == "3"


def test_a_shallow_clone_says_so_and_changes_nothing(team: Team, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    where = f"file://{team.origin}"
    team.clone.git("clone", "--quiet", "--depth=1", "--branch", "develop", where, str(shallow))
    before = team.origin_refs()
    err = run("release", "start", "v1.0.1", "--project", shallow, code=1)
    assert "`git fetch --unshallow --tags`" in err
    assert team.origin_refs() == before


def test_a_sha_256_repository(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "modern", options=("--object-format=sha256",))
    checkout.commit({**v1_0_0(), "bluegreen.yaml": CONFIGURATION})
    checkout.git("tag", "v1.0.0")
    checkout.commit({**v1_0_1(), "bluegreen.yaml": CONFIGURATION})
    checkout.git("checkout", "--quiet", "--detach")
    run("release", "start", "v1.0.1", "--project", checkout.path)
    run("release", "finish", "v1.0.1", "--project", checkout.path)
    assert checkout.git("describe", "main") == "v1.0.1"


def test_without_pushing_the_remote_is_left_alone(team: Team) -> None:
    before = team.origin_refs()
    team.bluegreen("start", "v1.0.1", "--no-push")
    team.bluegreen("finish", "v1.0.1", "--no-push")
    assert team.origin_refs() == before
    assert "int_3_v2" in team.shown(f"main:{DML}")


def test_a_remote_that_the_clone_does_not_have(team: Team) -> None:
    team.clone.git("remote", "remove", "origin")
    err = team.bluegreen("start", "v1.0.1", code=1)
    assert err.startswith("this clone has no remote origin. `git remote add origin URL`")


def test_the_list_and_what_a_release_changed(team: Team) -> None:
    team.bluegreen("start", "v1.0.1")
    rows = json.loads(team.bluegreen("list", "--json"))
    assert [(row["version"], row["state"], row["phase"]) for row in rows] == [
        ("v1.0.1", "started", None),
        ("v1.0.0", "finished", None),
    ]
    assert "started" in team.bluegreen("list")
    before = json.loads(team.bluegreen("show", "v1.0.1", "--format", "json"))
    team.bluegreen("finish", "v1.0.1")
    after = json.loads(team.bluegreen("show", "v1.0.1", "--format", "json"))
    assert before["base"] == after["base"]
    assert [table["green"] for table in after["tables"]] == [table["green"] for table in before["tables"]]
    assert sorted(table["green"] for table in after["tables"]) == [
        "fact_2_v2",
        "fact_3_v2",
        "int_3_v2",
        "view32",
    ]
    assert "int_3_v2" in team.bluegreen("show", "v1.0.1")


def test_with_an_environment_the_ledger_has_a_say(team: Team) -> None:
    world = World()
    plan = plan_release(world.platform, environment="local", release="v1.0.1")
    team.bluegreen("start", "v1.0.1")
    commit = team.clone.git("rev-parse", BRANCH)
    open_release(world.platform, plan, world.story)

    def opener(project: Path, environment: str | None, ref: str) -> Session:
        return Session(platform=world.platform, profile=world.profile, environment="local")

    arguments = ("release", "finish", "v1.0.1", "--project", team.clone.path, "--environment", "local")
    err = run(*arguments, code=1, obj=opener)
    assert err.startswith("release v1.0.1 is planned there")
    rows = json.loads(run("release", "list", *arguments[3:], "--json", obj=opener))
    assert rows[0]["phase"] == "planned"
    for phase in ("deploying", "compared", "cutting_over", "cut_over", "retiring", "live"):
        advance_to(world.platform, "v1.0.1", Phase(phase))
    run(*arguments, obj=opener)
    assert team.clone.git("merge-base", "main", commit) == commit
