from pathlib import Path

import pytest

from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.exceptions import (
    UnknownRefError,
)
from tests.clients.checkout import Checkout


def test_a_ref_is_a_tag_then_a_branch_then_one_of_origin_then_a_sha(
    checkout: Checkout, tmp_path: Path
) -> None:
    first = checkout.commit({"a.sql": "1"})
    checkout.git("tag", "-a", "both", "-m", "annotated")
    checkout.git("branch", "elsewhere")
    second = checkout.commit({"a.sql": "2"})
    checkout.git("branch", "both")
    clone = Checkout(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(checkout.path))
    clone.git("fetch", "--quiet", "--tags", "origin")
    repository = GitRepository(clone.path)
    assert repository.resolve("both") == Commit(ref="both", sha=first)
    assert repository.resolve("refs/remotes/origin/both").sha == second
    assert repository.resolve("main").sha == second
    assert repository.resolve("origin/elsewhere").sha == first
    assert repository.resolve("main~1").sha == first
    assert repository.resolve(second[:8]) == Commit(ref=second[:8], sha=second)
    assert repository.branch_head("main") is None


def test_an_unknown_ref_names_near_matches(checkout: Checkout, repository: GitRepository) -> None:
    checkout.commit({"a.sql": "1"})
    checkout.git("tag", "v1.0.0")
    with pytest.raises(UnknownRefError, match=r"no tag, branch or commit v1\.0\.1\. Did you mean v1\.0\.0\?"):
        repository.resolve("v1.0.1")
    with pytest.raises(UnknownRefError, match="deadbeef"):
        repository.resolve("deadbeef")


@pytest.mark.parametrize(
    "ref", ["", "-x", "--upload-pack=x", "a b", "a..b", "a\nb", "x:y", "@{-1}", "/x", "x.lock"]
)
def test_what_cannot_be_a_ref_never_reaches_git(
    checkout: Checkout, repository: GitRepository, ref: str
) -> None:
    checkout.commit({"a.sql": "1"})
    with pytest.raises(UnknownRefError, match="cannot be the name"):
        repository.resolve(ref)


def test_a_date_is_the_newest_first_parent_commit_not_after_it(
    checkout: Checkout, repository: GitRepository
) -> None:
    first = checkout.commit({"a.sql": "1"}, date="2025-01-01T12:00:00+00:00")
    checkout.git("checkout", "--quiet", "-b", "side")
    checkout.commit({"b.sql": "1"}, date="2025-01-03T12:00:00+00:00")
    checkout.git("checkout", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "-m", "merge", "side", date="2025-01-05T12:00:00+00:00")
    merged = checkout.git("rev-parse", "HEAD")
    assert repository.resolve_date("main", "2025-01-04").sha == first
    assert repository.resolve_date("main", "2025-01-05").sha == merged
    assert repository.resolve_date("main", "2025-01-05T11:59:00").sha == first
    assert repository.resolve_date("main", "2025-01-05T13:59:00+02:00").sha == first
    assert repository.resolve_date("main", "2025-01-05T14:00:00+02:00").sha == merged
    with pytest.raises(UnknownRefError, match="no commit on or before 2024-12-31"):
        repository.resolve_date("main", "2024-12-31")
    with pytest.raises(UnknownRefError, match="'yesterday' is not a date"):
        repository.resolve_date("main", "yesterday")


def test_the_latest_tag_before_is_on_a_proper_ancestor(checkout: Checkout, repository: GitRepository) -> None:
    first = checkout.commit({"a.sql": "1"})
    assert repository.latest_tag_before("main", "v*") is None
    for tag in ("v1.9.0", "v1.10.0", "v1.10.0-rc1", "nightly"):
        checkout.git("tag", tag)
    second = checkout.commit({"a.sql": "2"})
    checkout.git("tag", "nightly-2")
    checkout.git("tag", "-a", "v1.11.0", "-m", "annotated")
    checkout.commit({"a.sql": "3"})
    assert repository.latest_tag_before("main", "v*") == Commit(ref="v1.11.0", sha=second)
    assert repository.latest_tag_before("v1.11.0", "v*") == Commit(ref="v1.10.0", sha=first)
    assert repository.latest_tag_before("v1.10.0", "v*") is None
    assert repository.latest_tag_before("main", "night*") == Commit(ref="nightly-2", sha=second)


def test_a_shallow_clone_says_that_it_may_lack_what_is_asked_for(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"a.sql": "1"}, date="2025-01-01T12:00:00+00:00")
    checkout.git("tag", "v1")
    last = checkout.commit({"a.sql": "2"}, date="2025-01-05T12:00:00+00:00")
    checkout.git("clone", "--quiet", "--depth=1", f"file://{checkout.path}", str(tmp_path / "shallow"))
    repository = GitRepository(tmp_path / "shallow")
    assert repository.resolve_date("main", "2025-01-06").sha == last
    for ask in (
        lambda: repository.resolve("v1"),
        lambda: repository.resolve_date("main", "2025-01-03"),
        lambda: repository.latest_tag_before("main", "v*"),
    ):
        with pytest.raises(UnknownRefError, match=r"`git fetch --unshallow --tags`"):
            ask()


def test_refs_are_made_and_found_in_a_sha_256_repository(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "modern", options=("--object-format=sha256",))
    parent = Commit(ref="main", sha=checkout.commit({"a.sql": "1"}))
    repository = GitRepository(checkout.path)
    assert len(parent.sha) == 64
    assert repository.resolve(parent.sha).sha == parent.sha
    made = repository.commit_files(parent, {"a.sql": "2"}, branch="b", message="m")
    assert repository.branch_head("b") == made
    other = repository.make_commit(parent, {"b.sql": "3"}, message="m", at=1e9)
    merged = repository.make_merge(made, other, message="m", at=1e9)
    assert isinstance(merged, Commit)
    assert repository.read_files(merged, (".sql",)) == {"a.sql": "2", "b.sql": "3"}
