"""What a plan costs, where its environment can be asked."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from airflow_bluegreen.exceptions import BluegreenError

if TYPE_CHECKING:
    from airflow_bluegreen.cli.session import OpenSession
    from airflow_bluegreen.core.model import Plan, Project, ReleaseCost


def known_cost(
    opener: "OpenSession | None", folder: Path, plan: "Plan", project: "Project"
) -> "ReleaseCost | None":
    """The costs; None, with a note on standard error why, where nobody could be asked.

    A plan is worth showing without them: they are not part of what it decides.

    :param opener: what opens the environment; None for the real servers.
    :param folder: where the project is.
    """
    from airflow_bluegreen.actions.starting import Starts, measure
    from airflow_bluegreen.cli.session import open_session

    try:
        session = (opener or open_session)(folder, plan.environment, plan.release.sha or "HEAD")
        starts = Starts(platform=session.platform, plan=plan, profile=session.profile)
        return measure(starts, project)
    except BluegreenError as error:
        typer.echo(f"note: without costs: {error}", err=True)
        return None
