"""``integration-test``: a release on synthetic records, apart from everything that runs."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_bluegreen.cli.opening import plan_of, session_of
from airflow_bluegreen.cli.release import Environment, Json, ProjectPath, Release

if TYPE_CHECKING:
    from rich.table import Table

    from airflow_bluegreen.actions.integration.preparing import Asked
    from airflow_bluegreen.actions.integration.trial_run import Watching
    from airflow_bluegreen.cli.session import Session
    from airflow_bluegreen.core.model import IntegrationResult, Plan, TableComparison

app = typer.Typer()

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a test runs: whether it stays, how many statements at a time, at most how long (seconds)."""

    keep: bool
    at_once: int
    timeout_s: float


@app.command("integration-test")
def integration_test_release(
    context: typer.Context,
    release: Release,
    project: ProjectPath = Path(),
    environment: Environment = None,
    base: Annotated[str | None, typer.Option(help="What to compare with; else what is live.")] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(help="Tables to test: kind:fact, int_*, +fact_3; repeatable. Else the release's."),
    ] = None,
    records: Annotated[int | None, typer.Option(min=1, help="Records for each source.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Chooses the records.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave topics and subjects for a look.")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Only remove what an earlier run left.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that all statements together may take.")] = 1800.0,
    at_once: Annotated[int, typer.Option(min=1, help="Statements that run at the same time.")] = 4,
    as_json: Json = False,
) -> None:
    """Test the release's statements on synthetic records, under names of their own, and remove them again.

    Exit code 1 when a check fails. Nothing that runs is touched.
    """
    from airflow_bluegreen.actions.integration.preparing import Asked, name_of
    from airflow_bluegreen.actions.integration.removing import remove
    from airflow_bluegreen.actions.integration.trial_run import refuse_failure

    session = session_of(context, project, environment, release)
    plan = plan_of(session, release, base, (), None, ())
    asked = Asked(select=tuple(select or ()), seed=seed, records=records)
    if clean:
        name = name_of(session.platform, plan, session.profile, asked)
        if not remove(session.platform, name, session.say):
            session.say(f"{name}: nothing is left")
        return
    options = Options(keep=keep, at_once=at_once, timeout_s=timeout)
    result = _tested(session, plan, asked, options)
    _print(result, as_json=as_json)
    refuse_failure(result)


def _tested(session: "Session", plan: "Plan", asked: "Asked", options: Options) -> "IntegrationResult":
    from airflow_bluegreen.actions.integration.trial_run import integration_test

    with _ended_by_sigterm(), _bar() as watching:
        result = integration_test(
            session.platform,
            plan,
            session.profile,
            asked,
            session.say,
            keep=options.keep,
            at_once=options.at_once,
            timeout_s=options.timeout_s,
            watching=watching,
        )
    if options.keep:
        session.say(f"kept: topics {result.name}_*; the same command with --clean removes them")
    return result


@contextmanager
def _ended_by_sigterm() -> "Iterator[None]":
    """SIGTERM ends the test as Ctrl-C does, so that it is removed."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _bar() -> "Iterator[Watching]":
    """A bar on a terminal; elsewhere the lines that are said are enough."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("statements"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("statements", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print(result: "IntegrationResult", *, as_json: bool) -> None:
    if as_json:
        from airflow_bluegreen.core.synthetic.as_json import integration_json

        typer.echo(json.dumps(integration_json(result), indent=2))
        return
    from airflow_bluegreen.cli.printing import print_out

    print_out(*(_table(one) for one in result.tables))


def _table(compared: "TableComparison") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    versions = f"{compared.blue} → {compared.green}" if compared.blue else compared.green
    table = Table(title=f"{compared.table}: {compared.verdict}  ({versions})", title_justify="left")
    for heading in ("check", "verdict", "blue", "green", "found", "rule"):
        table.add_column(heading, overflow="fold")
    for check in compared.checks:
        told = f"{check.verdict} (expected)" if check.expected else str(check.verdict)
        cells = (check.check, told, check.blue, check.green, check.detail, check.rule)
        table.add_row(*map(escape, cells), style=_COLOURS[check.verdict] if check.verdict != "pass" else "")
    return table
