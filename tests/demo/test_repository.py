"""The demo's git repository: reproducible, hardened, able to grow after a rewritten release was merged."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from airflow_bluegreen.demo.repository import RELEASES, add_release, create_repository
from airflow_bluegreen.exceptions import ConflictError, UnknownRefError

INT_3 = "pipelines/intermediates/retail/int_3/sql-scripts/dml.int_3.sql"


def git(path: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        cwd=path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **(environment or {})},
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "repository"
    create_repository(path)
    return path


def test_main_has_a_commit_and_an_annotated_tag_for_each_release(repository: Path) -> None:
    assert git(repository, "log", "--format=%D", "main").splitlines() == [
        "HEAD -> main, tag: v1.0.1",
        "tag: v1.0.0",
    ]
    assert git(repository, "cat-file", "-t", "v1.0.1") == "tag"
    assert git(repository, "status", "--porcelain") == ""


def test_it_is_the_same_everywhere(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's environment comes in: no name, no hooks, no line endings, no other index."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("pre-commit", "commit-msg", "reference-transaction", "post-checkout"):
        (hooks / hook).write_text("#!/bin/sh\nexit 1\n")
        (hooks / hook).chmod(0o755)
    (tmp_path / "gitconfig").write_text(
        f"[core]\n hooksPath = {hooks}\n autocrlf = true\n[user]\n name = Somebody\n email = s@example.org\n"
        "[commit]\n gpgSign = true\n[tag]\n gpgSign = true\n[init]\n defaultBranch = trunk\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    create_repository(tmp_path / "other")

    monkeypatch.undo()
    assert git(tmp_path / "other", "show-ref") == git(repository, "show-ref")
    assert git(tmp_path / "other", "rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert not (tmp_path / "index").exists()


def test_release_changes_what_it_should(repository: Path) -> None:
    changed = git(repository, "diff", "--name-status", "v1.0.0", "v1.0.1").splitlines()

    assert [(line[0], line.rpartition("/")[2]) for line in changed] == [
        ("M", "dml.fact_3.sql"),
        ("M", "dml.int_1.sql"),
        ("M", "dml.int_3.sql"),
        ("A", "connector.sink-view32.json"),
        ("A", "ddl.view32.sql"),
        ("A", "dml.view32.sql"),
    ]


def test_later_release_changes_one_file(tmp_path: Path) -> None:
    create_repository(tmp_path)
    add_release(tmp_path, "v1.0.2")

    assert git(tmp_path, "diff", "--name-only", "v1.0.1", "v1.0.2") == INT_3
    assert git(tmp_path, "rev-parse", "v1.0.2^{commit}") == git(tmp_path, "rev-parse", "main")
    assert "Nothing is owed" in (tmp_path / INT_3).read_text()
    assert git(tmp_path, "status", "--porcelain") == ""


def test_adding_later_is_the_same_as_making_all_at_once(tmp_path: Path) -> None:
    create_repository(tmp_path / "all", tuple(release.tag for release in RELEASES))
    create_repository(tmp_path / "grown", ("v1.0.0",))
    for tag in ("v1.0.1", "v1.0.2"):
        add_release(tmp_path / "grown", tag)

    assert git(tmp_path / "grown", "show-ref") == git(tmp_path / "all", "show-ref")


def test_later_release_is_merged_into_a_rewritten_main(tmp_path: Path) -> None:
    create_repository(tmp_path)
    text = (tmp_path / INT_3).read_text()
    (tmp_path / INT_3).write_text(text.replace("INSERT INTO int_3", "INSERT INTO int_3_v2"))
    git(tmp_path, "commit", "-qam", "v1.0.1 as deployed")
    deployed = git(tmp_path, "rev-parse", "HEAD")

    add_release(tmp_path, "v1.0.2")

    released = git(tmp_path, "show", f"v1.0.2:{INT_3}")
    assert "INSERT INTO int_3_v2\n" in released
    assert "Nothing is owed" in released
    assert git(tmp_path, "rev-parse", "v1.0.2^1") == deployed
    assert (tmp_path / INT_3).read_text().strip() == released


def test_a_conflicting_main_is_refused_and_left_alone(tmp_path: Path) -> None:
    create_repository(tmp_path)
    text = (tmp_path / INT_3).read_text()
    (tmp_path / INT_3).write_text(text.replace("CAST(d.order_total - d.paid_amount", "CAST(d.paid_amount"))
    git(tmp_path, "commit", "-qam", "Something else")
    before = git(tmp_path, "show-ref")

    with pytest.raises(ConflictError, match=r"v1\.0\.2 cannot be merged"):
        add_release(tmp_path, "v1.0.2")

    assert git(tmp_path, "show-ref") == before


def test_another_branch_that_is_checked_out_keeps_its_files(tmp_path: Path) -> None:
    create_repository(tmp_path)
    git(tmp_path, "checkout", "-qb", "mine", "v1.0.0")
    before = (tmp_path / INT_3).read_text()

    add_release(tmp_path, "v1.0.2")

    assert (tmp_path / INT_3).read_text() == before
    assert git(tmp_path, "status", "--porcelain") == ""


def test_uncommitted_work_is_not_lost(tmp_path: Path) -> None:
    create_repository(tmp_path)
    (tmp_path / INT_3).write_text("-- mine\n")

    with pytest.raises(ConflictError, match="not committed"):
        add_release(tmp_path, "v1.0.2")

    assert (tmp_path / INT_3).read_text() == "-- mine\n"


@pytest.mark.parametrize("occupied", ["folder", "file"])
def test_only_an_empty_place_is_taken(tmp_path: Path, occupied: str) -> None:
    place = tmp_path / "place"
    if occupied == "folder":
        place.mkdir()
        (place / "note.txt").write_text("mine")
    else:
        place.write_text("mine")

    with pytest.raises(ConflictError, match="place exists and is not an empty folder"):
        create_repository(place)


@pytest.mark.parametrize("releases", [(), ("v1.0.1",), ("v1.0.0", "v1.0.2"), ("v1.0.0", "v9")])
def test_releases_come_in_order(tmp_path: Path, releases: tuple[str, ...]) -> None:
    with pytest.raises(UnknownRefError, match=r"It has v1\.0\.0, v1\.0\.1, v1\.0\.2"):
        create_repository(tmp_path / "new", releases)

    assert not (tmp_path / "new").exists()


def test_a_release_is_added_once_and_after_the_one_before(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match=r"already has the tag v1\.0\.1"):
        add_release(repository, "v1.0.1")
    create_repository(tmp_path, ("v1.0.0",))
    with pytest.raises(UnknownRefError, match=r"no tag v1\.0\.1"):
        add_release(tmp_path, "v1.0.2")
    with pytest.raises(UnknownRefError, match="has no release v7"):
        add_release(tmp_path, "v7")
