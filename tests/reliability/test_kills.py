"""SIGKILL to the process of a release, everywhere, on the real servers; then the same command again."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import chain as joined
from pathlib import Path

import pytest

from tests.reliability.figures import write_figures
from tests.reliability.points import Point
from tests.reliability.rounds import (
    STEPS_AND_BACK,
    Outcome,
    Undisturbed,
    chains,
    named,
    play,
    rows_amiss,
    undisturbed,
)
from tests.reliability.wiring import Wired
from tests.reliability.world import World, eventually, living_project

Say = Callable[[str], None]
EVERY = int(os.environ.get("BLUEGREEN_FAULTS_EVERY", "1"))
"""Kill at every so-manieth point only; 4 takes a quarter of the time and meets all kinds of them."""
ROUNDS = max(2, 16 // EVERY)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_a_release_can_be_killed_everywhere(wired: Wired, tmp_path: Path, tell: Say, results: Path) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(2) as lanes:
        lane = [lanes.submit(play_lane, wired, tmp_path / str(each), each, tell) for each in range(2)]
        played = [each.result() for each in lane]
    outcomes = [outcome for each in played for outcome in each]
    kills = [kill for outcome in outcomes for kill in outcome.kills]
    wrong = [line for outcome in outcomes for line in outcome.wrong]
    reached = {(kill.step, kill.point) for kill in kills if kill.reached}
    write_figures(
        results / "kills.json",
        {
            "kills": [asdict(kill) for kill in kills],
            "rounds": len(outcomes),
            "wrong": wrong,
            "seconds": round(time.monotonic() - started),
        },
    )
    assert wrong == []
    assert len(reached) >= 40
    assert {step for step, _ in reached} == set(STEPS_AND_BACK)
    missed = {(kill.step, kill.point) for kill in kills} - reached
    assert missed == set(), "points that no round came by"


def play_lane(wired: Wired, folder: Path, number: int, tell: Say) -> list[Outcome]:
    """Every other round, on a project of its own."""
    folder.mkdir()
    outcomes: list[Outcome] = []
    with living_project(wired, folder, f"lane{number}", seed=10 + number) as world:
        smooth = undisturbed(world)
        chosen = {step: points[::EVERY] for step, points in smooth.points.items()}
        for chain in chains(chosen, ROUNDS)[number::2]:
            outcome = play(world, smooth, chain, tell)
            outcomes.append(outcome)
            ended = outcome.wrong or "as undisturbed"
            kills = f"{len(outcome.kills)} kills, {outcome.seconds:.0f} s"
            tell(f"lane {number}: round {len(outcomes)}: {ended}, {kills}")
        outcomes += again(world, smooth, outcomes, tell)
        outcomes[-1].wrong += rows_amiss(world)
        if not eventually(lambda: not world.sessions_left(), 60):
            outcomes[-1].wrong.append(f"sessions are left at the gateway: {world.sessions_left()}")
    return outcomes


def again(world: World, smooth: Undisturbed, outcomes: list[Outcome], tell: Say) -> list[Outcome]:
    """Points that a step did not come by after its earlier kills are tried as its first one."""
    missed = {
        step: [point for point in smooth.points[step] if is_missed(world, step, point, outcomes)]
        for step in STEPS_AND_BACK
    }
    extra: list[Outcome] = []
    for number in range(max(map(len, missed.values()), default=0)):
        chain = {step: tuple(points[number : number + 1]) for step, points in missed.items()}
        extra.append(play(world, smooth, chain, tell))
    return extra


def is_missed(world: World, step: str, point: Point, outcomes: list[Outcome]) -> bool:
    tried = [
        kill
        for kill in joined.from_iterable(outcome.kills for outcome in outcomes)
        if (kill.step, kill.point) == (step, named(world, point))
    ]
    return bool(tried) and not any(kill.reached for kill in tried)
