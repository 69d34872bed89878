"""The environment and the plan that a release command works with."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from airflow_bluegreen.exceptions import RefusedError, UnknownRefError

if TYPE_CHECKING:
    from airflow_bluegreen.cli.session import OpenSession, Session
    from airflow_bluegreen.core.model import Plan


def session_of(context: typer.Context, project: Path, environment: str | None, ref: str) -> "Session":
    """Opened by what the caller of the command line put into the context, else on the real servers."""
    from airflow_bluegreen.cli.session import open_session

    opener: OpenSession = context.obj or open_session
    return opener(project, environment, ref)


def begun_session_of(
    context: typer.Context, project: Path, environment: str | None, release: str
) -> "Session":
    """The session of a release that was begun: by the commit that the ledger has, where its branch or tag is
    gone by now.
    """
    from airflow_bluegreen.actions.ledger import find

    try:
        return session_of(context, project, environment, release)
    except UnknownRefError:
        begun = find(session_of(context, project, environment, "HEAD").platform, release)
        if begun is None:
            raise
        return session_of(context, project, environment, begun.commit)


def plan_of(
    session: "Session",
    release: str,
    base: str | None,
    tables: tuple[str, ...],
    saved: Path | None,
    start: Sequence[str] = (),
) -> "Plan":
    """A new plan, or the saved one if it still holds.

    :param start: how single tables start, ``TABLE=STRATEGY`` each.

    Raises RefusedError when the saved plan is another release's, RequirementError when it holds no more.
    """
    from airflow_bluegreen.actions.read_release import plan_release
    from airflow_bluegreen.actions.saved_plan import refuse_moved
    from airflow_bluegreen.cli.plan_file import load_plan
    from airflow_bluegreen.core.starting import read_wishes

    if saved is None:
        return plan_release(
            session.platform,
            environment=session.environment,
            release=release,
            base=base,
            tables=tables,
            start=read_wishes(start),
        )
    if base or tables or start:
        raise typer.BadParameter("--plan says what is deployed: leave --base, --table and --start out")
    plan = load_plan(saved)
    if plan.release.ref != release:
        raise RefusedError(f"{saved} plans {plan.release.ref}, not {release}", remedy="Give its release")
    refuse_moved(session.platform, plan, session.environment)
    return plan
