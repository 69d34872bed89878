"""What a task needs that performs a step of a plan: the plan, and the environment it is for."""

from dataclasses import dataclass

from airflow_bluegreen.core.documents import from_json
from airflow_bluegreen.core.model import Plan, Profile
from airflow_bluegreen.exceptions import UnknownRefError
from airflow_bluegreen.hooks.platform import Site, open_site
from airflow_bluegreen.ports import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSite:
    """A plan with the environment that it is performed in."""

    plan: Plan
    platform: Platform
    profile: Profile


def open_plan_site(project: str, environment: str, plan: str) -> PlanSite:
    """Open the environment as the plan's commit describes it.

    :param plan: JSON of a plan.
    :raises ConfigurationError: the text is not a plan, or a connection is missing or incomplete.
    """
    known = from_json(Plan, plan)
    site = open_site(project, environment, known.release.sha)
    return PlanSite(plan=known, platform=site.platform, profile=site.profile)


def open_begun_site(project: str, environment: str, release: str) -> Site:
    """Open the environment as a release that was begun describes it, although its branch may be gone by now.

    :param release: the tag or branch, as the ledger has it.
    :raises UnknownRefError: git does not know it and the ledger neither.
    :raises ConfigurationError: a connection is missing or incomplete.
    """
    from airflow_bluegreen.actions.ledger import find

    try:
        return open_site(project, environment, release)
    except UnknownRefError:
        begun = find(open_site(project, environment, "HEAD").platform, release)
        if begun is None:
            raise
        return open_site(project, environment, begun.commit)
