"""A release as tasks: the spine, and between planning and report a group for each table of the lineage.

Why the tasks depend on each other as they do:

* ``plan`` skips all tasks of tables that the release leaves alone, so everything that follows them accepts
  skipped parents (``none_failed``) and nothing of a table starts before ``plan`` has ended. Such a task that
  is cleared skips itself: only direct children of ``plan`` would be skipped by it again.
* ``dml`` follows the ``dml`` of the tables it reads: a job must not look for a topic that is not there yet.
  ``await_catch_up`` follows that of the tables it reads: over an empty topic everything looks ready.
* ``approve`` decides between ``cut_over`` and ``roll_back`` and skips the other one.
* ``roll_back`` waits (``all_done``) for every task that may still deploy something, then takes down what
  there is. ``approve`` alone would not do: it is ``upstream_failed`` as soon as one table fails, while others
  are still being deployed. A run in which something failed ends failed all the same, because ``confirm`` is
  ``upstream_failed``.
* From ``cut_over`` on a failure rolls nothing back: ``roll_back`` was skipped by then.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, TaskGroup, TriggerRule, XComArg
from airflow.sdk.bases.notifier import BaseNotifier

from airflow_bluegreen.dag_factory.layers import Layers, Level
from airflow_bluegreen.dag_factory.selection import select_tables
from airflow_bluegreen.hooks.settings import snapshot_path
from airflow_bluegreen.operators.approval import ApproveReleaseOperator
from airflow_bluegreen.operators.catch_up import AwaitCatchUpOperator
from airflow_bluegreen.operators.comparing import (
    BODY_KEY,
    VERDICT_KEY,
    CompareBlueGreenOperator,
    ReportOperator,
)
from airflow_bluegreen.operators.cut_over import (
    ConfirmReleaseOperator,
    CutOverOperator,
    RetireBlueOperator,
)
from airflow_bluegreen.operators.deploy import DeployFlinkStatementOperator
from airflow_bluegreen.operators.observe import ObserveOperator
from airflow_bluegreen.operators.planning import (
    COST_KEY,
    PLAN_KEY,
    BuildReleasePlanOperator,
    ComputeModifiedTablesOperator,
)
from airflow_bluegreen.operators.preparing import PreflightOperator, RewriteVersionsOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.snapshot import DrawnTable, Snapshot, read_snapshot

DEPLOY_GROUP = "deploy"
_COST_OF = "{{{{ ti.xcom_pull(task_ids='{task}', key='{key}') or '' }}}}"
_PLAN_OF = "{{{{ ti.xcom_pull(task_ids='{task}', key='{key}') }}}}"
"""Read by name: an XComArg would draw a line from ``plan`` to each of four tasks per table."""

RETRIES: Mapping[str, Any] = {"retries": 2, "retry_delay": timedelta(seconds=10)}
"""Every step looks for what an earlier try did before it does anything, so that it may be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitSettings:
    """How long and how a release waits.

    :param catch_up: longest wait for one green table.
    :param poll_interval: seconds between two looks at it.
    :param deferrable: wait in the triggerer rather than in a worker.
    :param approval: longest wait for the decision of a person, after which the release is rejected.
    :param turn: longest wait for another release that is in progress, where the environment says
        ``when_busy: wait``.
    """

    catch_up: timedelta = timedelta(hours=12)
    poll_interval: float = 5.0
    deferrable: bool = True
    approval: timedelta = timedelta(hours=24)
    turn: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class _TableTasks:
    """The tasks of one table: what its readers' jobs wait for, and what their comparisons wait for."""

    writing: tuple[BaseOperator, ...]
    ready: BaseOperator

    @property
    def deployed(self) -> BaseOperator:
        return self.writing[-1]


