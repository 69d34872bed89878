"""The steps that decide: what changed, and what the release does about it."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context, SkipMixin, conf

from airflow_bluegreen.exceptions import BluegreenError, BusyError, RefusedError, StaleGraphError
from airflow_bluegreen.operators.outcome import task_outcome
from airflow_bluegreen.operators.plan_told import known_cost, tell_plan
from airflow_bluegreen.operators.table_tasks import STEPS, Step, downstream_in_release, task_id_of
from airflow_bluegreen.snapshot import DrawnTable, draw_snapshot, refs_to_draw, save_snapshot, undrawn
from airflow_bluegreen.triggers.looking import Broken
from airflow_bluegreen.triggers.turn import TurnTrigger, read_event

if TYPE_CHECKING:
    from airflow.sdk.types import Operator

    from airflow_bluegreen.core.model import Plan, PlannedTable
    from airflow_bluegreen.ports import RepositoryReader

PLAN_KEY = "plan"
"""The XCom key under which the plan is handed on, as JSON of :mod:`airflow_bluegreen.core.documents`."""

COST_KEY = "cost"
"""The XCom key of what the release costs, as JSON; empty where nobody could tell."""

_GRACE = timedelta(minutes=5)
_UNREASONED = {"none": "its text means the same", "cosmetic": "it is written otherwise and means the same"}


class ComputeModifiedTablesOperator(BaseOperator):
    """List the tables whose statements differ in meaning between what is live and the release.

    The list (table, change, reasons) is the task's XCom. Nothing is written anywhere else.

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: tag or branch.
    :param base: what to compare with; empty for what is live.
    """

    template_fields: Sequence[str] = ("project", "environment", "release", "base")
    ui_color = "#e8f0fe"

    def __init__(
        self, *, project: str, environment: str, release: str, base: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.release = release
        self.base = base

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Read git and the ledger, log one line a table, return the list."""
        from airflow_bluegreen.actions.read_release import load_project, plan_release
        from airflow_bluegreen.core.changes import table_changes
        from airflow_bluegreen.hooks.platform import open_site

        with task_outcome(self.log):
            platform = open_site(self.project, self.environment, self.release).platform
            plan = plan_release(
                platform, environment=self.environment, release=self.release, base=self.base or None
            )
            git, front_end = platform.repository, platform.front_end
            base = load_project(git, plan.base.sha, front_end) if plan.base else None
            changes = table_changes(base, load_project(git, plan.release.sha, front_end))
            against = f"{plan.base.ref} ({plan.base.sha[:12]})" if plan.base else "nothing"
            self.log.info("%s (%s) against %s:", plan.release.ref, plan.release.sha[:12], against)
            listed = [
                {"table": one.table, "change": str(one.change.change), "reasons": list(one.change.reasons)}
                for one in changes
            ]
            listed += [
                {"table": one.table, "change": str(one.trigger), "reasons": _newer_schemas(one)}
                for one in plan.tables
                if one.trigger == "schema-change"
            ]
            for one in listed:
                because = "; ".join(one["reasons"]) or _UNREASONED.get(str(one["change"]), "")
                self.log.info("%s: %s%s", one["table"], one["change"], f", {because}" if because else "")
            return listed


