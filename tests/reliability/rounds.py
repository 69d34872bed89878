"""Whole releases in which every step is killed again and again, and what must be the same in the end."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from confluent_kafka import KafkaException

from airflow_bluegreen.core.model import Phase
from airflow_bluegreen.exceptions import BluegreenError
from tests.reliability.points import Point
from tests.reliability.project import RELEASE
from tests.reliability.seen import Blue, Seen
from tests.reliability.world import STEPS, World, eventually

STEPS_AND_BACK = (*STEPS, "roll-back")
_SETTLE_S = 180.0
_FINGERPRINT = re.compile(r"\.[0-9a-f]{64}\b")
BLUE = ("src", "mid", "fact")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """A release that nothing came in the way of: by step, its points and what was there afterwards."""

    points: Mapping[str, tuple[Point, ...]]
    after: Mapping[str, Seen]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One kill: where, whether the process came by there, and how long it lived."""

    step: str
    point: str
    reached: bool
    seconds: float


@dataclass(slots=True, kw_only=True)
class Outcome:
    """A round: its kills, and everything that was not as it should be.

    ``blue_looks``: how often all of blue was compared with what it was before.
    """

    kills: list[Kill] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    blue_looks: int = 0
    blue_touched: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The rows that were sent, and what became of them in blue's tables and in the sink of ``fact``."""

    sent: int
    lost: int
    doubled: int
    sunk: int
    sink_lost: int
    sink_doubled: int


def undisturbed(world: World) -> Undisturbed:
    """Release v1.1.0 all the way and roll it back, watching every step."""
    points: dict[str, tuple[Point, ...]] = {}
    after: dict[str, Seen] = {}
    seconds: dict[str, float] = {}
    for step in STEPS_AND_BACK:
        ended = world.done(step)
        points[step] = tuple(dict.fromkeys(ended.points))
        seconds[step] = ended.seconds
        after[step] = world.seen()
    return Undisturbed(points=points, after=after, seconds=seconds)


def chains(points: Mapping[str, Sequence[Point]], rounds: int) -> list[dict[str, tuple[Point, ...]]]:
    """Deal the points of each step out to the rounds, each keeping the order in which a run meets them."""
    return [{step: tuple(each[number::rounds]) for step, each in points.items()} for number in range(rounds)]


def play(world: World, smooth: Undisturbed, chain: Mapping[str, Sequence[Point]], say: Say) -> Outcome:
    """One release; each step is killed at its points, one after the other, and then run to its end.

    After each step the project must look as after an undisturbed one, and up to the retirement blue must be
    as it was in everything.
    """
    outcome = Outcome()
    started = time.monotonic()
    before = world.blue()
    for step in STEPS_AND_BACK:
        for point in chain.get(step, ()):
            kill(world, step, point, outcome, say)
        ended = world.run(step)
        if ended.code != 0:
            outcome.wrong.append(f"{step} ended with {ended.code}: {ended.message}")
            break
        outcome.wrong += not_as(world, smooth.after[step], step)
        if step in ("deploy", "cut-over"):
            parts = EVERYTHING if step == "deploy" else EVERYTHING_BUT_SINKS
            outcome.blue_looks += 1
            outcome.blue_touched += blue_touched(world, before, parts)
    if world.platform.releases.records()[-1].phase is not Phase.ROLLED_BACK:
        world.done("roll-back")
    outcome.wrong += outcome.blue_touched
    outcome.seconds = time.monotonic() - started
    return outcome


def kill(world: World, step: str, point: Point, outcome: Outcome, say: Say) -> bool:
    """Run a step until it is killed at a point; False when it never came there."""
    ended = world.run(step, RELEASE, kill=point)
    outcome.kills.append(
        Kill(step=step, point=named(world, point), reached=ended.killed, seconds=round(ended.seconds, 1))
    )
    told = "killed" if ended.killed else f"not reached, exit {ended.code}"
    say(f"{step:<9} {named(world, point)}: {told}, {ended.seconds:.1f} s")
    if not ended.killed and ended.code != 0:
        outcome.wrong.append(f"{step} to be killed {point} ended with {ended.code}: {ended.message}")
    return ended.killed


def named(world: World, point: Point) -> str:
    """A point without the prefix of its project, and without the fingerprint of its SQL."""
    prefix = world.names.prefix
    return _FINGERPRINT.sub("", str(point)).replace(f"{prefix}_", "").replace(f"-{prefix}-", "-")


def not_as(world: World, wanted: Seen, step: str, *, phases_only: bool = False) -> list[str]:
    """How the project differs from what is wanted, once it has had time to settle.

    :param phases_only: of the ledger compare the phases; a rollback's record tells from where it came.
    """
    found: list[str] = []

    def look() -> None:
        now = world.seen()
        if phases_only:
            found[:] = now.with_phases_only().differences(wanted.with_phases_only())
        else:
            found[:] = now.differences(wanted)

    return [f"after {step}: {line}" for line in settled(look, found)]


def settled(look: Callable[[], None], found: list[str]) -> list[str]:
    """What is still found when everything has had time to settle, and its servers time to answer."""

    def nothing_found() -> bool:
        try:
            look()
        except (BluegreenError, KafkaException, httpx.HTTPError) as error:
            found[:] = [f"it cannot be seen: {error}"]
        return not found

    eventually(nothing_found, _SETTLE_S)
    return found


EVERYTHING = ("jobs", "restarts", "topics", "connectors")
EVERYTHING_BUT_SINKS = ("jobs", "restarts", "topics")
"""After a cut-over the sinks may read something else."""
WHAT_STAYS = ("jobs", "topics", "connectors")
"""When servers break, Flink restarts the jobs of blue: the same jobs."""


def blue_touched(world: World, before: Blue, parts: Sequence[str]) -> list[str]:
    """What of blue is not as it was, once it has had time to settle."""
    found: list[str] = []

    def look() -> None:
        now = world.blue()
        found[:] = [
            f"blue's {part}: {getattr(now, part)}, were {getattr(before, part)}"
            for part in parts
            if getattr(now, part) != getattr(before, part)
        ]

    return settled(look, found)


def tally(world: World) -> Tally:
    """Count every row, once all have had time to come through."""
    tables = world.settled(BLUE)
    sunk = world.sunk("fact", "fact")
    return Tally(
        sent=world.feed.sent,
        lost=sum(len(one.lost) for one in tables.values()),
        doubled=sum(len(one.doubled) for one in tables.values()),
        sunk=sunk.seen,
        sink_lost=len(sunk.lost),
        sink_doubled=len(sunk.doubled),
    )


def rows_amiss(rows: Tally) -> list[str]:
    """What is wrong with the rows where no job ever restarted: blue's tables hold each once, and the sinks
    all.
    """
    told = {
        "rows lost in blue's tables": rows.lost,
        "rows twice in blue's tables": rows.doubled,
        "rows of fact lacking in its sink": rows.sink_lost,
    }
    return [f"{count} {what}" for what, count in told.items() if count]
