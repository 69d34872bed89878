"""When green has caught up: targets captured, progress observed, waited for; a table, or all of a release."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from airflow_bluegreen.actions.green_progress import Look, capture, look_around
from airflow_bluegreen.actions.planned import planned_table
from airflow_bluegreen.actions.polling import forgiving, now_ms, poll
from airflow_bluegreen.actions.progress_tale import Tales, Watching
from airflow_bluegreen.core.model import Plan, PlannedTable
from airflow_bluegreen.core.readiness import Readiness, ReadinessState, Targets, Tolerance
from airflow_bluegreen.core.trouble import REMEDIES, Patience, Trouble
from airflow_bluegreen.exceptions import ReadinessError
from airflow_bluegreen.ports import Narrator, Platform

TOLERANCE = Tolerance(lag=1_000, calm_polls=2, watermark_ms=60_000)
"""New records keep coming: green is never at the very end of its inputs."""
PATIENCE = Patience()
POLL_S = 5.0
_AT_ONCE = 4


def capture_targets(platform: Platform, plan: Plan, table: str) -> Targets:
    """What green must have read to be called hydrated.

    Call it when the table's green parents are ready: a child over an empty topic has nothing to read and
    would look ready at once. Raises UnknownTableError for a table that is not in the plan.
    """
    planned = planned_table(plan, table)
    return capture(platform, plan, [planned], look_around(platform, plan, [planned]))[0]


def observe(
    platform: Platform,
    plan: Plan,
    table: str,
    targets: Targets,
    previous: Readiness | None = None,
    *,
    tolerance: Tolerance = TOLERANCE,
    patience: Patience = PATIENCE,
) -> Readiness:
    """Look once and judge; reads only.

    :param previous: the judgement of the look before, without which no table becomes ready: that a checkpoint
        came after the targets were reached takes two looks.
    """
    planned = planned_table(plan, table)
    scene = look_around(platform, plan, [planned])
    look = Look(platform, plan, scene, tolerance, patience, now_ms(platform.clock))
    return look.at(planned, targets, previous)


def await_ready(
    platform: Platform,
    plan: Plan,
    table: str,
    say: Narrator,
    timeout_s: float,
    *,
    poll_s: float = POLL_S,
    patience: Patience = PATIENCE,
) -> Readiness:
    """Wait until green has caught up, telling how far it is.

    Raises ReadinessError when waiting on is of no use (:class:`Trouble` says why), or when ``timeout_s``
    (seconds) is over.
    """
    tales = Tales(platform.clock, say)
    found = await_all(platform, plan, [table], say, tales, timeout_s, poll_s=poll_s, patience=patience)
    return found[table]


def await_all(
    platform: Platform,
    plan: Plan,
    tables: Sequence[str],
    say: Narrator,
    watching: Watching,
    timeout_s: float,
    *,
    poll_s: float = POLL_S,
    patience: Patience = PATIENCE,
) -> Mapping[str, Readiness]:
    """Wait until these tables have caught up, each from when those of its parents that are among them have.

    What all of them share is asked for once a look, and a server may be away for some minutes. Raises
    ReadinessError for the first one that has trouble, or that took longer than ``timeout_s`` (seconds) by
    itself.
    """
    waiting = Waiting(platform, plan, tables, watching, timeout_s, patience)
    # Each table has a time limit of its own, which the looks keep.
    look = forgiving(waiting.look, platform.clock, say)
    poll(look, until=bool, clock=platform.clock, timeout_s=float("inf"), every_s=poll_s)
    return {table: waiting.last[table] for table in tables}


class Waiting:
    """Tables of one plan on their way, and what is known of them.

    :param timeout_s: seconds that a table may take by itself.
    """

    def __init__(
        self,
        platform: Platform,
        plan: Plan,
        tables: Sequence[str],
        watching: Watching,
        timeout_s: float,
        patience: Patience,
    ) -> None:
        self.last: dict[str, Readiness] = {}
        self._platform = platform
        self._plan = plan
        self._planned = {table: planned_table(plan, table) for table in tables}
        self._targets: dict[str, Targets] = {}
        self._watching = watching
        self._timeout_s = timeout_s
        self._patience = patience

    def look(self) -> bool:
        """Look at every table whose parents are ready; True when all are."""
        active = [one for name, one in self._planned.items() if not self._ready(name) and self._begun(one)]
        scene = look_around(self._platform, self._plan, active)
        fresh = [one for one in active if one.table not in self._targets]
        captured = capture(self._platform, self._plan, fresh, scene)
        self._targets.update(zip((one.table for one in fresh), captured, strict=True))
        at_ms = now_ms(self._platform.clock)
        look = Look(self._platform, self._plan, scene, TOLERANCE, self._patience, at_ms)

        def seen(planned: PlannedTable) -> Readiness:
            return look.at(planned, self._targets[planned.table], self.last.get(planned.table))

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for planned, readiness in zip(active, list(threads.map(seen, active)), strict=True):
                self._take(planned.table, readiness, at_ms)
        return all(map(self._ready, self._planned))

    def _take(self, table: str, readiness: Readiness, at_ms: int) -> None:
        targets = self._targets[table]
        self.last[table] = readiness
        self._watching(table, targets, readiness)
        if readiness.state is ReadinessState.FAILING:
            raise failing_error(table, readiness)
        if not readiness.settled and at_ms - targets.at_ms >= self._timeout_s * 1000:
            raise late_error(table, readiness, self._timeout_s)

    def _ready(self, table: str) -> bool:
        seen = self.last.get(table)
        return seen is not None and seen.state is ReadinessState.READY

    def _begun(self, planned: PlannedTable) -> bool:
        others = [name for name in planned.parents if name in self._planned and name != planned.table]
        return all(map(self._ready, others))


def failing_error(table: str, readiness: Readiness) -> ReadinessError:
    """The error of a table that will not get ready by itself."""
    trouble = readiness.trouble or Trouble.ENDED
    return ReadinessError(f"{table} is {trouble}: {readiness.reason}", remedy=REMEDIES[trouble])


def late_error(table: str, readiness: Readiness, timeout_s: float) -> ReadinessError:
    """The error of a table that got no trouble and no further in time."""
    return ReadinessError(
        f"{table} is {readiness.state} after {timeout_s:.0f} s: {readiness.reason}",
        remedy="Allow more time, or see in Flink what holds the job back; running this again goes on waiting",
    )
