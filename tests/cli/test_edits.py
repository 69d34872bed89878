from pathlib import Path

import pytest

from airflow_bluegreen.cli.edits import unified_diff, write_all
from airflow_bluegreen.exceptions import RefusedError


def test_all_files_are_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    write_all({tmp_path / "a": "new\r\n", tmp_path / "b": "ü"})
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_text()) == (b"new\r\n", "ü")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_failure_in_the_middle_puts_everything_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "taken" / "x").mkdir(parents=True)  # a folder cannot be replaced by a file
    with pytest.raises(RefusedError, match=r"taken.*no file was changed"):
        write_all({tmp_path / "a": "new", tmp_path / "b": "new", tmp_path / "taken": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "taken"]


def test_nothing_is_replaced_when_a_folder_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(RefusedError, match="no file was changed"):
        write_all({tmp_path / "a": "new", tmp_path / "missing" / "b": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_difference_keeps_line_ends_and_says_where_the_last_is_missing() -> None:
    assert unified_diff({"a": "one\r\ntwo"}, {"a": "one\r\nthree", "b": "new\n"}) == (
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\r\n-two\n\\ No newline at end of file\n"
        "+three\n\\ No newline at end of file\n--- a/b\n+++ b/b\n@@ -0,0 +1 @@\n+new\n"
    )
