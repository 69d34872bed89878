import pytest

from airflow_bluegreen.actions.finish_release import finish_release
from airflow_bluegreen.actions.read_release import load_project
from airflow_bluegreen.actions.start_release import start_release
from airflow_bluegreen.core.model import Flow, FlowEffects
from airflow_bluegreen.exceptions import (
    ConflictError,
    OutcomeUnknownError,
    RefusedError,
    TransientError,
    UnknownRefError,
)
from tests.actions.cloned import Cloned

V = "v1.0.1"
BRANCH = f"release/{V}"
DML = "pipelines/intermediates/p1/{0}/sql-scripts/dml.{0}.sql"


def started(flow: Flow = Flow.GIT_FLOW, *, remote: bool = True) -> Cloned:
    cloned = Cloned(flow, remote=remote)
    start_release(cloned.clone, V, cloned.plan, cloned.story)
    return cloned


def finish(cloned: Cloned, *, dry_run: bool = False) -> FlowEffects:
    return finish_release(cloned.clone, V, cloned.story, dry_run=dry_run)


def edited(cloned: Cloned, branch: str, table: str, old: str, new: str) -> None:
    path = DML.format(table)
    text = cloned.here.commits[cloned.here.branches[branch]].files[path]
    assert old in text
    cloned.here.commit({path: text.replace(old, new, 1)}, branch=branch)


@pytest.mark.parametrize("remote", [True, False])
@pytest.mark.parametrize("flow", list(Flow))
def test_the_release_is_on_main_with_its_tag_and_the_branch_is_gone(flow: Flow, remote: bool) -> None:
    cloned = started(flow, remote=remote)
    old_main, released = cloned.here.branches["main"], cloned.here.branches[BRANCH]
    finish(cloned)
    main = cloned.here.commits[cloned.here.branches["main"]]
    assert main.parents == (old_main, released)
    assert cloned.here.resolve(V).sha == cloned.here.branches["main"]
    assert BRANCH not in cloned.here.branches
    assert load_project(cloned.here, V).tables["int_3"].physical == "int_3_v2"
    if flow is Flow.GIT_FLOW:
        develop = cloned.here.resolve("develop")
        assert cloned.here.contains(develop, cloned.here.resolve("main"))
        assert cloned.here.latest_tag_before("develop", "v*") == cloned.here.resolve(V)
    if remote:
        assert cloned.refs()["here"] == cloned.refs()["there"]


@pytest.mark.parametrize("flow", list(Flow))
def test_finishing_again_does_nothing(flow: Flow) -> None:
    cloned = started(flow)
    finish(cloned)
    refs = cloned.refs()
    assert finish(cloned).nothing
    assert cloned.refs() == refs


def test_a_dry_run_says_the_same_and_moves_nothing() -> None:
    cloned = started()
    refs = cloned.refs()
    dry = finish(cloned, dry_run=True)
    assert cloned.refs() == refs
    assert finish(cloned) == dry


@pytest.mark.parametrize("step", ["make_merge", "make_tag", "move_refs", "push"])
@pytest.mark.parametrize("error", [TransientError("killed"), OutcomeUnknownError("no answer")])
def test_an_interrupted_finish_comes_to_the_same_end(step: str, error: TransientError) -> None:
    undisturbed, cloned = started(), started()
    finish(undisturbed)
    assert cloned.remote is not None
    faulty = cloned.remote if step == "push" else cloned.here
    faulty.fail_next(step, error)
    with pytest.raises(type(error)):
        finish(cloned)
    finish(cloned)
    assert cloned.refs() == undisturbed.refs()


@pytest.mark.parametrize("branch", ["main", "develop"])
def test_a_protected_branch_leaves_everything_as_it_was(branch: str) -> None:
    cloned = started()
    assert cloned.remote is not None
    cloned.remote.protected.add(f"refs/heads/{branch}")
    refs = cloned.refs()
    with pytest.raises(RefusedError, match=branch):
        finish(cloned)
    assert cloned.refs() == refs


def test_a_branch_that_a_pull_request_merged_is_only_tagged() -> None:
    cloned = started()
    released = cloned.here.branches[BRANCH]
    merge = cloned.there.commit(
        dict(cloned.here.commits[released].files), branch="main", parents=[released]
    ).sha
    later = cloned.there.commit({"readme.md": "later"}, branch="main").sha
    finish(cloned)
    assert cloned.here.resolve(V).sha == merge
    assert cloned.there.branches["main"] == later
    assert BRANCH not in cloned.there.branches


def squashed(cloned: Cloned) -> str:
    """A pull request squashes the release's branch into main at the remote."""
    files = cloned.here.commits[cloned.here.branches[BRANCH]].files
    return cloned.there.commit(dict(files), branch="main").sha


@pytest.mark.parametrize("flow", list(Flow))
def test_a_branch_that_a_pull_request_squashed_is_only_tagged(flow: Flow) -> None:
    cloned = started(flow)
    squash = squashed(cloned)
    finish(cloned)
    assert cloned.here.resolve(V).sha == squash
    assert cloned.there.branches["main"] == squash
    assert BRANCH not in cloned.there.branches
    assert cloned.here.latest_tag_at_or_before(cloned.work, "v*") == cloned.here.resolve(V)
    assert finish(cloned).nothing


