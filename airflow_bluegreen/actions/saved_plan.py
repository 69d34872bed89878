"""A plan that was saved to be performed later: it holds while nothing that it was made from has moved."""

from airflow_bluegreen.actions.read_release import ReadablePlatform
from airflow_bluegreen.core.lifecycle import in_progress, live_names, live_release
from airflow_bluegreen.core.model import Commit, Plan
from airflow_bluegreen.exceptions import ConfigurationError, RequirementError
from airflow_bluegreen.ports import RepositoryReader

_AGAIN = "Plan it again, and have it approved again"


def refuse_moved(platform: ReadablePlatform, plan: Plan, environment: str) -> None:
    """Raises RequirementError when the release, its base, or what is live is not what the plan was made for;
    ConfigurationError when it was made for another environment, or from files without git.
    """
    if plan.environment != environment:
        raise ConfigurationError(
            f"the plan is for environment {plan.environment}, not for {environment}", remedy="Plan it here"
        )
    refuse_moved_refs(platform.repository, plan)
    records = platform.releases.records()
    running = in_progress(records)
    if running is not None and running.release == plan.release.ref:
        if running.plan != plan:
            raise RequirementError(
                f"release {running.release} was begun with another plan",
                remedy="Go on without the saved plan, or roll the release back first",
            )
        return
    live = live_release(records)
    if live is not None and live.release != plan.base_release:
        raise RequirementError(
            f"the plan was made over {plan.base_release or 'nothing'}, and {live.release} is live by now",
            remedy=_AGAIN,
        )
    names = live_names(records)
    moved = [one for one in plan.tables if one.blue and names.get(one.table, one.blue) != one.blue]
    if moved:
        listed = ", ".join(f"{one.blue} ({names[one.table]} is live)" for one in moved)
        raise RequirementError(f"the plan replaces {listed}", remedy=_AGAIN)


def refuse_moved_refs(repository: RepositoryReader, plan: Plan) -> None:
    """The part of :func:`refuse_moved` that git alone can tell."""
    if not plan.release.sha:
        raise ConfigurationError(
            "the plan was made from files and not from a commit, so nobody can say whether it still holds",
            remedy="Name a branch or tag when you save a plan",
        )
    for what, commit in (("the release", plan.release), ("its base", plan.base)):
        if commit is not None:
            _refuse_moved(repository, what, commit)


def _refuse_moved(repository: RepositoryReader, what: str, commit: Commit) -> None:
    now = repository.resolve(commit.ref)
    if now.sha != commit.sha:
        raise RequirementError(
            f"{what} {commit.ref} was {commit.sha[:12]} when the plan was made and is {now.sha[:12]} now",
            remedy=_AGAIN,
        )