def release_task_group(
    *,
    project: str,
    environment: str,
    release: str = "{{ params.release }}",
    base: str = "{{ params.base or '' }}",
    tables: str = "{{ params.tables | tojson }}",
    start: str = "{{ params.start | tojson }}",
    auto_approve: bool | str = "{{ params.auto_approve }}",
    dry_run: bool | str = "{{ params.dry_run }}",
    observation: str = "{{ params.observation or '' }}",
    snapshot: str | Path | None = None,
    waits: WaitSettings | None = None,
    notifiers: list[BaseNotifier] | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    group_by: Sequence[Level] = ("product", "kind"),
    group_id: str = "release",
    into: TaskGroup | None = None,
) -> TaskGroup:
    """All tasks of a release as a group, for a DAG of your own. Call it inside a ``with DAG(...)`` block.

    The defaults read the params of :func:`~airflow_bluegreen.dag_factory.release_params`: give them to the
    DAG, or give other templates here.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param release: tag or branch, a template.
    :param base: what to compare with, a template; empty for what is live.
    :param tables: JSON list of further tables to renew, a template.
    :param start: JSON list of ``TABLE=STRATEGY``, how single tables come by their history, a template.
    :param auto_approve: do not ask a person where every table passes the comparison.
    :param dry_run: show plan, preflight and rewritten SQL and change nothing, a template.
    :param observation: how long green is watched before blue is retired, such as ``10m``, a template; empty:
        as the environment says in bluegreen.yaml.
    :param snapshot: the file to draw the tables from; by default ``[bluegreen] snapshot_path``.
    :param waits: how long and how it waits.
    :param notifiers: told when a person is asked.
    :param select: draw these tables only, by the selectors of
        :func:`~airflow_bluegreen.dag_factory.selection.select_tables`; a release that also touches others is
        refused.
    :param exclude: do not draw these.
    :param group_by: the groups around the tables.
    :param into: the group to draw into, such as the DAG's root; a new one named ``group_id`` by default.
    :raises ConfigurationError: the file is not a snapshot, or a selector names no table of it.
    """
    path = Path(snapshot) if snapshot else snapshot_path(project)
    known = read_snapshot(path) or Snapshot(project=project, tables={})
    drawn = replace(known, tables=select_tables(known.tables, select, exclude))
    left_out = sorted(known.tables.keys() - drawn.tables.keys())
    place = {"project": project, "environment": environment}
    waiting = waits or WaitSettings()
    defaults: Any = dict(RETRIES)
    drawing = TaskGroup(group_id, default_args=defaults) if into is None else nullcontext(into)
    with drawing as group:
        deploy_group: str = group.child_id(DEPLOY_GROUP)  # type: ignore[no-untyped-call]
        planning = {**place, "release": release, "base": base}
        places = {"deploy_group": deploy_group, "snapshot": str(path), "left_out": left_out}
        wishes = {"tables": tables, "start": start, "only_look": dry_run}
        plan = _draw_planning(planning, wishes, drawn, waiting, places)
        step: dict[str, Any] = {**place, "plan": _PLAN_OF.format(task=plan.task_id, key=PLAN_KEY)}
        cost = _COST_OF.format(task=plan.task_id, key=COST_KEY)
        rewrite = RewriteVersionsOperator(task_id="rewrite_versions", **step)
        preflight = PreflightOperator(task_id="preflight", **step)
        report = ReportOperator(
            task_id="report",
            **step,
            cost=cost,
            deploy_group=deploy_group,
            trigger_rule=TriggerRule.NONE_FAILED,
        )
        plan >> rewrite >> preflight
        layers = Layers(deploy_group, drawn.tables, group_by)
        writing = _draw_tables(drawn, step, waiting, (preflight, report), layers)
        roll_back = RollBackOperator(
            task_id="roll_back",
            project=project,
            environment=environment,
            release=release,
            plan_task=plan.task_id,
            deferrable=waiting.deferrable,
            trigger_rule=TriggerRule.ALL_DONE,
        )
        approve = ApproveReleaseOperator(
            task_id="approve",
            subject=f"Release {release} to {environment}: move to green?",
            body=XComArg(report, BODY_KEY),
            verdict=XComArg(report, VERDICT_KEY),
            auto_approve=auto_approve,
            roll_back_task=roll_back.task_id,
            defaults="Reject",
            response_timeout=waiting.approval,
            notifiers=notifiers,
        )
        [*writing, approve] >> roll_back
        reporting = {"deploy_group": deploy_group, "cost": cost}
        approve >> _draw_ending(step, reporting, observation, waiting)
    return group


