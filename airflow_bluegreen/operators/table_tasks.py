"""How the tasks of a table are called, so that the plan finds them in any DAG that was drawn for it."""

import re
from hashlib import sha1
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from airflow.sdk.types import Operator

Step = Literal["ddl", "dml", "await_catch_up", "compare"]
STEPS: tuple[Step, ...] = ("ddl", "dml", "await_catch_up", "compare")

_UNFIT = re.compile(r"[^A-Za-z0-9_-]")


def group_name(table: str) -> str:
    """The id of a table's task group; in a name that Airflow refuses, unfit characters are replaced."""
    fit = _UNFIT.sub("_", table)
    return fit if fit == table else f"{fit}-{sha1(table.encode(), usedforsecurity=False).hexdigest()[:8]}"


def task_id_of(deploy_group: str, table: str, step: Step) -> str:
    """The full id of a table's task; ``deploy_group`` is the full id of the group around all tables."""
    return f"{deploy_group}.{group_name(table)}.{step}"


def downstream_in_release(task: Any) -> list["Operator"]:
    """All tasks of a task's release that come after it: those of its own group, or of a DAG without groups.

    What follows the release in a DAG of somebody's own is left to the trigger rules there.
    """
    own = task.task_id.rpartition(".")[0]
    prefix = f"{own}." if own else ""
    found = (one for one in task.get_flat_relatives(upstream=False) if one.task_id.startswith(prefix))
    return sorted(found, key=lambda one: str(one.task_id))