class BuildReleasePlanOperator(BaseOperator, SkipMixin):
    """Plan the release, show the plan, open the release in the ledger and skip what it leaves alone.

    The tasks of all tables that the release does not touch are skipped in one call; where there is nothing
    to do, everything downstream is. The plan goes to the later tasks through XCom (key ``plan``), and what it
    costs (key ``cost``).

    :param project: path of the git clone, or of a folder in it.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: tag or branch.
    :param base: what to compare with; empty for what is live.
    :param tables: further tables to renew: names, or a JSON list of them.
    :param start: how single tables of this release come by their history, instead of as bluegreen.yaml says:
        ``TABLE=STRATEGY`` each, or a JSON list of that.
    :param deploy_group: id of the task group that holds the tables' tasks.
    :param drawn: the tables that the DAG was drawn with.
    :param snapshot: the file the DAG is drawn from. It is written anew when the plan has tables that the
        graph lacks, so that the next run can deploy them; empty to leave it alone.
    :param left_out: the tables that the DAG leaves out on purpose; a release that touches one is refused.
    :param only_look: show plan, preflight and rewritten SQL and skip everything downstream; nothing is
        changed, not even the ledger, and no release that is in progress is waited for.
    :param turn_timeout: how long to wait at most for a release that is in progress, where the environment
        says ``when_busy: wait``.
    :param turn_poll_interval: seconds between two looks then.
    :param deferrable: wait in the triggerer; the default is Airflow's ``[operators] default_deferrable``.
    """

    template_fields: Sequence[str] = (
        "project",
        "environment",
        "release",
        "base",
        "tables",
        "start",
        "snapshot",
        "only_look",
    )
    template_fields_renderers = {"tables": "json", "start": "json"}  # noqa: RUF012 - Airflow declares it without ClassVar
    ui_color = "#e8f0fe"
    inherits_from_skipmixin = True

    def __init__(
        self,
        *,
        project: str,
        environment: str,
        release: str,
        base: str | None = None,
        tables: str | Sequence[str] = (),
        start: str | Sequence[str] = (),
        deploy_group: str = "deploy",
        drawn: Mapping[str, DrawnTable],
        snapshot: str = "",
        left_out: Sequence[str] = (),
        only_look: bool | str = False,
        turn_timeout: timedelta = timedelta(hours=12),
        turn_poll_interval: float = 15.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project = project
        self.environment = environment
        self.release = release
        self.base = base
        self.tables = tables
        self.start = start
        self.deploy_group = deploy_group
        self.drawn = drawn
        self.snapshot = snapshot
        self.left_out = left_out
        self.only_look = only_look
        self.turn_timeout = turn_timeout
        self.turn_poll_interval = turn_poll_interval
        self.deferrable = deferrable

    def execute(self, context: Context) -> None:
        """Wait for one's turn where the environment says so, then plan."""
        from airflow_bluegreen.actions.turn import await_turn, release_ahead
        from airflow_bluegreen.hooks.platform import open_site

        with task_outcome(self.log):
            site = open_site(self.project, self.environment, self.release)
            waiting = site.profile.when_busy == "wait" and not self._is_dry
            seconds = self.turn_timeout.total_seconds()
            ahead = release_ahead(site.platform.releases, self.release) if waiting else None
            if ahead is not None and not self.deferrable:
                await_turn(site.platform, self.release, self.log.info, timeout_s=seconds)
        if ahead is not None and self.deferrable:
            self.log.info("waiting for release %s, which is %s", ahead.release, ahead.phase)
            trigger = TurnTrigger(
                project=self.project,
                environment=self.environment,
                release=self.release,
                timeout_s=seconds,
                poll_s=self.turn_poll_interval,
            )
            self.defer(trigger=trigger, method_name="execute_in_turn", timeout=self.turn_timeout + _GRACE)
        self._plan(context)

    def execute_in_turn(self, context: Context, event: dict[str, Any]) -> None:
        """Plan when the release that was ahead has ended; what is live may be another by now."""
        with task_outcome(self.log):
            seen = read_event(event)
            if isinstance(seen, Broken):
                raise seen.as_error()
            if seen.release is not None:
                raise BusyError(
                    f"release {seen.release} is still in progress after {self.turn_timeout}",
                    remedy="Finish it, or undo it; clear this task to go on waiting",
                )
        self._plan(context)

    def _plan(self, context: Context) -> None:
        """Plan, explain, check against the graph, open the release, skip."""
        from airflow_bluegreen.actions.ledger import open_release
        from airflow_bluegreen.actions.read_release import plan_release
        from airflow_bluegreen.core.documents import to_json
        from airflow_bluegreen.core.starting import read_wishes
        from airflow_bluegreen.hooks.platform import open_site
        from airflow_bluegreen.operators.dry_run import look_only

        task_instance: Any = context["ti"]
        with task_outcome(self.log):
            site = open_site(self.project, self.environment, self.release)
            platform = site.platform
            plan = plan_release(
                platform,
                environment=self.environment,
                release=self.release,
                base=self.base or None,
                tables=_names(self.tables),
                start=read_wishes(_names(self.start)),
            )
            tell_plan(plan, self.log)
            cost = known_cost(site, plan, self.log)
            if self._is_dry:
                look_only(site, plan, self.log, task_instance, cost=cost)
                self.skip(task_instance, downstream_in_release(self))
                return
            self._refuse_undrawn(plan, _drawn_in_run(task_instance), platform.repository)
            task_instance.xcom_push(key=PLAN_KEY, value=to_json(plan))
            task_instance.xcom_push(key=COST_KEY, value=to_json(cost) if cost else "")
            if plan.tables or plan.connectors:
                open_release(platform, plan, self.log.info)
        self.skip(task_instance, self._left_alone(plan))

    @property
    def _is_dry(self) -> bool:
        return str(self.only_look).lower() == "true"

    def _refuse_undrawn(self, plan: "Plan", present: frozenset[str], repository: "RepositoryReader") -> None:
        outside = sorted({one.table for one in plan.tables} & set(self.left_out))
        if outside:
            raise RefusedError(
                f"{plan.release.ref} also touches {', '.join(outside)}, which this DAG leaves out; "
                "nothing was deployed",
                remedy="Release it with a DAG that draws them, or widen select and exclude of this one",
            )
        missing = undrawn(self.drawn, plan) or tuple(sorted(self._needed(plan) - present))
        if not missing:
            return
        raise StaleGraphError(
            f"the graph of this run lacks {', '.join(missing)} of {plan.release.ref}; nothing was deployed",
            remedy=self._redraw(plan, repository),
        )

    def _redraw(self, plan: "Plan", repository: "RepositoryReader") -> str:
        by_hand = (
            f"Run: bluegreen snapshot {plan.release.ref} HEAD --project {self.project} "
            f"--output {self.snapshot or 'FILE'}; then start the release again"
        )
        if not self.snapshot:
            return by_hand
        try:
            drawn = draw_snapshot(
                repository, {**_of_plan(plan), **refs_to_draw(repository)}, self.log.warning
            )
            save_snapshot(drawn, Path(self.snapshot))
        except (OSError, BluegreenError) as error:
            self.log.warning("The graph could not be drawn anew: %s", error)
            return by_hand
        return "The graph was drawn anew just now: start the release again as soon as the DAG shows the table"

    def _needed(self, plan: "Plan") -> frozenset[str]:
        return frozenset(
            task_id_of(self.deploy_group, planned.table, step)
            for planned in plan.tables
            for step in steps_of(planned)
        )

    def _left_alone(self, plan: "Plan") -> list["Operator"]:
        if not (plan.tables or plan.connectors):
            return downstream_in_release(self)
        needed, prefix = self._needed(plan), f"{self.deploy_group}."
        return [
            task for task in self.dag.tasks if task.task_id.startswith(prefix) and task.task_id not in needed
        ]


def steps_of(planned: "PlannedTable") -> tuple[Step, ...]:
    """The steps that a planned table goes through; a removed one has none."""
    if planned.green is None:
        return ()
    return tuple(step for step in STEPS if planned.filled or step in ("ddl", "compare"))


def _newer_schemas(planned: "PlannedTable") -> list[str]:
    return [str(schema) for schema in planned.source_schemas if schema.is_newer]


def _names(tables: str | Sequence[str]) -> tuple[str, ...]:
    names = json.loads(tables or "[]") if isinstance(tables, str) else tables
    return tuple(str(name) for name in names or ())


def _drawn_in_run(task_instance: Any) -> frozenset[str]:
    """The ids of the tasks that this run has: it may be older or newer than the file this worker parsed."""
    states = task_instance.get_task_states(dag_id=task_instance.dag_id, run_ids=[task_instance.run_id])
    return frozenset(states.get(task_instance.run_id, ()))


def _of_plan(plan: "Plan") -> Mapping[str, str]:
    """The refs of a plan with their commits, the release's first."""
    base = {plan.base.ref: plan.base.sha} if plan.base else {}
    return {plan.release.ref: plan.release.sha, **base}
