"""The ``bluegreen`` command and its sub-commands, each imported when it is used.

Listing the commands must not import what they need: SQL, git and Kafka take longer than the whole help.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from airflow_bluegreen import __version__
from airflow_bluegreen.exceptions import BluegreenError


@dataclass(frozen=True, slots=True, kw_only=True)
class LazyCommand:
    """A sub-command: the module whose ``app`` holds it, and the line that the help shows.

    ``member`` says that it is one command of that app, which stands at the top level here.
    """

    module: str
    help: str
    member: bool = False


_PLANNING = "airflow_bluegreen.cli.planning"
_RELEASE = "airflow_bluegreen.cli.release"
_UPKEEP = "airflow_bluegreen.cli.upkeep"

COMMANDS: dict[str, LazyCommand] = {
    "init": LazyCommand(
        module="airflow_bluegreen.cli.init", member=True, help="Write bluegreen.yaml for a repository of SQL."
    ),
    "sql": LazyCommand(module="airflow_bluegreen.cli.sql", help="Read, rename and compare single SQL files."),
    "lineage": LazyCommand(module=_PLANNING, member=True, help="Show who reads whom."),
    "list-modified-files": LazyCommand(
        module=_PLANNING, member=True, help="List the tables that were modified on a branch."
    ),
    "build-execution-plan": LazyCommand(
        module=_PLANNING, member=True, help="Show what a release would deploy, and why."
    ),
    "update-tables-version": LazyCommand(
        module=_PLANNING, member=True, help="Write the next versions into the files."
    ),
    "release": LazyCommand(
        module="airflow_bluegreen.cli.release_flow", help="Start, finish, list and show releases in git."
    ),
    "preflight": LazyCommand(
        module="airflow_bluegreen.cli.preflight",
        member=True,
        help="Look for all that would go wrong in a release; changes nothing.",
    ),
    "integration-test": LazyCommand(
        module="airflow_bluegreen.cli.integration",
        member=True,
        help="Test a release on synthetic records, apart from everything that runs.",
    ),
    "deploy": LazyCommand(module=_RELEASE, member=True, help="Deploy a release beside what runs."),
    "compare": LazyCommand(module=_RELEASE, member=True, help="Compare the data of blue and green."),
    "cut-over": LazyCommand(module=_RELEASE, member=True, help="Let the sink connectors read green."),
    "retire": LazyCommand(module=_RELEASE, member=True, help="Stop blue and call the release live."),
    "status": LazyCommand(module=_UPKEEP, member=True, help="Show the releases, and what differs from them."),
    "repair": LazyCommand(module=_UPKEEP, member=True, help="Bring back what stopped or was changed."),
    "adopt": LazyCommand(module=_UPKEEP, member=True, help="Take over what runs already."),
    "clean-up": LazyCommand(module=_UPKEEP, member=True, help="Delete what retired versions left behind."),
    "roll-back": LazyCommand(module=_RELEASE, member=True, help="Take a release back."),
    "snapshot": LazyCommand(
        module="airflow_bluegreen.cli.snapshot",
        member=True,
        help="Draw the lineage that the release DAG is made of.",
    ),
    "stack": LazyCommand(
        module="airflow_bluegreen.cli.stack", help="Run Kafka, Flink, Connect and a registry locally."
    ),
    "demo": LazyCommand(
        module="airflow_bluegreen.cli.demo", help="Play a whole release through Airflow, locally."
    ),
}


class LazyGroup(TyperGroup):
    """Imports a sub-command when it is invoked, and turns our errors into one line and an exit code."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The real command in place of the line that stands for it in the help."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (_load(name) if name in COMMANDS else command), rest

    def invoke(self, ctx: Any) -> Any:
        """Run the sub-command; a BluegreenError becomes a line on standard error."""
        try:
            return super().invoke(ctx)
        except BluegreenError as error:
            typer.echo(" ".join(str(error).splitlines()), err=True)
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(
    name="bluegreen",
    cls=LazyGroup,
    help="Blue/green releases of Flink SQL kept in git.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Drawing the help in boxes costs more than everything else that it does.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bluegreen {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Blue/green releases of Flink SQL kept in git."""


def _stand_in() -> None:
    """Stands in the help for a command that :class:`LazyGroup` imports when it is invoked."""


for _name, _lazy in COMMANDS.items():
    app.command(_name, help=_lazy.help)(_stand_in)


def _load(name: str) -> Any:
    lazy = COMMANDS[name]
    command: Any = get_command(import_module(lazy.module).app)
    members = getattr(command, "commands", None)
    return members[name] if lazy.member and members else command
