"""Going back to blue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.operators.planning import PLAN_KEY

if TYPE_CHECKING:
    from airflow_bluegreen.ports import Platform


class RollBackOperator(BaseOperator):
    """Take a release back: green is removed and blue is as it was.

    With ``plan_task`` it is the safety net of a release DAG: it undoes what this run began as long as
    nobody was moved to green, is skipped when this run began nothing, and refuses once a cut-over has begun.
    Without, it goes back from any phase.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: the tag or branch of the release.
    :param plan_task: full id of the task that planned the release in this run.
    """

    template_fields: Sequence[str] = ("project", "environment", "release")
    ui_color = "#ffe0d1"

    def __init__(
        self, *, project: str, environment: str, release: str, plan_task: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.release = release
        self.plan_task = plan_task

    def execute(self, context: Context) -> None:
        """Roll back, or skip when this run has nothing to undo."""
        from airflow_bluegreen.actions.roll_back import roll_back
        from airflow_bluegreen.hooks.platform import open_site

        with task_outcome(self.log):
            if self.plan_task and not context["ti"].xcom_pull(task_ids=self.plan_task, key=PLAN_KEY):
                raise AirflowSkipException(
                    f"This run did not begin release {self.release}: nothing to roll back"
                )
            site = open_site(self.project, self.environment, self.release)
            if self.plan_task:
                self._require_before_cut_over(site.platform)
            roll_back(site.platform, self.release, site.profile, self.log.info)

    def _require_before_cut_over(self, platform: "Platform") -> None:
        from airflow_bluegreen.actions.ledger import find
        from airflow_bluegreen.core.model import Phase

        record = find(platform, self.release)
        if record is None or record.phase in (Phase.LIVE, Phase.ROLLED_BACK):
            where = record.phase.replace("_", " ") if record else "not in the ledger"
            raise AirflowSkipException(f"Release {self.release} is {where}: nothing to roll back")
        if record.phase not in (Phase.PLANNED, Phase.DEPLOYING, Phase.COMPARED, Phase.ROLLING_BACK):
            phase = record.phase.replace("_", " ")
            raise RefusedError(
                f"release {self.release} is {phase}: its cut-over had begun before this run",
                remedy="Go on with it, or run the rollback DAG with this release, or: bluegreen roll-back",
            )
