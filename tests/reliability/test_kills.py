"""SIGKILL to the process of a release, everywhere, on the real servers; then the same command again."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import chain as joined
from pathlib import Path

import pytest

from tests.reliability.figures import write_figures
from tests.reliability.points import Point
from tests.reliability.rounds import (
    STEPS_AND_BACK,
    Outcome,
    Tally,
    Undisturbed,
    chains,
    named,
    play,
    rows_amiss,
    tally,
    undisturbed,
)
from tests.reliability.wiring import Wired
from tests.reliability.world import World, living_project

Say = Callable[[str], None]
EVERY = int(os.environ.get("BLUEGREEN_FAULTS_EVERY", "1"))
"""Kill at every so-manieth point only; 4 takes a quarter of the time and meets all kinds of them."""
ROUNDS = max(2, 16 // EVERY)
LANES = 2


@dataclass(slots=True, kw_only=True)
class Lane:
    """The rounds on one project, and what they left: rows, and sessions of the SQL gateway."""

    outcomes: list[Outcome] = field(default_factory=list)
    rows: Tally | None = None
    sessions: int = 0
    sessions_left: list[str] = field(default_factory=list)


@pytest.mark.faults
@pytest.mark.timeout(10_800)
def test_a_release_can_be_killed_everywhere(wired: Wired, tmp_path: Path, tell: Say, results: Path) -> None:
    started, writing = time.monotonic(), threading.Lock()
    lanes = [Lane() for _ in range(LANES)]

    def keep() -> None:
        with writing:
            write_figures(results / "kills.json", figures(lanes, time.monotonic() - started))

    with ThreadPoolExecutor(LANES) as threads:
        playing = [
            threads.submit(play_lane, wired, tmp_path / str(number), number, lane, tell, keep)
            for number, lane in enumerate(lanes)
        ]
    for each in playing:
        each.result()
    assert [line for lane in lanes for outcome in lane.outcomes for line in outcome.wrong] == []
    kills = [kill for lane in lanes for outcome in lane.outcomes for kill in outcome.kills]
    reached = {(kill.step, kill.point) for kill in kills if kill.reached}
    assert len(reached) >= 40
    assert {step for step, _ in reached} == set(STEPS_AND_BACK)
    missed = {(kill.step, kill.point) for kill in kills} - reached
    assert missed == set(), "points that no round came by"
    assert [rows_amiss(lane.rows) for lane in lanes if lane.rows] == [[]] * LANES
    assert [lane.sessions_left for lane in lanes] == [[]] * LANES


def figures(lanes: list[Lane], seconds: float) -> dict[str, object]:
    """What was done to all projects, and what they hold in the end."""
    outcomes = [outcome for lane in lanes for outcome in lane.outcomes]
    return {
        "every": EVERY,
        "kills": [asdict(kill) for outcome in outcomes for kill in outcome.kills],
        "rounds": len(outcomes),
        "wrong": [line for outcome in outcomes for line in outcome.wrong],
        "blue_looks": sum(outcome.blue_looks for outcome in outcomes),
        "blue_touched": sum(bool(outcome.blue_touched) for outcome in outcomes),
        "rows": [asdict(lane.rows) for lane in lanes if lane.rows],
        "sessions": sum(lane.sessions for lane in lanes),
        "sessions_left": sum(len(lane.sessions_left) for lane in lanes),
        "seconds": round(seconds),
    }


def play_lane(
    wired: Wired, folder: Path, number: int, lane: Lane, tell: Say, keep: Callable[[], None]
) -> None:
    """Every other round, on a project of its own; the figures are kept after each."""
    folder.mkdir()
    with living_project(wired, folder, f"lane{number}", seed=10 + number) as world:
        smooth = undisturbed(world)
        chosen = {step: points[::EVERY] for step, points in smooth.points.items()}
        for chain in chains(chosen, ROUNDS)[number::LANES]:
            outcome = play(world, smooth, chain, tell)
            lane.outcomes.append(outcome)
            ended = outcome.wrong or "as undisturbed"
            kills = f"{len(outcome.kills)} kills, {outcome.seconds:.0f} s"
            tell(f"lane {number}: round {len(lane.outcomes)}: {ended}, {kills}")
            keep()
        again(world, smooth, lane.outcomes, tell)
        lane.rows = tally(world)
        lane.sessions = len(world.sessions)
        lane.sessions_left = world.sessions_left()
        keep()
        tell(f"lane {number}: {lane.rows}, {len(lane.sessions_left)} of {lane.sessions} sessions left")


def again(world: World, smooth: Undisturbed, outcomes: list[Outcome], tell: Say) -> None:
    """Points that a step did not come by after its earlier kills are tried as its first one."""
    missed = {
        step: [point for point in smooth.points[step] if is_missed(world, step, point, outcomes)]
        for step in STEPS_AND_BACK
    }
    for number in range(max(map(len, missed.values()), default=0)):
        chain = {step: tuple(points[number : number + 1]) for step, points in missed.items()}
        outcomes.append(play(world, smooth, chain, tell))


def is_missed(world: World, step: str, point: Point, outcomes: list[Outcome]) -> bool:
    tried = [
        kill
        for kill in joined.from_iterable(outcome.kills for outcome in outcomes)
        if (kill.step, kill.point) == (step, named(world, point))
    ]
    return bool(tried) and not any(kill.reached for kill in tried)
