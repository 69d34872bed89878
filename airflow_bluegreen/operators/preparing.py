"""The steps between plan and deployment: rewritten SQL in git, and a look at all that could go wrong."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from airflow.sdk import BaseOperator, Context

from airflow_bluegreen.links.pages import CommitLink
from airflow_bluegreen.operators.outcome import task_outcome


class RewriteVersionsOperator(BaseOperator):
    """Commit the SQL with the new versions on ``bluegreen/<release>``; the commit's sha is the task's XCom.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param push: whether the remote that ``git.remote`` in bluegreen.yaml names gets the branch.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#e8f0fe"
    operator_extra_links = (CommitLink(),)

    def __init__(
        self, *, project: str, environment: str, plan: str, push: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.push = push
        self.commit_url = ""

    def execute(self, context: Context) -> str:
        """Commit and push, or find what an earlier try has done."""
        from airflow_bluegreen.actions.rewrite import rewrite
        from airflow_bluegreen.core.branching import commit_page
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            platform = work.platform if self.push else replace(work.platform, remote=None)
            commit = rewrite(platform, work.plan, self.log.info)
            if platform.remote is not None:
                self.commit_url = commit_page(platform.remote.address(), commit.sha)
            return commit.sha


class PreflightOperator(BaseOperator):
    """Check, before anything is deployed, that all of it can be: every finding in one message.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#e8f0fe"

    def __init__(self, *, project: str, environment: str, plan: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan

    def execute(self, context: Context) -> None:
        """Check."""
        from airflow_bluegreen.actions.preflight import preflight
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            preflight(work.platform, work.plan, work.profile, self.log.info)
