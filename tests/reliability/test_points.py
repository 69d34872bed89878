"""Every writing call has a name, and a process can be killed right there."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from airflow_bluegreen.ports import Platform
from tests.actions.faults import WRITES
from tests.actions.releasing import bring_up, finish
from tests.actions.world import World
from tests.reliability.points import Line, Point, When, boundary_of, subject, watched

KILLED = """
import sys, time
from tests.reliability.points import Line, Point, kill_at
line = Line(kill_at(Point.read(sys.argv[1])))
line.through(None, "create_topic", lambda topic: (print("called", flush=True), time.sleep(0.5)), (Topic,), {})
"""


class Topic:
    name = "orders"


class WatchedWorld(World):
    """Whose every writing call is a point."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.watching = Line(self.points.append)
        super().__init__()

    @property
    def platform(self) -> Platform:
        return watched(super().platform, self.watching)


def test_the_points_of_a_whole_release_have_names_that_tell_them_apart() -> None:
    world = WatchedWorld()
    finish(world, bring_up(world))
    names = [str(point) for point in world.points]
    assert len(set(names)) == len(names) > 90
    for name in (
        "before commit_files bluegreen/v1.0.1",
        "after save phase deploying",
        "during submit dml.int_3_v2",
        "after save marker stop blue job dml.int_3",
        "before save savepoint of dml.int_3",
        "after set_offsets sink-fact-2",
        "after save phase live",
    ):
        assert name in names, sorted(names)


def test_a_point_is_read_as_it_is_written() -> None:
    point = Point("submit dml.orders", When.DURING)
    assert str(point) == "during submit dml.orders"
    assert Point.read(str(point)) == point


@pytest.mark.parametrize(
    ("line", "boundary"),
    [
        ("preflight passed: 3 statements explained", "preflight preflight"),
        ("orders has caught up: 10 input records, 0 behind", "catch-up orders"),
        ("orders: match", "comparison orders"),
        ("dml.orders_v2 RUNNING, 3 behind; sink-orders RUNNING, 0 behind", None),
        ("green is well", "observation green"),
        ("green and its connectors were well for 10 min", "observation green"),
        ("  keys: match, all", None),
        ("topic orders created", None),
    ],
)
def test_boundaries_are_told_by_what_is_said(line: str, boundary: str | None) -> None:
    assert boundary_of(line) == boundary


def test_the_same_call_twice_has_two_names() -> None:
    seen: list[Point] = []
    line = Line(seen.append)
    for _ in range(2):
        line.through(None, "create_topic", lambda topic: topic, (Topic,), {})
    assert [str(one) for one in seen if one.when is When.AFTER] == [
        "after create_topic orders",
        "after create_topic orders #2",
    ]


@pytest.mark.parametrize(("when", "called"), [("before", ""), ("during", "called\n"), ("after", "called\n")])
def test_a_process_is_killed_at_its_point(when: str, called: str) -> None:
    program = f"class Topic:\n    name = 'orders'\n{KILLED}"
    done = subprocess.run(
        [sys.executable, "-c", program, f"{when} create_topic orders"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, called)


def test_another_point_is_survived() -> None:
    program = f"class Topic:\n    name = 'orders'\n{KILLED}"
    command = [sys.executable, "-c", program, "before create_topic payments"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, check=False)
    assert done.returncode == 0


def test_every_write_has_words_for_what_it_is_about() -> None:
    for method in WRITES - {
        "save",
        "submit",
        "cancel",
        "stop_with_savepoint",
        "create_topic",
        "commit_files",
    }:
        assert subject(None, method, ("orders",), {}) == "orders"


def test_threads_are_counted_together() -> None:
    seen: list[Point] = []
    line = Line(seen.append)
    threads = [
        threading.Thread(target=line.through, args=(None, "create_topic", lambda topic: topic, (Topic,), {}))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(str, seen))) == len(seen) == 15
    assert json.dumps(str(seen[0]))
