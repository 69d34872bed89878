"""A release under which something breaks: in three phases, each time mended, until the release is through."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.reliability.breakdowns import Breakdown, mended
from tests.reliability.points import Point, When
from tests.reliability.rounds import WHAT_STAYS, Undisturbed, blue_touched, not_as
from tests.reliability.runs import Ended
from tests.reliability.world import World

OUTAGE_S = 6.0
"""How long a breakdown lasts, unless the release stops earlier."""
TRIES = 3

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """When something breaks: the step of the release, and the point before or after which."""

    name: str
    step: str
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What became of a release: it went on, or it stopped with a message; and how often it was run again."""

    breakdown: str
    phase: str
    outcome: str
    message: str
    again: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class Story:
    """All phases of one breakdown, and everything that was not as it should be."""

    broken: list[Broken] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    blue_restarts: int = 0


def phases(smooth: Undisturbed) -> tuple[Phase, ...]:
    """Deploying: before the first job is submitted. Comparing: when the last table has caught up. Cutting
    over: before the first connector gets its configuration.
    """

    def first(step: str, start: str) -> Point:
        return next(each for each in smooth.points[step] if str(each).startswith(start))

    caught_up = [each for each in smooth.points["deploy"] if each.call.startswith("catch-up")]
    return (
        Phase(name="deploying", step="deploy", point=first("deploy", f"{When.BEFORE} submit")),
        Phase(name="comparing", step="deploy", point=caught_up[-1]),
        Phase(name="cutting over", step="cut-over", point=first("cut-over", f"{When.BEFORE} put_config")),
    )


def endure(
    world: World,
    smooth: Undisturbed,
    breakdown: Breakdown,
    say: Say,
    *,
    names: Sequence[str] = ("deploying", "comparing", "cutting over"),
) -> Story:
    """Deploy and cut over while it breaks in each of these phases, then roll back in peace."""
    story = Story()
    before = world.blue()
    chosen = [phase for phase in phases(smooth) if phase.name in names]
    try:
        for step in dict.fromkeys(phase.step for phase in chosen):
            mine = [phase for phase in chosen if phase.step == step]
            if not _through(world, breakdown, step, mine, story, say):
                break
            story.wrong += not_as(world, smooth.after[step], step)
            parts = WHAT_STAYS if step == "deploy" else WHAT_STAYS[:-1]
            story.wrong += blue_touched(world, before, parts)
            now = world.blue()
            # Flink counts a job's restarts anew under another JobManager.
            more = [now.restarts.get(name, 0) - before.restarts[name] for name in before.restarts]
            story.blue_restarts = sum(max(0, restarts) for restarts in more)
    finally:
        mended(world, breakdown)
        world.done("roll-back")
    if story.blue_restarts and not breakdown.hits_jobs:
        story.wrong.append(f"blue's jobs restarted {story.blue_restarts} times")
    story.wrong += not_as(world, smooth.after["roll-back"], "roll-back", phases_only=True)
    return story


@dataclass(slots=True, kw_only=True)
class _Outages:
    """Breaks at each phase that a run comes to, and mends after a while."""

    world: World
    breakdown: Breakdown
    coming: Sequence[Phase]
    struck: list[Phase] = field(default_factory=list)
    timers: list[threading.Timer] = field(default_factory=list)

    def strike(self, point: Point) -> None:
        for timer in self.timers:
            timer.join()
        self.breakdown.strike(self.world)
        self.struck += [phase for phase in self.coming if phase.point == point]
        self.timers.append(threading.Timer(OUTAGE_S, self.breakdown.mend, (self.world,)))
        self.timers[-1].start()

    def end(self) -> None:
        for timer in self.timers:
            timer.cancel()
            timer.join()
        if self.struck:
            mended(self.world, self.breakdown)


def _through(
    world: World, breakdown: Breakdown, step: str, coming: Sequence[Phase], story: Story, say: Say
) -> bool:
    """Run a step again and again until it is through; each phase breaks once, on the way."""
    left = list(coming)
    for _ in range(TRIES + len(coming)):
        outages = _Outages(world=world, breakdown=breakdown, coming=left)
        started = time.monotonic()
        ended = world.run(step, pauses=[phase.point for phase in left], at_pause=outages.strike)
        outages.end()
        _note(breakdown, outages.struck, ended, time.monotonic() - started, story, say)
        left = [phase for phase in left if phase not in outages.struck]
        if ended.code == 0:
            return True
    story.wrong.append(f"{step} did not come through: {ended.message}")
    return False


def _note(
    breakdown: Breakdown, struck: Sequence[Phase], ended: Ended, seconds: float, story: Story, say: Say
) -> None:
    """The last phase that was struck is the one that a run stopped for; the ones before it went on."""
    for phase in struck:
        stopped = ended.code != 0 and phase is struck[-1]
        message = ended.message if stopped else ""
        story.broken.append(
            Broken(
                breakdown=breakdown.name,
                phase=phase.name,
                outcome="stopped" if stopped else "went on",
                message=message,
                again=int(stopped),
                seconds=round(seconds, 1),
            )
        )
        say(f"{breakdown.name}, {phase.name}: {story.broken[-1].outcome}, {seconds:.0f} s {message}")
        if stopped and not breakdown.explains(message):
            story.wrong.append(f"the message of {phase.name} does not tell the cause: {message}")
        if stopped and ended.code not in (1, 3):
            story.wrong.append(f"{phase.name} ended with exit code {ended.code}: {ended.told[-2000:]}")
    if not struck and ended.code != 0:
        story.wrong.append(f"{ended.command} stopped though nothing was broken any more: {ended.message}")
