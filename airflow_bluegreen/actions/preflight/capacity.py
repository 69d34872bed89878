"""Whether the cluster has room for green beside blue."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from airflow_bluegreen.actions.jobs import jobs_filling, same_statement
from airflow_bluegreen.actions.planned import identity
from airflow_bluegreen.actions.preflight.scene import Scene
from airflow_bluegreen.core.flink_plan import parallelism
from airflow_bluegreen.core.headroom import Shortage, shortages
from airflow_bluegreen.core.model import Capacity, Finding, Severity

CAPACITY = "capacity"
_ASKING = 4


def look_at_capacity(scene: Scene) -> Iterator[Finding]:
    """Free slots (or CFUs) against those of the statements to start, and the memory that they will take."""
    capacity = scene.platform.jobs.capacity()
    needed = _needed(scene, capacity)
    total = sum(needed.values())
    if capacity.free < total:
        yield Finding(
            look=CAPACITY,
            what=f"{len(needed)} statements to start need {total} {capacity.unit},"
            f" {capacity.free} of {capacity.total} are free",
            remedy=f"Add {capacity.unit}: {_each(needed)}",
        )
    state = _blue_state(scene) if capacity.state_on_heap and capacity.memory else 0
    for short in shortages(capacity, total, state):
        yield _memory(short)


def _blue_state(scene: Scene) -> int:
    """Bytes of state of the jobs whose tables are built again: green's will be about as large."""
    blue = [one.blue for one in scene.plan.tables if one.blue and one.green]
    ids = [job.job_id for name in blue for job in jobs_filling(scene.jobs, scene.plan.environment, name)]
    with ThreadPoolExecutor(max_workers=_ASKING) as threads:
        return sum(one.state_bytes or 0 for one in threads.map(scene.platform.jobs.progress, ids))


def _needed(scene: Scene, capacity: Capacity) -> dict[str, int]:
    """What each statement takes that does not run yet: the parallelism of its widest operator."""
    found: dict[str, int] = defaultdict(int)
    for planned, statement in scene.green_statements():
        if same_statement(scene.jobs, identity(scene.plan, planned, statement)):
            continue
        answer = scene.explained[planned.table, statement.name]
        wide = parallelism(answer) if isinstance(answer, str) else None
        found[f"{statement.name} of {planned.green}"] += capacity.parallelism if wide is None else wide
    return found


def _each(needed: dict[str, int]) -> str:
    wide = [f"{name} {count}" for name, count in needed.items() if count > 1]
    return "every statement needs at least one" + (f", {', '.join(wide)}" if wide else "")


def _memory(short: Shortage) -> Finding:
    return Finding(
        look=CAPACITY,
        severity=Severity.FINDING if short.clear else Severity.WARNING,
        what=f"{short.kind} memory of the task managers: {short.used_mib} of {short.limit_mib} MiB are used,"
        f" and by what runs now the release takes {short.expected_mib} MiB more",
        remedy="Add task managers, or give them more of it",
    )
