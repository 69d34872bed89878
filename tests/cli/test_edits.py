import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_bluegreen.cli.edits import JOURNAL_FOLDER, finish_interrupted, unified_diff, write_all
from airflow_bluegreen.exceptions import ConflictError, RefusedError
from tests.cli import killed_edits


def test_all_files_are_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o755)
    write_all(tmp_path, {"a": "new\r\n", "b": "ü"})
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_text()) == (b"new\r\n", "ü")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_cannot_be_replaced_is_found_out_first(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "taken" / "x").mkdir(parents=True)  # a folder cannot be replaced by a file
    with pytest.raises(RefusedError, match=r"taken.*no file was changed"):
        write_all(tmp_path, {"a": "new", "b": "new", "taken": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "taken"]


def test_nothing_is_replaced_when_a_folder_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(RefusedError, match="no file was changed"):
        write_all(tmp_path, {"a": "new", "missing/b": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_killed_anywhere_it_is_all_or_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.killed_edits", str(tmp_path / "edited")],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    old, new = {"a.sql": "old a", "sub/b.sql": "old b"}, dict(killed_edits.FILES)
    assert all(one["files"] in (old, new) for one in outcomes)
    assert [one["killed"] for one in outcomes].count(False) == 1
    assert len(outcomes) > 20
    # Both sides of the moment at which it happens were seen, and a finish of every length.
    assert {one["finished"] for one in outcomes} == {0, 1, 2, 3}
    assert old in [one["files"] for one in outcomes]


def interrupted(root: Path, path: str = "a") -> None:
    """An edit of ``a`` as it lies there after a kill."""
    folder = root / JOURNAL_FOLDER
    folder.mkdir()
    (folder / "0").write_text("new")
    step = {"path": path, "staged": "0", "before": None, "after": "0" * 64}
    (folder / "journal.json").write_text(json.dumps([step]))


def test_a_file_that_was_changed_since_is_not_overwritten(tmp_path: Path) -> None:
    interrupted(tmp_path)
    (tmp_path / "a").write_text("somebody's")
    with pytest.raises(ConflictError, match=r"was interrupted, and a changed since.*Delete .*bluegreen-edit"):
        finish_interrupted(tmp_path)
    assert (tmp_path / "a").read_text() == "somebody's"


@pytest.mark.parametrize("path", ["../a", "/a", ".git/hooks/post-checkout", "link/a", "sub/.GIT/config"])
def test_a_journal_that_came_with_a_checkout_does_not_lead_out_of_it(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    interrupted(root, path if path != "/a" else str(tmp_path / "a"))
    with pytest.raises(ConflictError, match="was not left there by this command"):
        finish_interrupted(root)
    assert not (tmp_path / "a").exists()


def test_two_edits_at_once_are_refused(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(ConflictError, match="is being edited"):
        write_all(tmp_path, {"a": "new"})
    os.close(handle)
    write_all(tmp_path, {"a": "new"})
    assert (tmp_path / "a").read_text() == "new"


def test_the_difference_keeps_line_ends_and_says_where_the_last_is_missing() -> None:
    assert unified_diff({"a": "one\r\ntwo"}, {"a": "one\r\nthree", "b": "new\n"}) == (
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\r\n-two\n\\ No newline at end of file\n"
        "+three\n\\ No newline at end of file\n--- a/b\n+++ b/b\n@@ -0,0 +1 @@\n+new\n"
    )