def test_a_squash_that_was_finished_halfway_comes_to_the_same_end() -> None:
    cloned = started()
    squash = squashed(cloned)
    cloned.here.fail_next("move_refs", TransientError("killed"))
    with pytest.raises(TransientError):
        finish(cloned)
    finish(cloned)
    assert cloned.refs()["here"] == cloned.refs()["there"]
    assert cloned.here.resolve(V).sha == squash


def test_a_squash_with_other_changes_on_top_needs_a_tag_by_hand() -> None:
    cloned = started(Flow.MAIN_ONLY)
    squash = squashed(cloned)
    path = DML.format("int_2")
    text = cloned.there.commits[squash].files[path]
    cloned.there.commit({path: text.replace("SELECT", "SELECT DISTINCT", 1)}, branch="main")
    with pytest.raises(RefusedError, match=rf"squashed, and other changes to .*int_2.*git tag {V}"):
        finish(cloned)
    cloned.there.tags[V] = squash
    finish(cloned)
    assert BRANCH not in cloned.there.branches
    assert cloned.here.resolve(V).sha == squash


def test_a_conflict_with_main_names_the_files_and_changes_nothing() -> None:
    cloned = started()
    edited(cloned, "main", "int_3", "SELECT", "SELECT DISTINCT")
    refs = cloned.refs()
    with pytest.raises(
        ConflictError, match=rf"main changed .*dml\.int_3\.sql.*git switch {BRANCH} && git merge main"
    ):
        finish(cloned)
    assert cloned.refs() == refs


def test_a_conflict_with_develop_names_the_files_and_changes_nothing() -> None:
    cloned = started()
    edited(cloned, "develop", "int_3", "SELECT", "SELECT DISTINCT")
    refs = cloned.refs()
    with pytest.raises(
        ConflictError, match=rf"develop changed .*dml\.int_3\.sql.*git switch develop && git merge {BRANCH}"
    ):
        finish(cloned)
    assert cloned.refs() == refs


def test_a_change_on_the_branch_without_a_version_is_refused() -> None:
    cloned = started()
    edited(cloned, BRANCH, "int_2", "SELECT", "SELECT DISTINCT")
    with pytest.raises(RefusedError, match=r"changes .*int_2.*int_2_v2.*bluegreen release start v1\.0\.1"):
        finish(cloned)


def test_a_hotfix_that_was_released_meanwhile_must_be_in_the_branch() -> None:
    cloned = started(remote=False)
    cloned.here.commit({"hotfix.md": "x"}, branch="main")
    cloned.here.tag("v1.0.0.1", "main")
    with pytest.raises(RefusedError, match=rf"{BRANCH} lacks release v1\.0\.0\.1"):
        finish(cloned)


def test_what_main_brings_of_its_own_is_not_under_the_tag() -> None:
    cloned = started(Flow.MAIN_ONLY, remote=False)
    released = cloned.here.branches[BRANCH]
    edited(cloned, "main", "int_2", "SELECT", "SELECT DISTINCT")
    finish(cloned)
    assert cloned.here.resolve(V).sha == released
    assert cloned.here.latest_tag_before("main", "v*") == cloned.here.resolve(V)
    assert "main has changes that v1.0.1 has not" in cloned.story.text


def test_commits_after_the_tag_are_not_thrown_away() -> None:
    cloned = started(remote=False)
    head = cloned.here.branches[BRANCH]
    finish(cloned)
    cloned.here.branches[BRANCH] = head
    cloned.here.commit({"late.md": "x"}, branch=BRANCH)
    with pytest.raises(ConflictError, match=r"has commits that tag v1\.0\.1 has not"):
        finish(cloned)


def test_a_release_that_was_never_started() -> None:
    with pytest.raises(UnknownRefError, match=r"v1\.0\.1 was not started.*bluegreen release start v1\.0\.1"):
        finish(Cloned())


def test_a_tag_elsewhere_at_the_remote_is_a_conflict() -> None:
    cloned = started()
    finish(cloned)
    cloned.there.tags[V] = cloned.there.branches["develop"]
    with pytest.raises(ConflictError, match=r"tag v1\.0\.1 is on another commit"):
        finish(cloned)


def test_a_branch_that_is_checked_out_stays_behind_the_remote() -> None:
    cloned = started()
    before = cloned.here.branches["main"]
    cloned.here.work_on("main")
    effects = finish(cloned)
    assert effects.left == ("refs/heads/main",)
    assert cloned.here.branches["main"] == before
    assert cloned.there.branches["main"] != before
    cloned.here.worked_on.clear()
    finish(cloned)
    assert cloned.refs()["here"] == cloned.refs()["there"]


def test_without_a_remote_a_branch_that_is_checked_out_is_not_moved() -> None:
    cloned = started(remote=False)
    cloned.here.work_on("main")
    refs = cloned.refs()
    with pytest.raises(ConflictError, match=r"main is checked out .*git switch --detach"):
        finish(cloned)
    assert cloned.refs() == refs