def _draw_planning(
    asked: Mapping[str, Any],
    wishes: Mapping[str, Any],
    drawn: Snapshot,
    waits: WaitSettings,
    places: Mapping[str, Any],
) -> BuildReleasePlanOperator:
    modified = ComputeModifiedTablesOperator(task_id="compute_modified", **asked)
    plan = BuildReleasePlanOperator(
        task_id="plan",
        **asked,
        **wishes,
        drawn=drawn.tables,
        turn_timeout=waits.turn,
        deferrable=waits.deferrable,
        **places,
    )
    modified >> plan
    return plan


def _draw_tables(
    drawn: Snapshot,
    step: Mapping[str, Any],
    waits: WaitSettings,
    between: tuple[BaseOperator, BaseOperator],
    layers: Layers,
) -> list[BaseOperator]:
    """Draw the tables between the two tasks; returns the tasks that write to the cluster."""
    preflight, report = between
    if not drawn.tables:
        preflight >> report
        return []
    with TaskGroup(DEPLOY_GROUP) as deploy:
        tasks = {name: _draw_table(name, table, step, waits, layers) for name, table in drawn.tables.items()}
    for name, table in drawn.tables.items():
        for parent in table.inputs:
            tasks[parent].deployed >> tasks[name].deployed
            tasks[parent].ready >> tasks[name].ready
        for owner in table.filled_with:
            # The job of a statement set writes all its tables, and is deployed with the first of them.
            tasks[name].writing[0] >> tasks[owner].deployed
            tasks[owner].deployed >> tasks[name].ready
    preflight >> deploy >> report
    return [task for table in tasks.values() for task in table.writing]


def _draw_table(
    table: str, drawn: DrawnTable, step: Mapping[str, Any], waits: WaitSettings, layers: Layers
) -> _TableTasks:
    settings: dict[str, Any] = {**step, "table": table, "trigger_rule": TriggerRule.NONE_FAILED}
    with layers.around(table, drawn):
        ddl = DeployFlinkStatementOperator(**layers.named(table, "ddl"), statement="ddl", **settings)
        compare = CompareBlueGreenOperator(**layers.named(table, "compare"), **settings)
        if not drawn.has_dml:
            ddl >> compare
            return _TableTasks((ddl,), ddl)
        dml = DeployFlinkStatementOperator(**layers.named(table, "dml"), statement="dml", **settings)
        ready = AwaitCatchUpOperator(
            **layers.named(table, "await_catch_up"),
            timeout=waits.catch_up,
            poll_interval=waits.poll_interval,
            deferrable=waits.deferrable,
            **settings,
        )
        ddl >> dml >> ready >> compare
        return _TableTasks((ddl, dml), ready)


def _draw_ending(
    step: Mapping[str, Any], reporting: Mapping[str, str], observation: str, waits: WaitSettings
) -> BaseOperator:
    """The tasks from the cut-over on; returns the first."""
    cut_over = CutOverOperator(task_id="cut_over", **step)
    observe = ObserveOperator(
        task_id="observe",
        **step,
        **reporting,
        observation=observation,
        poll_interval=waits.poll_interval,
        deferrable=waits.deferrable,
    )
    retire = RetireBlueOperator(task_id="retire_blue", **step)
    confirm = ConfirmReleaseOperator(task_id="confirm", **step)
    cut_over >> observe >> retire >> confirm
    return cut_over
