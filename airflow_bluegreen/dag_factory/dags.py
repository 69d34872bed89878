"""Whole DAGs: a release, and the way back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.param import ParamsDict

from airflow_bluegreen.dag_factory.notifying import Notify, told_of
from airflow_bluegreen.dag_factory.params import asked_release, release_params
from airflow_bluegreen.dag_factory.release_group import RETRIES, WaitSettings, release_task_group
from airflow_bluegreen.hooks.settings import snapshot_path
from airflow_bluegreen.operators.clean_up import DeleteLeftoversOperator, ListLeftoversOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.operators.table_tasks import group_name
from airflow_bluegreen.snapshot import read_snapshot

_RELEASE_DOC = """\
### Blue/green release of `{project}` to `{environment}`

Start it with the tag or branch to release. `plan` shows in its log which tables get a new version and why;
all others are skipped and keep running. The new versions run beside the live ones until they have caught up
and were compared.

* `approve` waits for a person (*Required Actions*); the tab *Blue/green report* of the run has every detail.
* **Approve** moves sinks and readers over and retires the old versions. **Reject**, or a failure before the
  cut-over, removes the new versions; the live ones are not touched.
* After the cut-over has begun a failure rolls nothing back: clear the failed task to go on, or run
  `{rollback}`.
"""

_ROLLBACK_DOC = """\
### Roll a release of `{project}` in `{environment}` back

Connectors get their former configuration and offsets, retired jobs start again from their savepoints, and
the versions that the release brought up are removed. Works in any phase of a release, also after it went
live.
"""


_CLEANUP_DOC = """\
### Clean up after releases of `{project}` in `{environment}`

Topics, subjects, consumer groups and savepoints of versions that were retired longer ago than the rollback
window are listed, then deleted for good. What is live, pinned, kept or in use stays; the log of
`list_leftovers` says why. A release whose old version is deleted can no longer be rolled back.
"""


def release_dag(
    *,
    dag_id: str,
    project: str,
    environment: str,
    schedule: Any = None,
    snapshot: str | Path | None = None,
    default_release: str = "",
    promote_from: str = "",
    window: Mapping[str, Any] | None = None,
    auto_approve: bool = False,
    waits: WaitSettings | None = None,
    notify: Notify | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rollback_dag_id: str = "bluegreen_rollback",
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG that releases a project to one environment, one release at a time.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param schedule: when runs begin by themselves: a cron expression, a timetable, or assets; None to start
        it by hand only.
    :param snapshot: the file to draw the tables from; by default ``[bluegreen] snapshot_path``.
    :param default_release: tag or branch that a run releases that is not told another; empty: the newest
        release tag that is not live, and where there is none, the run ends at once.
    :param promote_from: the environment that releases pass before; only what is live there is released.
    :param window: when the cut-over may begin, with the settings of ``window`` in bluegreen.yaml; None: as
        the environment says there.
    :param auto_approve: what a run does that does not say otherwise.
    :param waits: how long and how it waits.
    :param notify: event → notifiers that are told of it, see :func:`release_task_group`.
    :param select: draw these tables only, such as ``product:retail``, ``kind:fact``, ``path:pipelines/*``,
        ``int_*``, ``+fact_2`` (with what it reads), ``int_3+`` (with what reads it); a release that also
        touches others is refused.
    :param exclude: do not draw these.
    :param rollback_dag_id: the DAG to name in the documentation as the way back.
    :raises ConfigurationError: the file is not a snapshot, or a selector names no table of it.
    """
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        default_args=dict(RETRIES),
        tags=list(tags),
        doc_md=_RELEASE_DOC.format(
            project=Path(project).name, environment=environment, rollback=rollback_dag_id
        ),
    ) as dag:
        release_task_group(
            project=project,
            environment=environment,
            snapshot=snapshot,
            waits=waits,
            promote_from=promote_from,
            window=window,
            notify=notify,
            select=select,
            exclude=exclude,
            into=dag.task_group,
        )
    # Set last: every task that is drawn under a DAG with params is serialized with a copy of them.
    proposed = Path(snapshot) if snapshot else snapshot_path(project)
    dag.params = ParamsDict(release_params(default_release, auto_approve, snapshot=proposed))
    return dag


def release_dags(*, dag_id: str, project: str, snapshot: str | Path | None = None, **more: Any) -> list[DAG]:
    """A release DAG for each product of the project, named ``<dag_id>_<product>``.

    A release that touches tables of several products is refused by each of them: those are released by a DAG
    of the whole project.

    :param more: what else :func:`release_dag` takes.
    :raises ConfigurationError: the file is not a snapshot.
    """
    known = read_snapshot(Path(snapshot) if snapshot else snapshot_path(project))
    products = sorted({table.product for table in known.tables.values()}) if known else []
    return [
        release_dag(
            dag_id=f"{dag_id}_{group_name(product or 'other')}",
            project=project,
            snapshot=snapshot,
            **{**more, "select": (f"product:{product}",)},
        )
        for product in products
    ]


def rollback_dag(
    *,
    dag_id: str,
    project: str,
    environment: str,
    snapshot: str | Path | None = None,
    waits: WaitSettings | None = None,
    notify: Notify | None = None,
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG with one task that takes a release back from whatever phase it is in.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param snapshot: the file whose releases are proposed; by default ``[bluegreen] snapshot_path``.
    :param waits: how long and how it waits for blue tables that run again.
    :param notify: of its events only ``rolled_back`` happens here.
    """
    waiting = waits or WaitSettings()
    known = read_snapshot(Path(snapshot) if snapshot else snapshot_path(project))
    with DAG(
        dag_id=dag_id,
        schedule=None,
        max_active_runs=1,
        tags=list(tags),
        params={"release": asked_release(known)},
        doc_md=_ROLLBACK_DOC.format(project=Path(project).name, environment=environment),
    ) as dag:
        RollBackOperator(
            task_id="roll_back",
            project=project,
            environment=environment,
            release="{{ params.release }}",
            timeout=waiting.catch_up,
            poll_interval=waiting.poll_interval,
            deferrable=waiting.deferrable,
            on_success_callback=told_of(notify or {}, environment)["rolled_back"],
            **RETRIES,
        )
    return dag


def cleanup_dag(
    *,
    dag_id: str,
    project: str,
    environment: str,
    schedule: str | None = None,
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG that deletes what retired versions left behind, when their rollback window is over.

    The first task lists, the second deletes what was listed and still may be deleted.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param schedule: cron expression; None to start it by hand only.
    """
    with DAG(
        dag_id=dag_id,
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        tags=list(tags),
        doc_md=_CLEANUP_DOC.format(project=Path(project).name, environment=environment),
    ) as dag:
        place: Any = {"project": project, "environment": environment, **RETRIES}
        listed = ListLeftoversOperator(task_id="list_leftovers", **place)
        pulled = f"{{{{ ti.xcom_pull(task_ids='{listed.task_id}') }}}}"
        listed >> DeleteLeftoversOperator(task_id="delete_leftovers", listed=pulled, **place)
    return dag
