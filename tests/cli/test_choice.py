from pathlib import Path

import pytest
import typer

from airflow_bluegreen.cli.choice import choose, least_version


def test_a_branch_means_everything_that_changed_with_its_descendants() -> None:
    choice = choose(None, None, False, "main", None)
    assert (choice.tables, choice.descendants, choice.branch) == (None, True, "main")


def test_one_table_comes_alone_unless_said_otherwise() -> None:
    assert choose(None, "int_3", False, None, None).descendants is False
    assert choose(None, "int_3", True, None, None).descendants is True


def test_a_list_comes_with_descendants(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("a\nb\n")
    choice = choose(tmp_path / "names", None, False, None, None)
    assert (choice.tables, choice.descendants) == (("a", "b"), True)


@pytest.mark.parametrize(("text", "number"), [("v2", 2), ("_v10", 10), ("3", 3)])
def test_a_version_is_read(text: str, number: int) -> None:
    assert least_version(text) == number


@pytest.mark.parametrize("text", ["v1", "two", "", "v-3"])
def test_what_is_no_green_version_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="no version of a green table"):
        least_version(text)
