import pytest

from airflow_bluegreen.core.branching import (
    check_version,
    commit_page,
    effect_lines,
    effects_json,
    release_branch,
    version_on,
    version_order,
)
from airflow_bluegreen.core.model import FlowEffects, GitSettings, MadeCommit, RefMove
from airflow_bluegreen.exceptions import RefusedError

A, B = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("pattern", "branch"), [("release/{version}", "release/v1"), ("rel-{version}-rc", "rel-v1-rc")]
)
def test_a_branch_and_its_version(pattern: str, branch: str) -> None:
    settings = GitSettings(release_branch=pattern)
    assert release_branch(settings, "v1") == branch
    assert version_on(settings, branch) == "v1"
    assert version_on(settings, "main") is None
    assert version_on(settings, release_branch(settings, "")) is None


def test_only_what_counts_as_a_release_is_one() -> None:
    check_version("v1.0.0", "v*")
    with pytest.raises(RefusedError, match="release_tags"):
        check_version("1.0.0", "v*")


def test_versions_in_order() -> None:
    mixed = ["v1.10.0", "v1.10.1", "v1.10.0-rc1", "v1.9.0"]
    assert sorted(mixed, key=version_order) == ["v1.9.0", "v1.10.0-rc1", "v1.10.0", "v1.10.1"]


def test_the_effects_for_people_and_programs() -> None:
    effects = FlowEffects(
        version="v1",
        branch="release/v1",
        remote="origin",
        commits=(MadeCommit(sha=B, subject="Merge", parents=(A, A)),),
        here=(RefMove(ref="refs/heads/release/v1", before=A, after=None),),
        pushed=(RefMove(ref="refs/tags/v1", before=None, after=B),),
        left=("refs/heads/main",),
    )
    assert effect_lines(effects) == [
        "commit   bbbbbbbbbb  Merge",
        "push     tags/v1                        –          → bbbbbbbbbb",
        "here     release/v1                     aaaaaaaaaa → –",
        "note     main is checked out here and stays behind: `git pull` in it",
    ]
    shown = effects_json(effects)
    assert shown["pushed"] == [{"ref": "refs/tags/v1", "before": None, "after": B}]
    assert effect_lines(FlowEffects(version="v1", branch="b", remote=None)) == ["nothing to do for v1"]


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://git.test/shop/sql.git", "https://git.test/shop/sql/commit/abc"),
        ("https://me:pw@git.test:8443/shop/sql", "https://git.test/shop/sql/commit/abc"),
        ("git@git.test:shop/sql.git", "https://git.test/shop/sql/commit/abc"),
        ("ssh://git@git.test:2222/shop/team/sql.git/", "https://git.test/shop/team/sql/commit/abc"),
        ("/srv/git/sql.git", ""),
        ("file:///srv/git/sql.git", ""),
        ("", ""),
    ],
)
def test_the_page_of_a_commit(address: str, page: str) -> None:
    assert commit_page(address, "abc") == page
