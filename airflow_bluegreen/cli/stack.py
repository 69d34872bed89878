"""``bluegreen stack``: a real Kafka, Flink, Connect and schema registry on this machine."""

import json
import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from airflow_bluegreen.cli.printing import print_out
from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.stack import LocalStack
from airflow_bluegreen.stack.extra import require_extra
from airflow_bluegreen.stack.progress import reporting
from airflow_bluegreen.stack.status import PartStatus

app = typer.Typer(
    name="stack",
    help="Run Kafka, Flink, Connect and a registry locally, with nothing installed but Python.",
    no_args_is_help=True,
)

Directory = Annotated[
    Path | None,
    typer.Option("--dir", help="Where the stack keeps everything; by default a folder of this user."),
]
Name = Annotated[str, typer.Option("--name", help="Which of this user's stacks; not used with --dir.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


class Extra(StrEnum):
    """An optional part of the stack."""

    ICEBERG = "iceberg"
    JDBC = "jdbc"


Extras = Annotated[
    list[Extra] | None,
    typer.Option("--with", help="A sink connector to have as well; with jdbc comes a PostgreSQL."),
]


@app.command()
def up(
    directory: Directory = None,
    name: Name = "default",
    extras: Extras = None,
    keep_jobs: Annotated[
        bool, typer.Option("--keep-jobs", help="With a ZooKeeper: jobs outlive the JobManager.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start the stack, or show the one that runs; what has ended of it is started again."""
    stack = _stack(directory, name)
    with reporting(Console(stderr=True)) as progress:
        endpoints = stack.up(progress=progress, extras=extras or (), keep_jobs=keep_jobs)
    variables = environment(endpoints)
    if as_json:
        typer.echo(json.dumps({"directory": str(stack.place.root), "environment": variables}, indent=2))
        return
    for key, value in variables.items():
        typer.echo(f"{key}={value}")


@app.command()
def down(directory: Directory = None, name: Name = "default") -> None:
    """Stop the stack; its data is gone with the next start, its logs stay."""
    stack = _stack(directory, name)
    stopped = stack.down()
    typer.echo(f"{'stopped' if stopped else 'nothing runs in'} {stack.place.root}")


@app.command()
def status(directory: Directory = None, name: Name = "default", as_json: Json = False) -> None:
    """Show each part with its process, port and health; exit code 1 unless all of them answer."""
    stack = _stack(directory, name)
    parts = stack.status()
    if as_json:
        typer.echo(
            json.dumps(
                {"directory": str(stack.place.root), "parts": [asdict(part) for part in parts]}, indent=2
            )
        )
    elif parts:
        print_out(_table(parts))
        typer.echo(f"logs: {stack.place.logs}")
    else:
        typer.echo(f"no stack was started in {stack.place.root}")
    if not parts or any(part.health != "ok" for part in parts):
        raise typer.Exit(RefusedError.exit_code)


@app.command()
def restart(
    part: Annotated[str, typer.Argument(help="kafka, connect, jobmanager, taskmanager, gateway, registry …")],
    directory: Directory = None,
    name: Name = "default",
    kill: Annotated[bool, typer.Option("--kill", help="Kill it, rather than let it end in order.")] = False,
) -> None:
    """End one part and start it again, to see what a release makes of it."""
    stack = _stack(directory, name)
    with reporting(Console(stderr=True)) as progress:
        stack.restart(part, at_once=kill, progress=progress)
    typer.echo(f"{part} runs again")


@app.command()
def env(directory: Directory = None, name: Name = "default") -> None:
    """Print the addresses as shell exports: eval "$(bluegreen stack env)"."""
    for key, value in environment(_stack(directory, name).endpoints()).items():
        typer.echo(f"export {key}={value}")


def environment(endpoints: Endpoints) -> dict[str, str]:
    """The environment variables from which the other commands take their addresses."""
    return {
        "BLUEGREEN_FLINK_GATEWAY_URL": endpoints.gateway_url,
        "BLUEGREEN_FLINK_URL": endpoints.flink_url,
        "BLUEGREEN_KAFKA_BOOTSTRAP_SERVERS": endpoints.kafka["bootstrap.servers"],
        "BLUEGREEN_KAFKA_CONNECT_URL": endpoints.connect_url,
        "BLUEGREEN_SCHEMA_REGISTRY_URL": endpoints.registry_url,
        **({"BLUEGREEN_LAKE_URL": endpoints.lake_url} if endpoints.lake_url else {}),
    }


def _stack(directory: Path | None, name: str) -> LocalStack:
    if directory is not None:
        return LocalStack(directory)
    require_extra()
    from platformdirs import user_state_path

    if name in {"", ".", ".."} or os.sep in name:
        raise typer.BadParameter(f"{name!r} is not the name of a stack", param_hint="--name")
    return LocalStack(user_state_path("bluegreen") / "stacks" / name)


def _table(parts: tuple[PartStatus, ...]) -> Table:
    table = Table("part", "health", "pid", "port", "exit code")
    for part in parts:
        exit_code = "" if part.exit_code is None else str(part.exit_code)
        table.add_row(part.name, part.health, str(part.pid or ""), str(part.port), exit_code)
    return table
