"""What can be said of a stack that does not run."""

import re
from pathlib import Path

import pytest

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack import LocalStack
from airflow_bluegreen.stack.extra import require_extra


def test_a_missing_extra_says_what_to_install() -> None:
    with pytest.raises(
        ConfigurationError, match=re.escape("pip install 'airflow-bluegreen[local]'")
    ) as caught:
        require_extra(("psutil", "no_such_module"))
    assert "needs no_such_module" in str(caught.value)


def test_with_the_extra_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    require_extra()
    assert capsys.readouterr() == ("", "")


def test_stopping_where_nothing_runs_is_nothing(tmp_path: Path) -> None:
    assert LocalStack(tmp_path).down() is False


def test_no_part_of_a_stack_that_does_not_run_can_be_ended(tmp_path: Path) -> None:
    for act in (LocalStack(tmp_path).restart, LocalStack(tmp_path).halt):
        with pytest.raises(ConfigurationError, match="bluegreen stack up"):
            act("kafka")


def test_nothing_runs_in_an_empty_folder(tmp_path: Path) -> None:
    assert LocalStack(tmp_path).status() == ()
    with pytest.raises(ConfigurationError, match="bluegreen stack up"):
        LocalStack(tmp_path).endpoints()
