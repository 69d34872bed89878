"""``bluegreen demo``: the golden scenario, from empty folder to retired blue, through real Airflow."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(invoke_without_command=True)


@app.callback()
def demo(
    context: typer.Context,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Wait for a person at the approval, and leave everything up until Ctrl-C."
        ),
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir", help="An empty folder to keep project, logs and report in; default: a temporary one."
        ),
    ] = None,
) -> None:
    """Play release v1.0.1 of a retail shop: deploy green beside blue, compare, approve, cut over, retire."""
    if context.invoked_subcommand:
        return
    from airflow_bluegreen.demo.scenario import play

    place = directory or Path(tempfile.mkdtemp(prefix="bluegreen-demo-"))
    succeeded = play(place.resolve(), keep=keep)
    raise typer.Exit(0 if succeeded else 1)


@app.command("init")
def init(
    path: Annotated[Path, typer.Argument(help="The folder to make; absent or empty.")],
    all_releases: Annotated[bool, typer.Option("--all", help="Also tag v1.0.2.")] = False,
) -> None:
    """Make the demo's git repository, with tags v1.0.0 and v1.0.1, and nothing else."""
    from airflow_bluegreen.demo.repository import RELEASES, create_repository

    tags = tuple(release.tag for release in RELEASES)
    create_repository(path, tags if all_releases else tags[:2])
    typer.echo(f"{path}: {', '.join(tags if all_releases else tags[:2])}")
