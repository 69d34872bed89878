import gc
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from airflow_bluegreen.core.garbage import SELDOM, seldom_collected
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.exceptions import SqlSyntaxError


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 11, 12)
    yield
    gc.set_threshold(*before)


def test_inside_it_is_seldom_and_afterwards_as_it_was() -> None:
    with seldom_collected():
        assert gc.get_threshold() == (SELDOM, 11, 12)
        with seldom_collected():
            assert gc.get_threshold() == (SELDOM, 11, 12)
        assert gc.get_threshold() == (SELDOM, 11, 12)
    assert gc.get_threshold() == (700, 11, 12)


def test_two_threads_may_end_in_the_order_in_which_they_began() -> None:
    one, two = seldom_collected(), seldom_collected()
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold()[0] == SELDOM
    two.__exit__(None, None, None)
    assert gc.get_threshold()[0] == 700


def test_an_error_leaves_it_as_it_was() -> None:
    with pytest.raises(SqlSyntaxError):
        read_project({"pipelines/sources/a/ddl.a.sql": "CREATE TABLE ("}, None)
    assert gc.get_threshold()[0] == 700


class SignalledError(Exception):
    """As a signal's handler raises it."""


@pytest.mark.parametrize("line", range(1, 7))
def test_what_a_signal_raises_while_it_begins_leaves_it_as_it_was(line: int) -> None:
    lines = 0

    def tracing(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if frame.f_code.co_name != "seldom_collected":
            return None
        lines += event == "line"
        if lines == line:
            raise SignalledError
        return tracing

    begun, before = seldom_collected(), sys.gettrace()
    sys.settrace(tracing)
    try:
        begun.__enter__()
    except SignalledError:
        begun = None  # type: ignore[assignment]
    finally:
        sys.settrace(before)
    assert begun is None, "there are fewer lines now"
    assert gc.get_threshold()[0] == 700
    with seldom_collected():
        assert gc.get_threshold()[0] == SELDOM
    assert gc.get_threshold()[0] == 700


@pytest.mark.parametrize("asked", [0, 2 * SELDOM])
def test_who_asked_for_never_or_for_more_seldom_keeps_it(asked: int) -> None:
    gc.set_threshold(asked, 11, 12)
    with seldom_collected():
        assert gc.get_threshold() == (asked, 11, 12)
    assert gc.get_threshold() == (asked, 11, 12)
