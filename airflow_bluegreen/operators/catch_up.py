"""Waiting until the green tables hold what the blue ones do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context, conf

from airflow_bluegreen.core.trouble import Patience
from airflow_bluegreen.operators.outcome import skip_untouched, task_outcome
from airflow_bluegreen.triggers.catch_up import CatchUpTrigger, Observed, read_event
from airflow_bluegreen.triggers.looking import Broken

if TYPE_CHECKING:
    from airflow_bluegreen.hooks.plan_site import PlanSite

_GRACE = timedelta(minutes=5)


class AwaitCatchUpOperator(BaseOperator):
    """Wait until a green table has read its inputs up to where they ended when the wait began, and keeps up.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param table: logical name of the table; the task skips itself if the plan leaves it alone.
    :param timeout: how long to wait at most.
    :param poll_interval: seconds between two looks.
    :param patience: how long a job may be stuck (nothing moves, no checkpoint completes).
    :param deferrable: wait in the triggerer; the default is Airflow's ``[operators] default_deferrable``.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan", "table")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#fff4d6"

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        table: str,
        timeout: timedelta = timedelta(hours=12),
        poll_interval: float = 5.0,
        patience: timedelta = timedelta(minutes=10),
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.table = table
        self.timeout = timeout
        self.poll_interval = poll_interval
        self.patience = patience
        self.deferrable = deferrable

    def execute(self, context: Context) -> None:
        """Wait here, or hand the wait to the triggerer."""
        from airflow_bluegreen.actions.catch_up import await_ready
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log):
            work = open_plan_site(self.project, self.environment, self.plan)
            skip_untouched(work.plan, self.table)
            if not self.deferrable:
                seconds = self.timeout.total_seconds()
                await_ready(
                    work.platform,
                    work.plan,
                    self.table,
                    self.log.info,
                    seconds,
                    poll_s=self.poll_interval,
                    patience=self._patience,
                )
                return
            trigger = self._trigger(work)
        self.defer(trigger=trigger, method_name="execute_complete", timeout=self.timeout + _GRACE)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        """Say what the triggerer saw, or fail with it."""
        with task_outcome(self.log):
            seen = read_event(event)
            if isinstance(seen, Broken):
                self.log.debug("Raised in the triggerer:\n%s", seen.stack)
                raise seen.as_error()
            self._conclude(seen)

    def _trigger(self, work: "PlanSite") -> CatchUpTrigger:
        from airflow_bluegreen.actions.catch_up import capture_targets
        from airflow_bluegreen.actions.planned import planned_table
        from airflow_bluegreen.core.documents import to_json

        targets = capture_targets(work.platform, work.plan, self.table)
        self.log.info("%s has to read %s records of its inputs", self.table, f"{targets.records:,}")
        # The database keeps a trigger's arguments: the part of the plan that is looked at is enough.
        part = replace(work.plan, tables=(planned_table(work.plan, self.table),), connectors=(), rewritten={})
        return CatchUpTrigger(
            project=self.project,
            environment=self.environment,
            plan=to_json(part),
            table=self.table,
            targets=to_json(targets),
            timeout_s=self.timeout.total_seconds(),
            poll_s=self.poll_interval,
            patience=to_json(self._patience),
        )

    @property
    def _patience(self) -> Patience:
        return Patience(stuck_ms=int(self.patience.total_seconds() * 1000))

    def _conclude(self, seen: Observed) -> None:
        from airflow_bluegreen.actions.catch_up import failing_error, late_error

        readiness = seen.readiness
        if seen.timed_out:
            raise late_error(self.table, readiness, self.timeout.total_seconds())
        if readiness.state == "failing":
            raise failing_error(self.table, readiness)
        self.log.info("%s has caught up, %s records behind", self.table, f"{readiness.remaining:,}")
