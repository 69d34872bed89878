"""What a task needs that performs a step of a plan: the plan, and the environment it is for."""

from dataclasses import dataclass

from airflow_bluegreen.core.documents import from_json
from airflow_bluegreen.core.model import Plan, Profile
from airflow_bluegreen.hooks.platform import open_site
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
