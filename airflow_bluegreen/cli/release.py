"""``deploy``, ``compare``, ``cut-over``, ``retire``, ``roll-back``: a release without Airflow.

What the commands need is imported when they run, so that their help comes at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_bluegreen.cli.opening import begun_session_of, session_of
from airflow_bluegreen.cli.opening import plan_of as _plan
from airflow_bluegreen.cli.planning import Starts
from airflow_bluegreen.exceptions import RefusedError

if TYPE_CHECKING:
    from airflow_bluegreen.cli.session import Session
    from airflow_bluegreen.core.model import Plan, TableComparison

app = typer.Typer(no_args_is_help=True)

POLL_S = 2.0

ProjectPath = Annotated[Path, typer.Option("--project", "--project-path", help="A clone of the project.")]
Environment = Annotated[
    str | None, typer.Option(help="Environment of bluegreen.yaml; may be left out where there is one.")
]
Release = Annotated[str, typer.Option(help="Tag, branch or sha that is released.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", help="Write the report to this file: HTML, or by its name .json or .md."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How ``deploy`` waits: for a table at most ``timeout`` seconds, for one that is stuck ``patience``."""

    timeout: float
    patience: float
    at_once: int


@app.command("deploy")
def deploy_release(
    context: typer.Context,
    release: Release,
    project: ProjectPath = Path(),
    environment: Environment = None,
    base: Annotated[str | None, typer.Option(help="What to compare with; else what is live.")] = None,
    table: Annotated[list[str] | None, typer.Option(help="A further table to deploy; repeatable.")] = None,
    start: Starts = None,
    saved: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Do what this saved plan says, if it holds.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds a table may take to catch up.")] = 3600.0,
    patience: Annotated[
        float, typer.Option(help="Seconds a job may be stuck before the wait for it ends.")
    ] = 600.0,
    at_once: Annotated[int, typer.Option(min=1, help="Statements that are submitted at the same time.")] = 4,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Bring green up beside blue, wait until it has caught up, and compare. Blue is not touched.

    Running it again goes on where it stopped.
    """
    from airflow_bluegreen.actions.ledger import note_compared, open_release
    from airflow_bluegreen.actions.preflight import preflight
    from airflow_bluegreen.actions.rewrite import rewrite
    from airflow_bluegreen.actions.turn import await_turn
    from airflow_bluegreen.core.model import Phase

    session = session_of(context, project, environment, release)
    platform, say = session.platform, session.say
    if session.profile.when_busy == "wait":
        await_turn(platform, release, say)
    plan = _plan(session, release, base, tuple(table or ()), saved, start or ())
    record = open_release(platform, plan, say)
    # Where it is compared already, what was lost since comes back, and the rest is found to be there.
    if record.phase in (Phase.PLANNED, Phase.DEPLOYING, Phase.COMPARED):
        with withdrawn_if_nothing_came_of_it(session, plan.release.ref):
            rewrite(platform, plan, say)
            preflight(platform, plan, session.profile, say)
        _bring_up(session, plan, Waits(timeout=timeout, patience=patience, at_once=at_once))
    comparisons = _comparisons(session, plan)
    _show(session, plan, comparisons, report, as_json=as_json)
    _refuse_mismatch(comparisons)
    note_compared(platform, plan.release.ref, comparisons)
    _say_next(session, release, "cut-over")


@app.command("compare")
def compare_data(
    context: typer.Context,
    project: ProjectPath = Path(),
    environment: Environment = None,
    release: Annotated[str | None, typer.Option(help="Compare the tables of this release.")] = None,
    blue: Annotated[str | None, typer.Option(help="Compare this topic …")] = None,
    green: Annotated[str | None, typer.Option(help="… with this one.")] = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Compare the data of blue and green; exit code 1 when something differs that nothing explains.

    Ctrl-C stops it; run again, it goes on where it was.
    """
    from airflow_bluegreen.actions.ledger import current
    from airflow_bluegreen.cli.comparing import compare_pair

    if (release is None) == (blue is None or green is None):
        raise typer.BadParameter("give --release, or --blue and --green")
    session = session_of(context, project, environment, release or "HEAD")
    if release is not None:
        plan = current(session.platform, release).plan
        comparisons = _comparisons(session, plan)
        _show(session, plan, comparisons, report, as_json=as_json)
    else:
        comparisons = (compare_pair(session, blue or "", green or ""),)
        _print(comparisons, as_json=as_json)
    _refuse_mismatch(comparisons)


@app.command("cut-over")
def cut_over_release(
    context: typer.Context,
    release: Release,
    project: ProjectPath = Path(),
    environment: Environment = None,
    observe: Annotated[
        str | None, typer.Option(help="How long to watch green then (10m); else as bluegreen.yaml says.")
    ] = None,
    ignore_window: Annotated[
        bool, typer.Option("--ignore-window", help="Begin although the release window is closed.")
    ] = False,
) -> None:
    """Let the sink connectors read green, and watch green while blue still runs.

    Running it again only watches.
    """
    from airflow_bluegreen.actions.cut_over import cut_over
    from airflow_bluegreen.actions.horizon import horizon_in_words
    from airflow_bluegreen.actions.ledger import current
    from airflow_bluegreen.actions.observe import observe_cut_over
    from airflow_bluegreen.actions.stable_names import point_names, refuse_unless_newest
    from airflow_bluegreen.actions.windows import await_window

    window_s = None if observe is None else _seconds(observe)
    session = begun_session_of(context, project, environment, release)
    plan = current(session.platform, release).plan
    if session.profile.window is not None and not ignore_window:
        await_window(session.platform, release, session.profile.window, session.say)
    cut_over(session.platform, plan, session.profile, session.say)
    refuse_unless_newest(session.platform, plan, session.profile)
    session.say(horizon_in_words(session.platform, plan, session.profile))
    window_s = session.profile.observation if window_s is None else window_s
    observe_cut_over(session.platform, plan, session.say, window_s=window_s)
    point_names(session.platform, plan, session.profile, session.say)
    _say_next(session, release, "retire")


@app.command("retire")
def retire_blue(
    context: typer.Context, release: Release, project: ProjectPath = Path(), environment: Environment = None
) -> None:
    """Stop blue's jobs with savepoints, check that everything is as planned, and call the release live."""
    from airflow_bluegreen.actions.confirm import confirm
    from airflow_bluegreen.actions.horizon import rollback_horizon
    from airflow_bluegreen.actions.ledger import current
    from airflow_bluegreen.actions.retire import retire

    session = begun_session_of(context, project, environment, release)
    plan = current(session.platform, release).plan
    retire(session.platform, plan, session.say)
    confirm(session.platform, plan, session.profile, session.say)
    record = current(session.platform, release)
    session.say(f"{release}: {rollback_horizon(session.platform, record, session.profile)}")


@app.command("roll-back")
def roll_back_release(
    context: typer.Context,
    release: Release,
    project: ProjectPath = Path(),
    environment: Environment = None,
    timeout: Annotated[float, typer.Option(help="Seconds a blue table may take to catch up.")] = 21_600.0,
) -> None:
    """Undo a release, whatever its phase: blue and connectors as before, green removed.

    Running it again goes on where it stopped.
    """
    from airflow_bluegreen.actions.roll_back import roll_back

    session = begun_session_of(context, project, environment, release)
    roll_back(session.platform, release, session.profile, session.say, timeout_s=timeout, poll_s=POLL_S)


def _say_next(session: "Session", release: str, command: str) -> None:
    from airflow_bluegreen.actions.ledger import current
    from airflow_bluegreen.core.model import Phase

    if current(session.platform, release).phase is Phase.LIVE:
        session.say(f"{release} is live; bluegreen roll-back --release {release} takes it back")
        return
    session.say(f"next: bluegreen {command} --release {release}, or bluegreen roll-back --release {release}")


@contextmanager
def withdrawn_if_nothing_came_of_it(session: "Session", release: str) -> Iterator[None]:
    """A release that is refused before it created anything must not stand in the way of the next."""
    from airflow_bluegreen.actions.turn import withdraw

    try:
        yield
    except RefusedError:
        withdraw(session.platform, release, session.say)
        raise


def _seconds(text: str) -> float:
    from airflow_bluegreen.core.durations import read_duration

    try:
        return read_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _bring_up(session: "Session", plan: "Plan", waits: "Waits") -> None:
    from rich.console import Console

    from airflow_bluegreen.actions.bring_up import bring_up
    from airflow_bluegreen.actions.catch_up import await_all
    from airflow_bluegreen.cli.progress import catching_up
    from airflow_bluegreen.core.trouble import Patience

    platform, say = session.platform, session.say
    bring_up(platform, plan, session.profile, say, at_once=waits.at_once)
    tables = [planned.table for planned in plan.tables if planned.green is not None]
    patience = Patience(stuck_ms=int(waits.patience * 1000))
    with catching_up(Console(stderr=True), platform.clock, say, len(tables)) as watching:
        await_all(platform, plan, tables, say, watching, waits.timeout, poll_s=POLL_S, patience=patience)


def _comparisons(session: "Session", plan: "Plan") -> "tuple[TableComparison, ...]":
    from airflow_bluegreen.actions.compare import compare
    from airflow_bluegreen.cli.comparing import watching

    with watching(session) as watch:
        return tuple(
            compare(session.platform, plan, planned.table, session.profile, session.say, watch)
            for planned in plan.tables
            if planned.green is not None
        )


def _show(
    session: "Session",
    plan: "Plan",
    comparisons: "tuple[TableComparison, ...]",
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    if report is not None:
        from airflow_bluegreen.cli.report_text import report_text

        report.write_text(report_text(session, plan, comparisons, report.suffix), encoding="utf-8")
        session.say(f"report: {report}")
    _print(comparisons, as_json=as_json)


def _print(comparisons: "tuple[TableComparison, ...]", *, as_json: bool) -> None:
    if as_json:
        from airflow_bluegreen.core.comparison.as_json import comparisons_json

        typer.echo(json.dumps(comparisons_json(comparisons), indent=2))
        return
    for one in comparisons:
        typer.echo(f"{one.told:<27} {one.blue or '-'} -> {one.green}")


def _refuse_mismatch(comparisons: "tuple[TableComparison, ...]") -> None:
    from airflow_bluegreen.core.model import Verdict

    bad = [one.green for one in comparisons if one.verdict is Verdict.FAIL]
    if bad:
        raise RefusedError(
            f"unexplained differences in {', '.join(bad)}", remedy="Mend the release, or roll it back"
        )
