"""``release start``, ``finish``, ``list``, ``show``: a release's way through the branches of git.

What the commands need is imported when they run, so that their help comes at once.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_bluegreen.cli.planning import PlanFormat, ProjectPath
from airflow_bluegreen.cli.release import Json

if TYPE_CHECKING:
    from airflow_bluegreen.actions.list_releases import KnownRelease
    from airflow_bluegreen.actions.start_release import Planner
    from airflow_bluegreen.cli.clone import OpenClone
    from airflow_bluegreen.cli.session import OpenSession, Session
    from airflow_bluegreen.core.model import FlowEffects, ReleaseRecord

app = typer.Typer(no_args_is_help=True)

Version = Annotated[str, typer.Argument(help="The release's version; its tag is called so.")]
Push = Annotated[bool, typer.Option("--push/--no-push", help="Whether the remote gets it too.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done to git.")]
Ledger = Annotated[
    str | None, typer.Option("--environment", help="Ask the ledger of this environment; without it only git.")
]


@app.command("start")
def start(
    context: typer.Context,
    version: Version,
    project: ProjectPath = Path(),
    since: Annotated[
        str | None, typer.Option(help="Plan over this ref or date; else over the newest release on main.")
    ] = None,
    environment: Ledger = None,
    push: Push = True,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Cut the release's branch and commit the next versions of its tables there.

    Running it again plans what was committed on the branch since. With --environment the versions follow what
    is live there.
    """
    from airflow_bluegreen.actions.start_release import start_release
    from airflow_bluegreen.cli.clone import open_clone

    with open_clone(project, push=push, dry_run=dry_run) as opened:
        session = _session(context, project, environment)
        effects = start_release(
            opened.clone, version, _planner(opened, since, session), _say, dry_run=dry_run
        )
        _tell(effects, dry_run=dry_run, as_json=as_json)
    if not dry_run:
        _say(f"next: deploy {effects.branch}, then bluegreen release finish {version}")


@app.command("finish")
def finish(
    context: typer.Context,
    version: Version,
    project: ProjectPath = Path(),
    environment: Ledger = None,
    push: Push = True,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Merge the release's branch, tag it, and delete the branch: all of it or nothing.

    With --environment only a release that is live there.
    """
    from airflow_bluegreen.actions.finish_release import finish_release
    from airflow_bluegreen.actions.list_releases import find_release, refuse_unless_live
    from airflow_bluegreen.cli.clone import open_clone

    with open_clone(project, push=push, dry_run=dry_run) as opened:
        session = _session(context, project, environment)
        if session is not None:
            settings = opened.clone.settings
            commit = find_release(opened.repository, settings, version)
            refuse_unless_live(session.platform.releases.records(), settings, version, commit)
        effects = finish_release(opened.clone, version, _say, dry_run=dry_run)
        _tell(effects, dry_run=dry_run, as_json=as_json)


@app.command("list")
def list_them(
    context: typer.Context,
    project: ProjectPath = Path(),
    environment: Ledger = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the highest versions first.")] = 20,
    as_json: Json = False,
) -> None:
    """List the releases that git has, finished or only started."""
    from airflow_bluegreen.actions.list_releases import list_releases
    from airflow_bluegreen.cli.clone import open_clone

    session = _session(context, project, environment)
    records: tuple[ReleaseRecord, ...] = session.platform.releases.records() if session else ()
    with open_clone(project) as opened:
        clone = opened.clone
        found = list_releases(
            opened.repository, clone.settings, clone.release_tags, records=records, limit=limit
        )
    if as_json:
        typer.echo(json.dumps([_row(one) for one in found], indent=2))
    elif found:
        _print_releases(found)
    else:
        typer.echo(f"no release yet: neither a tag {clone.release_tags} nor a release branch")


@app.command("show")
def show(
    context: typer.Context,
    version: Version,
    project: ProjectPath = Path(),
    format: Annotated[PlanFormat, typer.Option(help="How to print it.")] = PlanFormat.TEXT,
    environment: Ledger = None,
    as_json: Json = False,
) -> None:
    """Show what a release changed over the release before it, as git has both.

    With --environment how it went there: phases with times and who, verdicts, what is kept of blue. --json
    prints that for programs.
    """
    if environment is not None:
        _show_history(context, project, environment, version, as_json=as_json)
        return
    from airflow_bluegreen.actions.list_releases import find_release
    from airflow_bluegreen.actions.read_release import plan_over
    from airflow_bluegreen.cli.clone import open_clone
    from airflow_bluegreen.cli.planning import print_plan

    with open_clone(project) as opened:
        repository = opened.repository
        commit = find_release(repository, opened.clone.settings, version)
        base = repository.latest_tag_before(commit.sha, opened.clone.release_tags)
        plan, _ = plan_over(repository, commit, base)
        at = repository.committed_at(commit)
    _say(f"{version} is {commit.sha[:12]} of {at}")
    print_plan(plan, format)


def _show_history(
    context: typer.Context, project: Path, environment: str, version: str, *, as_json: bool
) -> None:
    from airflow_bluegreen.actions.horizon import rollback_horizon
    from airflow_bluegreen.actions.list_releases import record_of
    from airflow_bluegreen.cli.clone import open_clone
    from airflow_bluegreen.core.history import history_json, history_lines

    session = _session(context, project, environment)
    assert session is not None
    with open_clone(project) as opened:
        record = record_of(
            session.platform.releases.records(), opened.repository, opened.clone.settings, version
        )
    horizon = rollback_horizon(session.platform, record, session.profile)
    if as_json:
        rollback = {"open": horizon.open, "until": horizon.until, "because": horizon.because}
        typer.echo(json.dumps({**history_json(record), "rollback": rollback}, indent=2))
        return
    for line in (*history_lines(record), f"  {horizon}"):
        typer.echo(line)


def _session(context: typer.Context, project: Path, environment: str | None) -> "Session | None":
    from airflow_bluegreen.cli.session import open_session

    if environment is None:
        return None
    opener: OpenSession = context.obj or open_session
    return opener(project, environment, "HEAD")


def _planner(opened: "OpenClone", since: str | None, session: "Session | None") -> "Planner":
    from airflow_bluegreen.actions.start_release import planner_over_git, planner_over_ledger

    if session is None:
        return planner_over_git(opened.repository, since)
    return planner_over_ledger(session.platform, session.environment, opened.repository, since)


def _tell(effects: "FlowEffects", *, dry_run: bool, as_json: bool) -> None:
    from airflow_bluegreen.core.branching import effect_lines, effects_json

    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, **effects_json(effects)}, indent=2))
        return
    for line in effect_lines(effects):
        typer.echo(line)
    if dry_run:
        _say("nothing was changed")


def _row(known: "KnownRelease") -> dict[str, object]:
    return {
        "version": known.version,
        "state": "finished" if known.finished else "started",
        "commit": known.commit.sha,
        "committed_at": known.committed_at,
        "phase": known.phase,
        "by": known.by,
        "changed_at": known.changed_at,
    }


def _print_releases(found: "tuple[KnownRelease, ...]") -> None:
    from rich.table import Table
    from rich.text import Text

    from airflow_bluegreen.cli.printing import print_out

    table = Table("release", "state", "commit", "committed", "phase", "by", "since")
    for one in found:
        state = "finished" if one.finished else "started"
        where = (one.phase or "–", one.by or "–", one.changed_at or "–")
        cells = (one.version, state, one.commit.sha[:12], one.committed_at, *where)
        table.add_row(*map(Text, cells))
    print_out(table)


def _say(line: str) -> None:
    typer.echo(line, err=True)
