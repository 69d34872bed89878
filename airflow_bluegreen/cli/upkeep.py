"""``status``, ``clean-up``, ``adopt``, ``repair``: between releases.

What the commands need is imported when they run, so that their help comes at once.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from airflow_bluegreen.cli.opening import session_of
from airflow_bluegreen.cli.release import Environment, Json, ProjectPath
from airflow_bluegreen.exceptions import RefusedError

app = typer.Typer(no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


@app.command("status")
def show_status(
    context: typer.Context,
    project: ProjectPath = Path(),
    environment: Environment = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit code 1 when something differs or is not known.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the releases of an environment, what of the newest runs, and what is not as it is meant to be."""
    from airflow_bluegreen.actions.drift import read_drift
    from airflow_bluegreen.cli.printing import print_out
    from airflow_bluegreen.cli.status import status_json, status_lines, status_table

    session = session_of(context, project, environment, "HEAD")
    platform, records = session.platform, session.platform.releases.records()
    reality = read_drift(platform, session.profile)
    if as_json:
        typer.echo(json.dumps(status_json(platform, records, reality, session.profile), indent=2))
    elif records:
        print_out(*status_table(platform, records))
        for line in status_lines(platform, reality, session.profile):
            typer.echo(line)
    else:
        typer.echo(f"no release yet in {session.environment}")
    if check and (reality.drift or reality.unknown):
        raise typer.Exit(1)


@app.command("clean-up")
def clean_up(
    context: typer.Context,
    project: ProjectPath = Path(),
    environment: Environment = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete for good what retired versions left behind, after their rollback window."""
    from airflow_bluegreen.actions.clean_up import delete_leftovers, list_leftovers

    session = session_of(context, project, environment, "HEAD")
    listed = list_leftovers(session.platform, session.profile, session.say)
    if as_json:
        rows = [
            {
                "kind": one.kind.value,
                "name": one.name,
                "release": one.release,
                "until": one.until,
                "kept": one.kept,
            }
            for one in listed
        ]
        typer.echo(json.dumps(rows, indent=2))
    free = [one for one in listed if not one.kept]
    if dry_run or not free:
        session.say("nothing was deleted")
        return
    _ask(yes, f"Delete these {len(free)} for good? There is no rollback after that")
    delete_leftovers(session.platform, session.profile, free, session.say)


@app.command("adopt")
def adopt_what_runs(
    context: typer.Context,
    release: Annotated[str, typer.Option(help="Tag, branch or sha that describes what runs.")],
    project: ProjectPath = Path(),
    environment: Environment = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Record what runs already as the live release, so that the next is planned over it.

    Nothing is restarted: jobs that were started by hand are known by their names.
    """
    from airflow_bluegreen.actions.adopt import adopt

    session = session_of(context, project, environment, release)
    adopt(session.platform, release, session.profile, session.say, dry_run=True)
    if dry_run:
        return
    _ask(yes, f"Record {release} as live in {session.environment}?")
    adopt(session.platform, release, session.profile, session.say)


@app.command("repair")
def repair(
    context: typer.Context,
    project: ProjectPath = Path(),
    environment: Environment = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Start jobs that are missing and put connectors back, as the live release left them.

    A job starts from its last savepoint or checkpoint where Flink still knows one, else from its inputs.
    """
    from airflow_bluegreen.actions.repair import perform_repairs, plan_repairs

    session = session_of(context, project, environment, "HEAD")
    repairs = plan_repairs(session.platform, session.profile, session.say)
    _print(repairs)
    if dry_run or not repairs:
        session.say("nothing was changed")
        return
    _ask(yes, "Do this?")
    perform_repairs(session.platform, repairs, session.say)


def _print(lines: Iterable[object]) -> None:
    for line in lines:
        typer.echo(str(line))


def _ask(yes: bool, question: str) -> None:
    """Raises RefusedError unless the person says yes; without anybody to ask, --yes has to."""
    if not yes and not typer.confirm(question, err=True):
        raise RefusedError("nothing was changed", remedy="Say yes, or give --yes")
