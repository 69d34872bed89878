import pytest

from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.start_release import start_release
from airflow_bluegreen.core.model import Flow, FlowEffects
from airflow_bluegreen.exceptions import ConfigurationError, ConflictError, RefusedError, TransientError
from tests.actions.cloned import Cloned

BRANCH = "refs/heads/release/v1.0.1"


def start(cloned: Cloned, version: str = "v1.0.1", *, dry_run: bool = False) -> FlowEffects:
    return start_release(cloned.clone, version, cloned.plan, cloned.story, dry_run=dry_run)


@pytest.mark.parametrize("flow", list(Flow))
def test_the_branch_carries_the_planned_versions(flow: Flow) -> None:
    cloned = Cloned(flow)
    before = cloned.here.branches[cloned.work]
    effects = start(cloned)
    tables = load_project(cloned.there, "release/v1.0.1").tables
    assert [tables[name].physical for name in ("int_3", "fact_2", "fact_3", "int_1")] == [
        "int_3_v2",
        "fact_2_v2",
        "fact_3_v2",
        "int_1",
    ]
    head = cloned.here.commits[cloned.here.branches["release/v1.0.1"]]
    assert head.parents == (before,)
    assert "int_3 -> int_3_v2 (modified)" in head.message
    assert cloned.refs()["here"] == cloned.refs()["there"]
    assert [move.ref for move in effects.pushed] == [BRANCH]
    assert [made.subject for made in effects.commits] == ["Rewrite table versions for v1.0.1"]


def test_starting_again_does_nothing() -> None:
    cloned = Cloned()
    start(cloned)
    refs = cloned.refs()
    assert start(cloned).nothing
    assert cloned.refs() == refs


def test_what_was_committed_since_gets_its_versions_too() -> None:
    cloned = Cloned()
    start(cloned)
    path = "pipelines/intermediates/p1/int_2/sql-scripts/dml.int_2.sql"
    text = cloned.here.commits[cloned.here.branches["release/v1.0.1"]].files[path]
    cloned.here.commit({path: text.replace("SELECT", "SELECT DISTINCT", 1)}, branch="release/v1.0.1")
    start(cloned)
    tables = load_project(cloned.there, "release/v1.0.1").tables
    assert [tables[name].physical for name in ("int_2", "int_3", "fact_1")] == [
        "int_2_v2",
        "int_3_v2",
        "fact_1_v2",
    ]


def test_a_dry_run_says_the_same_and_moves_nothing() -> None:
    cloned = Cloned()
    refs = cloned.refs()
    dry = start(cloned, dry_run=True)
    assert cloned.refs() == refs
    assert start(cloned) == dry


def test_a_killed_start_is_gone_on_with() -> None:
    cloned = Cloned()
    cloned.here.fail_next("move_refs", TransientError("killed"))
    with pytest.raises(TransientError):
        start(cloned)
    assert "release/v1.0.1" in cloned.there.branches
    assert "release/v1.0.1" not in cloned.here.branches
    start(cloned)
    assert cloned.refs()["here"] == cloned.refs()["there"]


def test_a_refused_push_leaves_this_clone_as_it_was() -> None:
    cloned = Cloned()
    assert cloned.remote is not None
    cloned.remote.protected.add(BRANCH)
    refs = cloned.refs()
    with pytest.raises(RefusedError, match="protected"):
        start(cloned)
    assert cloned.refs() == refs


def test_the_remote_counts_where_it_is_ahead() -> None:
    cloned = Cloned()
    theirs = cloned.there.commit({"readme.md": "theirs"}, branch="develop").sha
    start(cloned)
    head = cloned.here.commits[cloned.here.branches["release/v1.0.1"]]
    assert head.parents == (theirs,)
    assert cloned.here.branches["develop"] != theirs


def test_branches_that_went_different_ways_are_refused() -> None:
    cloned = Cloned()
    cloned.there.commit({"readme.md": "theirs"}, branch="develop")
    cloned.here.commit({"readme.md": "ours"}, branch="develop")
    with pytest.raises(ConflictError, match=r"develop here and at the remote .*git pull"):
        start(cloned)


def test_a_hotfix_on_main_must_be_in_develop_first() -> None:
    cloned = Cloned(remote=False)
    cloned.here.commit({"hotfix.md": "x"}, branch="main")
    cloned.here.tag("v1.0.0.1", "main")
    with pytest.raises(RefusedError, match=r"develop lacks release v1\.0\.0\.1.*git merge main"):
        start(cloned)


def test_a_name_that_is_no_release_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"1\.0\.1 is not a release: its tag does not match v\*"):
        start(Cloned(), "1.0.1")


def test_a_finished_release_is_not_started_again() -> None:
    cloned = Cloned()
    with pytest.raises(RefusedError, match=r"release v1\.0\.0 is finished"):
        start(cloned, "v1.0.0")


def test_a_flow_without_its_branch_is_refused() -> None:
    cloned = Cloned(Flow.MAIN_ONLY, remote=False)
    cloned.settings = type(cloned.settings)(flow=Flow.GIT_FLOW)
    with pytest.raises(ConfigurationError, match=r"no branch develop.*bluegreen\.yaml"):
        start(cloned)
