"""``airflow bluegreen``, by its connections. Each ``airflow`` command imports this: keep it light."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from airflow.cli.cli_config import ActionCommand, Arg, CLICommand, GroupCommand, lazy_load_command

if TYPE_CHECKING:
    from airflow_bluegreen.core.environment import EnvironmentState

_OPTIONS = (
    ("--project", "Path of the git clone; by default [bluegreen] project", None),
    ("--environment", "A name of bluegreen.yaml; by default [bluegreen] environment", None),
    ("--json", "Print JSON", "store_true"),
    ("--check", "Exit with 1 if anything differs, or could not be told", "store_true"),
)


def get_bluegreen_commands() -> list[CLICommand]:
    """The group that Airflow adds to its command line."""
    status = ActionCommand(
        name="status",
        help="What is live, since when, what differs from it, and until when a rollback is safe",
        func=lazy_load_command("airflow_bluegreen.plugins.commands.status"),
        args=tuple(_option(*one) for one in _OPTIONS),
    )
    return [GroupCommand(name="bluegreen", help="Blue/green releases of Flink SQL", subcommands=(status,))]


def _option(flag: str, told: str, action: str | None) -> Arg:
    return Arg((flag,), help=told, **({"action": action} if action else {}))  # type: ignore[no-untyped-call]


def status(args: Any) -> None:
    """Print how an environment is, as Airflow's own connections lead to it; reads only.

    :raises SystemExit: 1 for what differs or could not be told, with ``--check``; else the exit code of the
        error.
    """
    import os
    from pathlib import Path

    # As `airflow connections` does: without it, connections kept in the database are not looked for.
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    from airflow_bluegreen.actions.environment import look_at_environment
    from airflow_bluegreen.core.documents import to_json
    from airflow_bluegreen.exceptions import BluegreenError
    from airflow_bluegreen.hooks.platform import open_site
    from airflow_bluegreen.hooks.settings import environment_name, project_path

    try:
        project = args.project or project_path()
        environment = args.environment or environment_name()
        site = open_site(project, environment, "HEAD")
        state = look_at_environment(
            site.platform, site.profile, project=Path(project).name, environment=environment
        )
    except BluegreenError as error:
        print(" ".join(str(error).splitlines()), file=sys.stderr)  # noqa: T201 -- a command
        raise SystemExit(error.exit_code) from error
    told = [to_json(state, indent=2)] if args.json else _lines(state)
    print("\n".join(told))  # noqa: T201 -- a command
    if args.check and (state.drift is None or state.drift or state.trouble):
        raise SystemExit(1)


def _lines(state: "EnvironmentState") -> Iterable[str]:
    from airflow_bluegreen.report.environment import headline

    told = headline(state)
    yield f"{state.environment} of {state.project}: {told.text}. {told.detail}"
    if state.way_back is not None:
        yield state.way_back.told
    for one in state.drift or ():
        yield f"drift: {one.what}. {one.remedy}"
    if state.trouble:
        yield f"not known: {state.trouble}"
    for table in state.tables:
        yield f"  {table.table}: {table.physical}, since {table.since or '?'} ({table.release or '?'})"
