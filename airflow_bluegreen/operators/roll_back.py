"""Going back to blue."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context, conf
from airflow.sdk.exceptions import AirflowSkipException

from airflow_bluegreen.exceptions import ReadinessError, RefusedError
from airflow_bluegreen.operators.approval import DECISION_KEY, ApproveReleaseOperator
from airflow_bluegreen.operators.environment import renew_page
from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.operators.planning import PLAN_KEY
from airflow_bluegreen.triggers.looking import Broken
from airflow_bluegreen.triggers.restore import RestoreTrigger, read_event

if TYPE_CHECKING:
    from airflow_bluegreen.core.model import Profile
    from airflow_bluegreen.ports import Platform

_GRACE = timedelta(minutes=5)


class RollBackOperator(BaseOperator):
    """Take a release back: green is removed and blue is as it was.

    With ``plan_task`` it is the safety net of a release DAG: it undoes what this run began as long as
    nobody was moved to green, is skipped when this run began nothing, or when the decision was for green, and
    refuses once a cut-over has begun. Without, it goes back from any phase.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: the tag or branch of the release.
    :param plan_task: full id of the task that planned the release in this run.
    :param decision_task: full id of the task that asks for approval. Where somebody sets that to success by
        hand, nothing skips this task, and the cut-over begins: there is nothing to roll back then.
    :param timeout: how long a restored blue table may take to catch up.
    :param poll_interval: seconds between two looks at it.
    :param deferrable: wait in the triggerer; the default is Airflow's ``[operators] default_deferrable``.
    """

    template_fields: Sequence[str] = ("project", "environment", "release")
    ui_color = "#ffe0d1"

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        release: str,
        plan_task: str | None = None,
        decision_task: str | None = None,
        timeout: timedelta = timedelta(hours=6),
        poll_interval: float = 5.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.release = release
        self.plan_task = plan_task
        self.decision_task = decision_task
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.deferrable = deferrable
        self._undone = ""
        self._brokers = ""

    def execute(self, context: Context) -> None:
        """Roll back, or skip when this run has nothing to undo."""
        from airflow_bluegreen.actions.restore import BlueWatch, await_blue
        from airflow_bluegreen.actions.roll_back import begin_roll_back, end_roll_back
        from airflow_bluegreen.hooks.plan_site import open_begun_site

        seconds = self.timeout.total_seconds()

        with task_outcome(self.log):
            if self.plan_task and not context["ti"].xcom_pull(task_ids=self.plan_task, key=PLAN_KEY):
                raise AirflowSkipException("This run did not begin a release: nothing to roll back")
            self._skip_approved(context)
            site = open_begun_site(self.project, self.environment, self.release)
            if self.plan_task:
                self._require_before_cut_over(site.platform)
            platform, profile, say = site.platform, site.profile, self.log.info
            restored = begin_roll_back(platform, self.release, profile, say)
            if restored and not self.deferrable:
                watch = BlueWatch(platform, self.release, profile, restored, say, timeout_s=seconds)
                await_blue(platform, watch, say, poll_s=self.poll_interval)
            if not (restored and self.deferrable):
                end_roll_back(platform, self.release, profile, say)
                self._remember(platform, profile)
                return
        self.log.info("Waiting until %s have caught up", ", ".join(restored))
        trigger = RestoreTrigger(
            project=self.project,
            environment=self.environment,
            release=self.release,
            tables=restored,
            timeout_s=seconds,
            poll_s=self.poll_interval,
        )
        self.defer(trigger=trigger, method_name="execute_complete", timeout=self.timeout + _GRACE)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        """Go on when blue has caught up, or fail with what held it back."""
        from airflow_bluegreen.actions.roll_back import end_roll_back
        from airflow_bluegreen.hooks.plan_site import open_begun_site

        with task_outcome(self.log):
            seen = read_event(event)
            if isinstance(seen, Broken):
                self.log.debug("Raised in the triggerer:\n%s", seen.stack)
                raise seen.as_error()
            if not seen.ready:
                raise ReadinessError(
                    f"blue has not caught up after {self.timeout}",
                    remedy="The connectors still read green. Clear this task to go on waiting",
                )
            site = open_begun_site(self.project, self.environment, self.release)
            end_roll_back(site.platform, self.release, site.profile, self.log.info)
            self._remember(site.platform, site.profile)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The topics that the rollback deleted, and the sinks that it moved back."""
        from airflow_bluegreen.core.datasets import rolled_back_lineage
        from airflow_bluegreen.operators.lineage_facets import facets

        return facets(self._undone, rolled_back_lineage, brokers=self._brokers)

    def _remember(self, platform: "Platform", profile: "Profile") -> None:
        """What was undone, for its lineage and for the page of the environment."""
        from airflow_bluegreen.actions.ledger import find
        from airflow_bluegreen.core.documents import to_json

        record = find(platform, self.release)
        self._undone = to_json(record.plan) if record else ""
        self._brokers = platform.endpoints.brokers
        renew_page(self, platform, profile)

    def _skip_approved(self, context: Context) -> None:
        if self.decision_task is None:
            return
        task_instance: Any = context["ti"]
        run_id = task_instance.run_id
        states = task_instance.get_task_states(
            dag_id=task_instance.dag_id, task_ids=[self.decision_task], run_ids=[run_id]
        )
        if states.get(run_id, {}).get(self.decision_task) != "success":
            return
        answer = task_instance.xcom_pull(task_ids=self.decision_task, key=DECISION_KEY)
        if answer != ApproveReleaseOperator.REJECT:
            raise AirflowSkipException(
                f"{self.decision_task} ended as success and nobody rejected: the cut-over goes on. "
                "To go back, run the rollback DAG with this release"
            )

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
