"""What people drill: rolling back from every phase, releases in a row, and two releases at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from airflow_bluegreen.core.model import Phase
from tests.reliability.points import Point
from tests.reliability.project import RELEASE
from tests.reliability.rounds import Undisturbed
from tests.reliability.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a release comes to stand in a phase: steps that are done, and one that is killed half-way."""

    done: tuple[str, ...]
    killed: tuple[str, str] | None = None


WAYS: Mapping[Phase, Way] = {
    Phase.PLANNED: Way(done=(), killed=("deploy", "before save phase deploying")),
    Phase.DEPLOYING: Way(done=(), killed=("deploy", "after submit")),
    Phase.COMPARED: Way(done=("deploy",)),
    Phase.CUTTING_OVER: Way(done=("deploy",), killed=("cut-over", "after put_config")),
    Phase.CUT_OVER: Way(done=("deploy", "cut-over")),
    Phase.RETIRING: Way(done=("deploy", "cut-over"), killed=("retire", "after stop_with_savepoint")),
    Phase.LIVE: Way(done=("deploy", "cut-over", "retire")),
    Phase.ROLLING_BACK: Way(
        done=("deploy", "cut-over", "retire"), killed=("roll-back", "after delete_topic")
    ),
}


def bring_to(world: World, phase: Phase, smooth: Undisturbed) -> None:
    """Release v1.1.0 as far as that phase."""
    way = WAYS[phase]
    for step in way.done:
        world.done(step)
    if way.killed:
        step, start = way.killed
        ended = world.run(step, kill=_first(smooth, step, start))
        assert ended.killed, f"{step} was not killed: {ended.told}"
    assert phase_of(world, RELEASE) is phase


def phase_of(world: World, release: str) -> Phase | None:
    return next((one.phase for one in world.platform.releases.records() if one.release == release), None)


def _first(smooth: Undisturbed, step: str, start: str) -> Point:
    return next(point for point in smooth.points[step] if str(point).startswith(start))
