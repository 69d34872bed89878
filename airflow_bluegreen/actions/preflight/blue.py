"""Blue must be there and run: green is compared with it."""

from collections.abc import Iterable, Iterator
from functools import partial

from airflow_bluegreen.actions.jobs import jobs_filling
from airflow_bluegreen.actions.planned import is_view
from airflow_bluegreen.actions.preflight.scene import Scene, findings_of, place_of
from airflow_bluegreen.core.model import Finding, JobState, PlannedTable

BLUE = "blue"


def look_at_blue(scene: Scene) -> Iterator[Finding]:
    """Topic and jobs of every blue table that the release replaces or removes."""
    for planned in scene.plan.tables:
        if planned.blue is not None and (planned.filled or planned.green is None) and not is_view(planned):
            yield from findings_of(BLUE, planned.table, partial(_of_table, scene, planned), place_of(planned))


def _of_table(scene: Scene, planned: PlannedTable) -> Iterable[Finding]:
    blue = planned.blue or ""
    if scene.topic(blue) is None:
        yield _finding(planned, f"blue topic {blue} does not exist", "Is this the right environment?")
    running = jobs_filling(scene.jobs, scene.plan.environment, blue)
    for job in running:
        if job.state is not JobState.RUNNING:
            what = f"blue job {job.name} ({job.job_id}) is {job.status}"
            yield _finding(planned, what, "Mend blue first: green is compared with it")
    if planned.dml and not running:
        remedy = f"Start it; a job that was started by hand must be named dml.{blue}"
        yield _finding(planned, f"no job fills blue {blue}", remedy)


def _finding(planned: PlannedTable, what: str, remedy: str) -> Finding:
    return Finding(look=BLUE, table=planned.table, what=what, where=place_of(planned), remedy=remedy)
