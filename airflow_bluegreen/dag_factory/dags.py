"""Whole DAGs: a release, and the way back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param
from airflow.sdk.bases.notifier import BaseNotifier
from airflow.sdk.definitions.param import ParamsDict

from airflow_bluegreen.core.durations import PATTERN as DURATION
from airflow_bluegreen.core.model import Start
from airflow_bluegreen.dag_factory.release_group import RETRIES, WaitSettings, release_task_group
from airflow_bluegreen.hooks.settings import snapshot_path
from airflow_bluegreen.operators.clean_up import DeleteLeftoversOperator, ListLeftoversOperator
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.operators.table_tasks import group_name
from airflow_bluegreen.snapshot import read_snapshot

REF_PATTERN = r"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/+-]*$"
"""What a tag, branch or commit may look like when a person types it."""

_TABLE = r"[A-Za-z0-9_][A-Za-z0-9_.$-]*"
_TABLE_PATTERN = rf"^{_TABLE}$"
_START_PATTERN = rf"^{_TABLE}=({'|'.join(Start)})$"

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
    schedule: str | None = None,
    snapshot: str | Path | None = None,
    default_release: str = "main",
    auto_approve: bool = False,
    waits: WaitSettings | None = None,
    notifiers: list[BaseNotifier] | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rollback_dag_id: str = "bluegreen_rollback",
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG that releases a project to one environment, one release at a time.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param schedule: cron expression of the release window; None to start it by hand only.
    :param snapshot: the file to draw the tables from; by default ``[bluegreen] snapshot_path``.
    :param default_release: tag or branch that a scheduled run releases.
    :param auto_approve: what a run does that does not say otherwise.
    :param waits: how long and how it waits.
    :param notifiers: told when a person is asked.
    :param select: draw these tables only, such as ``product:retail``, ``kind:facts``, ``path:pipelines/*``,
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
            notifiers=notifiers,
            select=select,
            exclude=exclude,
            into=dag.task_group,
        )
    # Set last: every task that is drawn under a DAG with params is serialized with a copy of them.
    dag.params = ParamsDict(release_params(default_release, auto_approve))
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
    waits: WaitSettings | None = None,
    tags: Sequence[str] = ("bluegreen",),
) -> DAG:
    """A DAG with one task that takes a release back from whatever phase it is in.

    :param project: path of the git clone, or of a folder in it, on the workers.
    :param environment: a name under ``environments:`` in bluegreen.yaml.
    :param waits: how long and how it waits for blue tables that run again.
    """
    waiting = waits or WaitSettings()
    with DAG(
        dag_id=dag_id,
        schedule=None,
        max_active_runs=1,
        tags=list(tags),
        params={
            "release": _release_param("", "The release to take back, as it was given when it was released")
        },
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


def release_params(default_release: str = "main", auto_approve: bool = False) -> dict[str, Any]:
    """The params that :func:`release_task_group` reads, for a DAG of your own.

    :param default_release: tag or branch that a scheduled run releases.
    :param auto_approve: what a run does that does not say otherwise.
    """
    return {
        "release": _release_param(default_release, "Tag or branch to release"),
        "base": Param(
            None,
            type=["null", "string"],
            pattern=REF_PATTERN,
            title="Base",
            description="Compare with this tag or branch; empty for what is live",
        ),
        "tables": Param(
            [],
            type="array",
            items={"type": "string", "pattern": _TABLE_PATTERN},
            title="Further tables",
            description="Tables to renew although nothing of them changed, a name a line",
        ),
        "start": Param(
            [],
            type="array",
            items={"type": "string", "pattern": _START_PATTERN},
            title="Starts",
            description="How single tables come by their history, instead of as bluegreen.yaml says: "
            f"TABLE=STRATEGY a line, a strategy being {', '.join(Start)}",
        ),
        "observation": Param(
            None,
            type=["null", "string"],
            pattern=DURATION,
            title="Observation",
            description="How long green is watched before blue is retired (10m); empty for the project's",
        ),
        "auto_approve": Param(
            auto_approve,
            type="boolean",
            title="Approve without asking",
            description="A warning or a failure of the comparison is shown to a person all the same",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Show plan, preflight and rewritten SQL in the log of the task plan; change nothing",
        ),
    }


def _release_param(default: str, description: str) -> Param:
    given: dict[str, Any] = {"default": default} if default else {}
    return Param(
        **given, type="string", pattern=REF_PATTERN, maxLength=200, title="Release", description=description
    )
