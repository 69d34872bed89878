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

from collections.abc import Generator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, TaskGroup, TriggerRule, XComArg

from airflow_bluegreen.core.window_section import read_window
from airflow_bluegreen.dag_factory.layers import Layers, Level
from airflow_bluegreen.dag_factory.notifying import Notify, Told, told_of
from airflow_bluegreen.dag_factory.selection import select_tables
from airflow_bluegreen.dag_factory.table_groups import DEPLOY_GROUP, draw_tables
from airflow_bluegreen.hooks.settings import snapshot_path
from airflow_bluegreen.operators.approval import ApproveReleaseOperator
from airflow_bluegreen.operators.choosing import ChooseReleaseOperator
from airflow_bluegreen.operators.comparing import (
    BODY_KEY,
    VERDICT_KEY,
    ReportOperator,
)
from airflow_bluegreen.operators.cut_over import (
    ConfirmReleaseOperator,
    CutOverOperator,
    RetireBlueOperator,
)
from airflow_bluegreen.operators.observe import ObserveOperator
from airflow_bluegreen.operators.planning import (
    COST_KEY,
    PLAN_KEY,
    BuildReleasePlanOperator,
    ComputeModifiedTablesOperator,
)
from airflow_bluegreen.operators.preparing import PreflightOperator, RewriteVersionsOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.snapshot import Snapshot, read_snapshot

_RELEASE_OF = "{{{{ ti.xcom_pull(task_ids='{task}') or '' }}}}"
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

    @property
    def for_tables(self) -> Mapping[str, Any]:
        """What the operator that waits for a table takes of it."""
        return {
            "timeout": self.catch_up,
            "poll_interval": self.poll_interval,
            "deferrable": self.deferrable,
        }


class ReleaseTaskGroup(TaskGroup):
    """The tasks of a release. What is set to follow the group follows a release that went well."""

    def get_leaves(self) -> Generator[BaseOperator, None, None]:
        """The last task, and not the rollback: that is skipped when all goes well."""
        yield from (task for task in super().get_leaves() if not isinstance(task, RollBackOperator))


