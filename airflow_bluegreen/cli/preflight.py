"""``preflight``: all that would go wrong in a release, known before anything is created."""

import json
from pathlib import Path
from typing import Annotated

import typer

from airflow_bluegreen.cli.opening import plan_of, session_of
from airflow_bluegreen.cli.planning import Starts
from airflow_bluegreen.cli.release import Environment, Json, ProjectPath, Release
from airflow_bluegreen.exceptions import RefusedError

app = typer.Typer()


@app.command("preflight")
def look_before_release(
    context: typer.Context,
    release: Release,
    project: ProjectPath = Path(),
    environment: Environment = None,
    base: Annotated[str | None, typer.Option(help="What to compare with; else what is live.")] = None,
    table: Annotated[list[str] | None, typer.Option(help="A further table to deploy; repeatable.")] = None,
    start: Starts = None,
    saved: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Look at what this saved plan says.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look for everything that would go wrong; exit code 1 when something would. Nothing is changed."""
    from airflow_bluegreen.actions.preflight import look_ahead
    from airflow_bluegreen.core.findings import findings_json, refused, report_lines, summary

    session = session_of(context, project, environment, release)
    plan = plan_of(session, release, base, tuple(table or ()), saved, start or ())
    findings = look_ahead(session.platform, plan, session.profile)
    if as_json:
        typer.echo(json.dumps(findings_json(plan, findings), indent=2))
    elif findings:
        typer.echo("\n".join(report_lines(findings)))
    if refused(findings):
        raise RefusedError(summary(plan, findings), remedy="Mend what is listed above")
    session.say(summary(plan, findings))
