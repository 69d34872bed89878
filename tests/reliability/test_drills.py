"""Rolling back from every phase; three releases in a row with a rollback between; two releases at once."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_bluegreen.core.model import Phase
from tests.reliability.drills import WAYS, bring_to, phase_of
from tests.reliability.figures import write_figures
from tests.reliability.points import Point
from tests.reliability.project import NEXT, RELEASE
from tests.reliability.rounds import STEPS_AND_BACK, Undisturbed, not_as, rows_amiss, undisturbed
from tests.reliability.rows import rows_in_sink
from tests.reliability.runs import Ended
from tests.reliability.wiring import Wired
from tests.reliability.world import STEPS, World, living_project

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def world(wired: Wired, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with living_project(wired, tmp_path_factory.mktemp("drills"), "drilled", seed=4) as living:
        yield living


@pytest.fixture(scope="module")
def smooth(world: World) -> Undisturbed:
    return undisturbed(world)


@pytest.fixture(scope="module")
def drills() -> Iterator[list[dict[str, Any]]]:
    done: list[dict[str, Any]] = []
    yield done
    folder = Path(__file__).parents[2] / "build" / "reliability"
    folder.mkdir(parents=True, exist_ok=True)
    write_figures(folder / "drills.json", {"drills": done})


@pytest.mark.parametrize("phase", WAYS, ids=str)
def test_a_release_is_rolled_back_from_every_phase(
    world: World, smooth: Undisturbed, drills: list[dict[str, Any]], phase: Phase, tell: Say
) -> None:
    before = world.blue()
    bring_to(world, phase, smooth)
    kept = world.blue().jobs == before.jobs
    started = time.monotonic()
    world.done("roll-back")
    seconds = round(time.monotonic() - started, 1)
    tell(f"rolled back from {phase}: {seconds} s")
    back = smooth.after["roll-back"]
    assert not_as(world, back, f"rolling back from {phase}", phases_only=True) == []
    assert rows_amiss(world) == []
    after = world.blue()
    if kept:
        assert (after.jobs, after.topics) == (before.jobs, before.topics)
    sunk = world.sunk("fact", "fact")
    drills.append(
        {
            "drill": f"roll back from {phase}",
            "seconds": seconds,
            "blue_jobs_kept": after.jobs == before.jobs,
            "sink_lost": len(sunk.lost),
            "sink_doubled": len(sunk.doubled),
        }
    )


def test_the_sink_has_every_row_of_each_colour_between_cut_over_and_rollback(
    world: World, smooth: Undisturbed, drills: list[dict[str, Any]]
) -> None:
    file = world.sinks / f"{world.names.sink('fact')}.txt"
    already = len(rows_in_sink(file).get(world.names.of("fact_v2"), []))
    world.done("deploy")
    world.done("cut-over")
    green = world.settled(("fact_v2",))["fact_v2"]
    assert green.even, green
    world.sunk("fact", "fact_v2")
    rows = rows_in_sink(file)[world.names.of("fact_v2")][already:]
    assert [row_id for _, row_id in rows] == list(range(1, world.feed.sent + 1)), "each row of green once"
    newest = dict(rows)
    world.done("roll-back")
    blue = world.settled(("fact",))["fact"]
    sunk = world.sunk("fact", "fact")
    assert sunk.lost == ()
    assert sunk.newest == blue.newest, "the sink shows blue's newest row of each key again"
    assert newest == dict(green.newest)
    drills.append(
        {
            "drill": "sink between cut-over and rollback",
            "green_rows": len(rows),
            "sink_lost": len(sunk.lost),
            "sink_doubled": len(sunk.doubled),
        }
    )


def test_a_second_release_is_refused_and_the_first_is_unharmed(
    world: World, smooth: Undisturbed, drills: list[dict[str, Any]], tell: Say
) -> None:
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
    tell(f"the second release was told: {meanwhile[0].message}")
    world.done("roll-back")
    drills.append({"drill": "two releases at once", "message": meanwhile[0].message})


def test_the_same_release_twice_at_once_ends_as_once(
    world: World, smooth: Undisturbed, drills: list[dict[str, Any]], tell: Say
) -> None:
    for step in STEPS_AND_BACK:
        points = smooth.points[step]
        middle = [one for one in points if str(one).startswith("before")][len(points) // 8]
        twins: list[Ended] = []
        ended = world.run(
            step, pauses=[middle], at_pause=lambda _, step=step, twins=twins: twins.append(world.run(step))
        )
        codes = [twins[0].code, ended.code] if twins else [ended.code]
        assert set(codes) <= {0, 1, 3}, ended.told
        if 0 not in codes or ended.code != 0:
            world.done(step)
        assert not_as(world, smooth.after[step], f"two times {step}") == []
        tell(f"{step} twice at once: exit codes {codes}")
        drills.append({"drill": f"{step} twice at once", "codes": codes})


def test_three_releases_in_a_row_with_a_rollback_between(
    world: World, smooth: Undisturbed, drills: list[dict[str, Any]], tell: Say
) -> None:
    started = time.monotonic()
    for step in STEPS:
        world.done(step, RELEASE)
    first = world.seen()
    for step in STEPS:
        world.done(step, NEXT)
    second = world.seen()
    world.done("roll-back", NEXT)
    back = world.seen()
    assert (back.topics, back.subjects, back.connectors) == (first.topics, first.subjects, first.connectors)
    assert sorted(back.jobs) == sorted(first.jobs)
    for step in STEPS:
        world.done(step, NEXT)
    assert not_as(world, second, "the third release") == []
    world.done("roll-back", NEXT)
    world.done("roll-back", RELEASE)
    assert world.seen().topics == smooth.after["roll-back"].topics
    assert rows_amiss(world) == []
    tell(f"three releases and three rollbacks: {time.monotonic() - started:.0f} s")
    drills.append(
        {"drill": "three releases, a rollback between", "seconds": round(time.monotonic() - started)}
    )