def release_task_group(
    *,
    project: str,
    environment: str,
    release: str = "{{ params.release or '' }}",
    promote_from: str = "",
    base: str = "{{ params.base or '' }}",
    tables: str = "{{ params.tables | tojson }}",
    start: str = "{{ params.start | tojson }}",
    auto_approve: bool | str = "{{ params.auto_approve }}",
    dry_run: bool | str = "{{ params.dry_run }}",
    observation: str = "{{ params.observation or '' }}",
    window: Mapping[str, Any] | None = None,
    ignore_window: bool | str = "{{ params.ignore_window }}",
    snapshot: str | Path | None = None,
    waits: WaitSettings | None = None,
    notify: Notify | None = None,
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
    :param release: tag or branch, a template; empty: the newest release tag that is not live, and where there
        is none, nothing is done.
    :param promote_from: the environment that releases pass before, such as ``stage``: only what is live there
        is released here, and with an empty ``release`` it is what is taken. The group then also begins when
        the tasks before it were skipped, since it asks the ledger of that environment.
    :param base: what to compare with, a template; empty for what is live.
    :param tables: JSON list of further tables to renew, a template.
    :param start: JSON list of ``TABLE=STRATEGY``, how single tables come by their history, a template.
    :param auto_approve: do not ask a person where every table passes the comparison.
    :param dry_run: show plan, preflight and rewritten SQL and change nothing, a template.
    :param observation: how long green is watched before blue is retired, such as ``10m``, a template; empty:
        as the environment says in bluegreen.yaml.
    :param window: when the cut-over may begin, with the settings of ``window`` in bluegreen.yaml; None: as
        the environment says there.
    :param ignore_window: begin it at any time, a template.
    :param snapshot: the file to draw the tables from; by default ``[bluegreen] snapshot_path``.
    :param waits: how long and how it waits.
    :param notify: event (``approval_needed``, ``verdict_failed``, ``cut_over_done``, ``rolled_back``,
        ``window_missed``) → notifiers that are told of it, see
        :class:`~airflow_bluegreen.notifications.release.ReleaseNotifier`.
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
    asked = {"release": release, "promote_from": promote_from}
    waiting = waits or WaitSettings()
    defaults: Any = dict(RETRIES)
    drawing = ReleaseTaskGroup(group_id, default_args=defaults) if into is None else nullcontext(into)
    with drawing as group:
        deploy_group: str = group.child_id(DEPLOY_GROUP)  # type: ignore[no-untyped-call]
        wishes = {"tables": tables, "start": start, "only_look": dry_run, "base": base}
        places = {"deploy_group": deploy_group, "snapshot": str(path), "left_out": left_out}
        chosen, plan = _draw_planning(place, asked, wishes, drawn, waiting, places)
        step: dict[str, Any] = {**place, "plan": _PLAN_OF.format(task=plan.task_id, key=PLAN_KEY)}
        cost = _COST_OF.format(task=plan.task_id, key=COST_KEY)
        report_task: str = group.child_id("report")  # type: ignore[no-untyped-call]
        tell = told_of(notify or {}, environment, plan_task=plan.task_id, report_task=report_task)
        rewrite = RewriteVersionsOperator(task_id="rewrite_versions", **step)
        preflight = PreflightOperator(task_id="preflight", **step)
        report = ReportOperator(
            task_id="report",
            **step,
            cost=cost,
            deploy_group=deploy_group,
            verdict_failed=tell["verdict_failed"],
            trigger_rule=TriggerRule.NONE_FAILED,
        )
        plan >> rewrite >> preflight
        layers = Layers(deploy_group, drawn.tables, group_by)
        writing = draw_tables(drawn, step, waiting.for_tables, (preflight, report), layers)
        deciding = {"auto_approve": auto_approve, "release": _RELEASE_OF.format(task=chosen.task_id)}
        approve, roll_back = _draw_decision({**place, **deciding}, plan, report, tell, waiting)
        [*writing, approve] >> roll_back
        reporting = {"deploy_group": deploy_group, "cost": cost}
        cutting = {
            "window": None if window is None else read_window(window),
            "ignore_window": ignore_window,
            "window_missed": tell["window_missed"],
            "on_success_callback": tell["cut_over_done"],
        }
        approve >> _draw_ending(step, reporting, cutting, observation, waiting)
    return group


def _draw_planning(
    place: Mapping[str, Any],
    asked: Mapping[str, str],
    wishes: Mapping[str, Any],
    drawn: Snapshot,
    waits: WaitSettings,
    places: Mapping[str, Any],
) -> tuple[ChooseReleaseOperator, BuildReleasePlanOperator]:
    rule = TriggerRule.NONE_FAILED if asked["promote_from"] else TriggerRule.ALL_SUCCESS
    chosen = ChooseReleaseOperator(task_id="choose_release", **place, **asked, trigger_rule=rule)
    release = _RELEASE_OF.format(task=chosen.task_id)
    modified = ComputeModifiedTablesOperator(
        task_id="compute_modified", **place, release=release, base=wishes["base"]
    )
    plan = BuildReleasePlanOperator(
        task_id="plan",
        **place,
        release=release,
        **wishes,
        drawn=drawn.tables,
        turn_timeout=waits.turn,
        deferrable=waits.deferrable,
        **places,
    )
    chosen >> modified >> plan
    return chosen, plan


def _draw_decision(
    asked: Mapping[str, Any],
    plan: BuildReleasePlanOperator,
    report: ReportOperator,
    tell: Told,
    waits: WaitSettings,
) -> tuple[ApproveReleaseOperator, RollBackOperator]:
    """The person, and the way back."""
    # Ids are full only within the group, and each of the two names the other.
    prefix = plan.task_id.removesuffix("plan")
    roll_back = RollBackOperator(
        task_id="roll_back",
        project=asked["project"],
        environment=asked["environment"],
        release=asked["release"],
        plan_task=plan.task_id,
        decision_task=f"{prefix}approve",
        deferrable=waits.deferrable,
        trigger_rule=TriggerRule.ALL_DONE,
        on_success_callback=tell["rolled_back"],
    )
    approve = ApproveReleaseOperator(
        task_id="approve",
        subject=f"Release {asked['release']} to {asked['environment']}: move to green?",
        body=XComArg(report, BODY_KEY),
        verdict=XComArg(report, VERDICT_KEY),
        auto_approve=asked["auto_approve"],
        roll_back_task=roll_back.task_id,
        defaults="Reject",
        response_timeout=waits.approval,
        notifiers=tell["approval_needed"],
    )
    return approve, roll_back


def _draw_ending(
    step: Mapping[str, Any],
    reporting: Mapping[str, str],
    cutting: Mapping[str, Any],
    observation: str,
    waits: WaitSettings,
) -> BaseOperator:
    """The tasks from the cut-over on; returns the first."""
    cut_over = CutOverOperator(task_id="cut_over", **step, **cutting, deferrable=waits.deferrable)
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
