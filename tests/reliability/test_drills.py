"""Rolling back from every phase; three releases in a row with a rollback between; two releases at once."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from airflow_bluegreen.core.model import Phase
from tests.reliability.drills import WAYS, bring_to, phase_of
from tests.reliability.figures import add_figures
from tests.reliability.points import Point
from tests.reliability.project import NEXT, RELEASE
from tests.reliability.rounds import (
    EVERYTHING,
    STEPS_AND_BACK,
    Undisturbed,
    blue_touched,
    not_as,
    rows_amiss,
    tally,
    undisturbed,
)
from tests.reliability.rows import rows_in_sink
from tests.reliability.runs import Ended
from tests.reliability.wiring import Wired
from tests.reliability.world import STEPS, World, living_project

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Where the drills are written down: told at once, and kept for docs/reliability.md."""

    file: Path
    tell: Callable[[str], None]

    def enter(self, drill: str, **seen: object) -> None:
        self.tell(f"{drill}: {seen}")
        add_figures(self.file, drill, seen)


@pytest.fixture(scope="module")
def world(wired: Wired, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with living_project(wired, tmp_path_factory.mktemp("drills"), "drilled", seed=4) as living:
        yield living


@pytest.fixture(scope="module")
def smooth(world: World) -> Undisturbed:
    return undisturbed(world)


@pytest.fixture
def book(results: Path, tell: Callable[[str], None]) -> Book:
    return Book(file=results / "drills.json", tell=tell)


@pytest.mark.parametrize("phase", WAYS, ids=str)
def test_a_release_is_rolled_back_from_every_phase(
    world: World, smooth: Undisturbed, book: Book, phase: Phase
) -> None:
    before, rows_before = world.blue(), tally(world)
    bring_to(world, phase, smooth)
    kept = world.blue().jobs == before.jobs
    started = time.monotonic()
    world.done("roll-back")
    seconds = round(time.monotonic() - started, 1)
    assert not_as(world, smooth.after["roll-back"], f"rolling back from {phase}", phases_only=True) == []
    assert blue_touched(world, before, EVERYTHING if kept else ("topics", "connectors")) == []
    rows = tally(world)
    assert rows_amiss(rows) == []
    book.enter(
        f"roll back from {phase}",
        seconds=seconds,
        blue_never_stopped=kept,
        rows=rows.sent - rows_before.sent,
        lost=rows.lost + rows.sink_lost,
        twice_in_blue=rows.doubled - rows_before.doubled,
        twice_in_the_sink=rows.sink_doubled - rows_before.sink_doubled,
    )


def test_the_sink_has_every_row_of_each_colour_between_cut_over_and_rollback(
    world: World, smooth: Undisturbed, book: Book
) -> None:
    file = world.sinks / f"{world.names.sink('fact')}.txt"
    already = len(rows_in_sink(file).get(world.names.of("fact_v2"), []))
    world.done("deploy")
    world.done("cut-over")
    green = world.settled(("fact_v2",), then_flow=False)["fact_v2"]
    assert green.even, green
    world.sunk("fact", "fact_v2", then_flow=False)
    rows = rows_in_sink(file)[world.names.of("fact_v2")][already:]
    assert [row_id for _, row_id in rows] == list(range(1, world.feed.sent + 1)), "each row of green once"
    assert dict(rows) == dict(green.newest)
    world.feed.go_on()
    world.done("roll-back")
    blue = world.settled(("fact",), then_flow=False)["fact"]
    sunk = world.sunk("fact", "fact")
    assert sunk.lost == ()
    assert sunk.newest == blue.newest, "the sink shows blue's newest row of each key again"
    book.enter(
        "sink between cut-over and rollback",
        green_rows=len(rows),
        lost=len(sunk.lost),
        twice_in_the_sink=len(sunk.doubled),
    )


def test_a_second_release_is_refused_and_the_first_is_unharmed(
    world: World, smooth: Undisturbed, book: Book
) -> None:
    before = world.blue()
    meanwhile: list[Ended] = []

    def start_another(_: Point) -> None:
        meanwhile.append(world.run("deploy", NEXT))
        meanwhile.append(world.run("roll-back", NEXT))

    half_way = next(one for one in smooth.points["deploy"] if str(one).startswith("before submit"))
    ended = world.run("deploy", pauses=[half_way], at_pause=start_another)
    assert [one.code for one in meanwhile] == [1, 1], "neither can be begun nor undone"
    assert "one release at a time" in meanwhile[0].message
    assert ended.code == 0, ended.told
    assert not_as(world, smooth.after["deploy"], "deploy") == []
    assert phase_of(world, NEXT) in (None, Phase.ROLLED_BACK)
    assert blue_touched(world, before, EVERYTHING) == []
    world.done("roll-back")
    book.enter("two releases at once", the_second_was_told=meanwhile[0].message)


def test_the_same_release_twice_at_once_ends_as_once(world: World, smooth: Undisturbed, book: Book) -> None:
    for step in STEPS_AND_BACK:
        points = smooth.points[step]
        middle = [one for one in points if str(one).startswith("before")][len(points) // 8]
        twins: list[Ended] = []
        ended = world.run(
            step, pauses=[middle], at_pause=lambda _, step=step, twins=twins: twins.append(world.run(step))
        )
        codes = [one.code for one in (*twins, ended)]
        assert len(codes) == 2, f"{step} did not come by {middle}: {ended.told}"
        assert set(codes) <= {0, 1, 3}, [one.told for one in (*twins, ended)]
        if codes != [0, 0]:
            world.done(step)
        assert not_as(world, smooth.after[step], f"two times {step}") == []
        book.enter(f"{step} twice at once", exit_codes=" and ".join(map(str, codes)))


def test_three_releases_in_a_row_with_a_rollback_between(
    world: World, smooth: Undisturbed, book: Book
) -> None:
    started = time.monotonic()
    rows_before = tally(world)
    for step in STEPS:
        world.done(step, RELEASE)
    first = world.seen()
    for step in STEPS:
        world.done(step, NEXT)
    second = world.seen()
    world.done("roll-back", NEXT)
    undone = replace(first, ledger={**first.ledger, NEXT: {"phase": str(Phase.ROLLED_BACK)}})
    assert not_as(world, undone, "the rollback between", phases_only=True) == []
    for step in STEPS:
        world.done(step, NEXT)
    assert not_as(world, second, "the third release") == []
    world.done("roll-back", NEXT)
    world.done("roll-back", RELEASE)
    seconds = round(time.monotonic() - started)
    back = smooth.after["roll-back"]
    all_back = replace(back, ledger={**back.ledger, NEXT: {"phase": str(Phase.ROLLED_BACK)}})
    assert not_as(world, all_back, "both rollbacks", phases_only=True) == []
    rows = tally(world)
    assert rows_amiss(rows) == []
    book.enter(
        "three releases, a rollback between, and back to the first",
        seconds=seconds,
        rows=rows.sent - rows_before.sent,
        lost=rows.lost + rows.sink_lost,
        twice_in_blue=rows.doubled - rows_before.doubled,
        twice_in_the_sink=rows.sink_doubled - rows_before.sink_doubled,
    )
