"""The golden scenario, told on the terminal while it happens."""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from airflow_bluegreen.core.explain import plan_table
from airflow_bluegreen.core.model import Job, Plan, TableComparison
from airflow_bluegreen.demo.airflow_client import Run, RunResult
from airflow_bluegreen.demo.world import RELEASE_DAG, ROLLBACK_DAG, World, open_world

RELEASE = "v1.0.1"
_APPROVAL_SECONDS = 1200.0
_PERSON_SECONDS = 24 * 3600.0


def play(directory: Path, *, keep: bool, console: Console | None = None) -> bool:
    """Set the scene, release v1.0.1 through Airflow, show what happened; True when the release succeeded.

    :param directory: an empty or absent folder; it keeps project, logs and report.
    :param keep: leave approval to a person and everything up until Ctrl-C.
    """
    console = console or Console()
    say = _teller(console)
    with open_world(directory, say=say) as world:
        before = world.platform.jobs.jobs()
        run = world.airflow.trigger(RELEASE_DAG, {"release": RELEASE})
        say(f"release    {RELEASE} triggered in DAG {RELEASE_DAG}")
        asked = _until_asked(world, run, console)
        if asked.tasks.get("approve") != "awaiting_input":
            return _failed(world, run, asked, say)
        plan = world.airflow.record(Plan, run, "plan", "plan")
        console.print(plan_table(plan))
        console.print(_verdicts(world, run, plan))
        if keep:
            _invite(world, run, say)
        else:
            world.airflow.approve(run)
            say("approve    answered Approve over REST")
        result = _watch(console, "cut-over", lambda: world.airflow.wait(run, timeout=_PERSON_SECONDS))
        report = _keep_report(world, directory)
        if result.state != "success":
            return _failed(world, run, result, say)
        console.print(_jobs(plan, before, world.platform.jobs.jobs()))
        _tell_sinks(world, plan, say)
        say(f"report     {report}")
        if keep:
            _wait_for_interrupt(world, say)
    return True


def _teller(console: Console) -> Callable[[str], None]:
    began = time.monotonic()

    def say(line: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        console.print(f"{minutes}:{seconds:02d}  {line}", highlight=False, soft_wrap=True)

    return say


def _until_asked(world: World, run: Run, console: Console) -> RunResult:
    return _watch(
        console,
        "green is deployed, caught up and compared",
        lambda: world.airflow.wait_for_task(
            run, "approve", ("awaiting_input", "failed", "upstream_failed"), timeout=_APPROVAL_SECONDS
        ),
    )


def _watch(console: Console, what: str, wait: Callable[[], RunResult]) -> RunResult:
    """Wait with a spinner on a terminal, silently elsewhere."""
    if not console.is_terminal:
        return wait()
    with Live(Spinner("dots", text=f" {what} …"), console=console, transient=True):
        return wait()


def _verdicts(world: World, run: Run, plan: Plan) -> Table:
    table = Table(title="Blue and green at the same progress", title_justify="left")
    for heading in ("green table", "verdict", "keys that match", "in flight", "differing columns"):
        table.add_column(heading, justify="right" if heading in ("keys that match", "in flight") else "left")
    for planned in plan.tables:
        found = world.airflow.record(TableComparison, run, f"deploy.{planned.table}.compare")
        table.add_row(
            found.green,
            found.told,
            str(found.keys.match),
            str(found.keys.in_flight),
            ", ".join(found.changed_columns) or "–",
        )
    return table


def _jobs(plan: Plan, before: tuple[Job, ...], after: tuple[Job, ...]) -> Table:
    """Which job filled which table before and after; who keeps running keeps its id."""
    old, new = _by_table(before), _by_table(after)
    table = Table(title="Flink jobs", title_justify="left")
    for heading in ("table", "before", "after", ""):
        table.add_column(heading)
    for name in sorted({*old, *new}):
        what = "kept running" if old.get(name) == new.get(name) else "started" if name in new else "retired"
        table.add_row(name, old.get(name, "–")[:12], new.get(name, "–")[:12], what)
    table.caption = f"{len(plan.untouched)} tables were not touched"
    return table


def _by_table(jobs: tuple[Job, ...]) -> Mapping[str, str]:
    return {job.identity.table: job.job_id for job in jobs if job.identity}


def _tell_sinks(world: World, plan: Plan, say: Callable[[str], None]) -> None:
    for connector in plan.connectors:
        moved = f"{', '.join(connector.blue_topics) or '–'} → {', '.join(connector.green_topics)}"
        file = world.sinks / f"{connector.name}.txt"
        say(f"sink       {connector.name}: {moved}, writes {file}")


def _keep_report(world: World, directory: Path) -> Path:
    """The run's report under a name that a person finds."""
    target = directory / "report.html"
    newest = max(world.reports.rglob("*.html"), key=lambda page: page.stat().st_mtime, default=None)
    if newest is not None:
        shutil.copyfile(newest, target)
    return target


def _invite(world: World, run: Run, say: Callable[[str], None]) -> None:
    page = f"{world.airflow.url}/dags/{run.dag_id}/runs/{run.run_id}"
    say(f"approve    decide in Airflow: {page} (Required Actions); the tab Blue/green report has the details")


def _wait_for_interrupt(world: World, say: Callable[[str], None]) -> None:
    say(f"airflow    {world.airflow.url} stays up; DAG {ROLLBACK_DAG} takes {RELEASE} back")
    say(f"flink      {world.endpoints.flink_url}")
    say("           Ctrl-C ends everything")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("stopping")


def _failed(world: World, run: Run, result: RunResult, say: Callable[[str], None]) -> bool:
    failed = sorted(task for task, state in result.tasks.items() if state == "failed")
    say(f"failed     run {run.run_id} is {result.state}; failed tasks: {', '.join(failed) or 'none'}")
    for task in failed:
        log = world.airflow.task_log(run, task).strip().splitlines()
        say(f"           {task}: {log[-1] if log else 'no log'}")
    say(f"           logs are in {world.directory}")
    return False
