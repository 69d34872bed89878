"""Watching green after the cut-over, while blue still runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context, conf

from airflow_bluegreen.core.durations import read_duration
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.links.report import ReportLink
from airflow_bluegreen.operators.cut_over import ADVICE
from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.triggers import fill
from airflow_bluegreen.triggers.fill import FillTrigger
from airflow_bluegreen.triggers.looking import Broken
from airflow_bluegreen.triggers.observe import ObserveTrigger, read_event

if TYPE_CHECKING:
    from airflow_bluegreen.actions.filling import FillGoals
    from airflow_bluegreen.core.observation import Baseline
    from airflow_bluegreen.hooks.plan_site import PlanSite

_GRACE = timedelta(minutes=5)
_SHORT_SECONDS = 60.0
"""A wait that is over so soon is not worth the triggerer."""


class ObserveOperator(BaseOperator):
    """Watch green's jobs, their lag and the connectors while blue still runs; the report of the run tells.

    A green that fails ends it at once, with the reason: blue is not retired then. At the end the lake's
    stable names follow, when its tables are filled.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param plan: the plan as JSON.
    :param observation: how long, such as ``10m``; empty: as the environment says in bluegreen.yaml.
    :param deploy_group: id of the task group that holds the tables' tasks.
    :param cost: what the release costs, as JSON, for the report; empty where nobody could tell.
    :param poll_interval: seconds between two looks.
    :param deferrable: watch in the triggerer; the default is Airflow's ``[operators] default_deferrable``.
    """

    template_fields: Sequence[str] = ("project", "environment", "plan", "observation", "cost")
    template_fields_renderers = {"plan": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#ffe0d1"
    operator_extra_links = (ReportLink(),)

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        plan: str,
        observation: str = "",
        deploy_group: str = "deploy",
        cost: str = "",
        poll_interval: float = 5.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.plan = plan
        self.observation = observation
        self.deploy_group = deploy_group
        self.cost = cost
        self.poll_interval = poll_interval
        self.deferrable = deferrable

    def execute(self, context: Context) -> None:
        """Watch here, or hand it to the triggerer."""
        from airflow_bluegreen.actions.observe import (
            SETTLE_S,
            begin,
            is_watchable,
            observe_cut_over,
        )
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log, advice=ADVICE):
            work = open_plan_site(self.project, self.environment, self.plan)
            window_s = self._window(work)
            if not self.deferrable or window_s < _SHORT_SECONDS or not is_watchable(work.plan):
                told: list[str] = []
                observe_cut_over(
                    work.platform,
                    work.plan,
                    self._telling(told),
                    window_s=window_s,
                    poll_s=self.poll_interval,
                )
                self._point_and_report(work, context, told)
                return
            trigger = self._trigger(work, begin(work.platform, work.plan, window_s=window_s))
            timeout = timedelta(seconds=window_s + SETTLE_S) + _GRACE
        self.defer(trigger=trigger, method_name="execute_complete", timeout=timeout)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        """Say what the triggerer saw and write it into the report, or fail with it."""
        from airflow_bluegreen.actions.observe import conclude, tell_moves
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log, advice=ADVICE):
            seen = read_event(event)
            if isinstance(seen, Broken):
                self.log.debug("Raised in the triggerer:\n%s", seen.stack)
                raise seen.as_error()
            work = open_plan_site(self.project, self.environment, self.plan)
            told: list[str] = []
            tell_moves(work.platform, work.plan, self._telling(told))
            conclude(seen.observed, self._telling(told), window_s=self._window(work))
            self._point_and_report(work, context, told)

    def execute_filled(self, context: Context, event: dict[str, Any], told: list[str]) -> None:
        """Let the names follow when the lake is filled, or fail with what is missing.

        :param told: what the report tells of the observation.
        """
        from airflow_bluegreen.actions.filling import FILL_FOR_S, unfilled_error
        from airflow_bluegreen.hooks.plan_site import open_plan_site

        with task_outcome(self.log, advice=ADVICE):
            seen = fill.read_event(event)
            if isinstance(seen, Broken):
                self.log.debug("Raised in the triggerer:\n%s", seen.stack)
                raise seen.as_error()
            if seen.missing:
                raise unfilled_error(seen.missing, FILL_FOR_S)
            work = open_plan_site(self.project, self.environment, self.plan)
            self._switch_and_report(work, context, told)

    def _point_and_report(self, work: "PlanSite", context: Context, told: list[str]) -> None:
        """Let the lake's stable names follow, as soon as it is filled."""
        from airflow_bluegreen.actions.filling import FILL_FOR_S, records_missing
        from airflow_bluegreen.actions.stable_names import goals_of, point_names

        if not self.deferrable:
            point_names(work.platform, work.plan, work.profile, self._telling(told))
            self._report(work, context, told)
            return
        goals = goals_of(work.platform, work.plan, work.profile)
        if goals is not None and records_missing(work.platform, goals, self.log.info):
            self.defer(
                trigger=self._filling(work, goals),
                method_name="execute_filled",
                kwargs={"told": told},
                timeout=timedelta(seconds=FILL_FOR_S) + _GRACE,
            )
        self._switch_and_report(work, context, told)

    def _switch_and_report(self, work: "PlanSite", context: Context, told: list[str]) -> None:
        from airflow_bluegreen.actions.stable_names import switch_names

        switch_names(work.platform, work.plan, work.profile, self._telling(told))
        self._report(work, context, told)

    def _filling(self, work: "PlanSite", goals: "FillGoals") -> FillTrigger:
        from airflow_bluegreen.actions.filling import FILL_FOR_S
        from airflow_bluegreen.core.documents import to_json

        return FillTrigger(
            project=self.project,
            environment=self.environment,
            release=work.plan.release.sha,
            goals=to_json(goals),
            timeout_s=FILL_FOR_S,
            poll_s=self.poll_interval,
        )

    def _window(self, work: "PlanSite") -> float:
        if not self.observation:
            return work.profile.observation
        try:
            return read_duration(self.observation)
        except ValueError as error:
            raise ConfigurationError(f"observation: {error}", remedy="Mend the parameter") from error

    def _trigger(self, work: "PlanSite", baseline: "Baseline") -> ObserveTrigger:
        from airflow_bluegreen.core.documents import to_json

        return ObserveTrigger(
            project=self.project,
            environment=self.environment,
            # The database keeps a trigger's arguments: the texts of the files are not needed.
            plan=to_json(replace(work.plan, rewritten={})),
            baseline=to_json(baseline),
            timeout_s=(baseline.deadline_ms - baseline.at_ms) / 1000,
            poll_s=self.poll_interval,
        )

    def _telling(self, told: list[str]) -> Any:
        def say(line: str, /) -> None:
            self.log.info(line)
            told.append(line)

        return say

    def _report(self, work: "PlanSite", context: Context, told: Sequence[str]) -> None:
        from airflow_bluegreen.operators.report_page import comparisons_of_run, cost_of, write_report

        comparisons = comparisons_of_run(work.plan, context["ti"], self.deploy_group)
        write_report(work, context["ti"], comparisons, cost=cost_of(self.cost), cut_over=told)
