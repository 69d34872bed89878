from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.git_commits import TRAILER
from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import (
    RefusedError,
)
from tests.clients.checkout import Checkout


def test_a_rewrite_is_one_commit_that_can_be_made_again(
    checkout: Checkout, repository: GitRepository
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"run.sql": "old", "keep.sql": "same"}))
    (checkout.path / "run.sql").chmod(0o755)
    parent = Commit(ref="v1", sha=checkout.commit({}))
    made = repository.commit_files(
        parent, {"run.sql": "new", "d/added.sql": "x"}, branch="bluegreen/v1", message="Take v1"
    )
    assert checkout.git("show", "-s", "--format=%an|%ae|%aI|%P", made.sha) == (
        f"airflow-bluegreen|bluegreen@localhost|2025-01-02T12:00:00+00:00|{parent.sha}"
    )
    assert checkout.git("show", "-s", "--format=%B", made.sha) == f"Take v1\n\n{TRAILER}: {parent.sha}"
    assert checkout.git("ls-tree", "-r", "--format=%(objectmode) %(path)", made.sha).splitlines() == [
        "100644 d/added.sql",
        "100644 keep.sql",
        "100755 run.sql",
    ]
    assert checkout.git("status", "--porcelain") == ""
    assert checkout.git("branch", "--show-current") == "main"
    again = repository.commit_files(
        parent, {"run.sql": "new", "d/added.sql": "x"}, branch="bluegreen/v1", message="other"
    )
    assert again == made
    checkout.git("branch", "-D", "bluegreen/v1")
    anew = repository.commit_files(
        parent, {"run.sql": "new", "d/added.sql": "x"}, branch="bluegreen/v1", message="Take v1"
    )
    assert anew == made


def test_the_configured_user_signs_the_rewrite(checkout: Checkout, repository: GitRepository) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    checkout.git("config", "user.name", "Release Bot")
    checkout.git("config", "user.email", "bot@example.com")
    made = repository.commit_files(parent, {"a.sql": "2"}, branch="b", message="m")
    assert (
        checkout.git("show", "-s", "--format=%an %ae %cn", made.sha)
        == "Release Bot bot@example.com Release Bot"
    )


def test_a_name_that_would_end_a_header_is_made_harmless(
    checkout: Checkout, repository: GitRepository
) -> None:
    parent = Commit(ref="v1", sha=checkout.commit({"a.sql": "1"}))
    checkout.git("config", "user.name", "A <b>\nc")
    tag = repository.make_tag(parent, "v1", message="One", at=1_700_000_000)
    assert checkout.git("cat-file", "tag", tag) == (
        f"object {parent.sha}\ntype commit\ntag v1\ntagger A bc <bluegreen@localhost> 1700000000 +0000\n\nOne"
    )


def test_a_merge_is_dated_when_it_is_made(checkout: Checkout, repository: GitRepository) -> None:
    base = Commit(ref="x", sha=checkout.commit({"a.sql": "1"}))
    left, right = (
        repository.make_commit(base, {f"{side}.sql": "1"}, message="m", at=1e9) for side in ("left", "right")
    )
    merged = repository.make_merge(left, right, message="Merge\n\nint_3", at=1_700_000_000.9)
    assert isinstance(merged, Commit)
    shown = checkout.git("show", "--no-patch", "--format=%P|%at|%ct|%B", merged.sha)
    assert shown == f"{left.sha} {right.sha}|1700000000|1700000000|Merge\n\nint_3"
    assert checkout.git("for-each-ref", "--format=%(objectname)") == base.sha


def test_what_has_no_common_history_cannot_be_merged(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.commit({"a.sql": "1"})
    checkout.commit({"a.sql": "2"})
    checkout.git("branch", "side", first)
    checkout.git("checkout", "--quiet", "side")
    checkout.commit({"b.sql": "1"})
    path = tmp_path / "shallow"
    there = f"file://{checkout.path}"
    checkout.git("clone", "--quiet", "--depth=1", "--no-single-branch", there, str(path))
    repository = GitRepository(path)
    with pytest.raises(RefusedError, match=r"cannot be merged into .*git fetch --unshallow"):
        repository.make_merge(
            repository.resolve("origin/main"), repository.resolve("side"), message="m", at=1e9
        )
