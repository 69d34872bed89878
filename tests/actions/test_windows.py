"""Waiting for the release window; the clock of the fakes begins on Tuesday 2023-11-14 at 22:13:20 UTC."""

from datetime import UTC, date, datetime, time

import pytest

from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.windows import await_window, opens_at
from airflow_bluegreen.core.model import Blackout, Outside, Phase, ReleaseWindow
from airflow_bluegreen.exceptions import WindowClosedError
from tests.actions.world import World

MORNING = ReleaseWindow(start=time(6), end=time(8), time_zone="Europe/Berlin")


def compared() -> World:
    world = World()
    now = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC).timestamp()
    world.cluster.clock.advance(now - world.cluster.clock.now())
    open_release(world.platform, world.plan(), world.story)
    advance_to(world.platform, "v1.0.1", Phase.DEPLOYING)
    advance_to(world.platform, "v1.0.1", Phase.COMPARED)
    return world


def test_it_waits_until_the_window_opens() -> None:
    world = compared()
    await_window(world.platform, "v1.0.1", MORNING, world.story)
    late = world.cluster.clock.now() - datetime(2023, 11, 15, 5, tzinfo=UTC).timestamp()
    assert 0 <= late <= 30
    assert world.story.lines[-1] == (
        "the release window (06:00 to 08:00 Europe/Berlin) is closed, "
        "it opens Wed 2023-11-15 06:00 CET; waiting"
    )


def test_an_open_window_lets_it_begin_at_once() -> None:
    world = compared()
    await_window(world.platform, "v1.0.1", ReleaseWindow(start=time(22), end=time(4)), world.story)
    assert world.cluster.clock.slept == []


def test_it_stops_where_the_window_says_so() -> None:
    world = compared()
    window = ReleaseWindow(start=time(6), end=time(8), outside=Outside.STOP)
    with pytest.raises(
        WindowClosedError, match=r"it opens Wed 2023-11-15 06:00 UTC; green stays beside blue"
    ):
        await_window(world.platform, "v1.0.1", window, world.story)
    assert world.cluster.clock.slept == []


@pytest.mark.parametrize("phase", [Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING])
def test_a_cut_over_that_has_begun_goes_on_at_any_time(phase: Phase) -> None:
    world = compared()
    for step in (Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING):
        advance_to(world.platform, "v1.0.1", step)
        if step is phase:
            break
    assert opens_at(world.platform, "v1.0.1", MORNING) is None


def test_a_window_that_never_opens_is_refused() -> None:
    world = compared()
    window = ReleaseWindow(blackouts=(Blackout(first=date(2000, 1, 1), last=date(2100, 1, 1)),))
    with pytest.raises(WindowClosedError, match="does not open again in two years"):
        await_window(world.platform, "v1.0.1", window, world.story)
