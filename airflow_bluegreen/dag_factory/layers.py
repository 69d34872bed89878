"""The groups around the tables of a DAG: a product, in it a kind. Airflow shows groups closed at first."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import TaskGroup

from airflow_bluegreen.operators.table_tasks import Step, group_name, task_id_of

if TYPE_CHECKING:
    from airflow_bluegreen.snapshot import DrawnTable

Level = Literal["product", "kind"]


class Layers:
    """Opens the groups that a table belongs to.

    They have no part in the ids of the tasks, so a table that changes its product keeps its tasks' history.

    :param deploy_group: full id of the group around all tables.
    :param levels: what to group by, outermost first. A level on which all tables are the same is left out.
    """

    def __init__(
        self, deploy_group: str, tables: Mapping[str, "DrawnTable"], levels: Sequence[Level]
    ) -> None:
        self._deploy_group = deploy_group
        self._levels = [
            level for level in levels if len({getattr(table, level) for table in tables.values()}) > 1
        ]
        self._groups: dict[tuple[str, ...], TaskGroup] = {}

    @contextmanager
    def around(self, name: str, table: "DrawnTable") -> Iterator[TaskGroup]:
        """The group of a table within those of its product and kind."""
        with ExitStack() as opened:
            way: tuple[str, ...] = ()
            for level in self._levels:
                way = (*way, str(getattr(table, level)) or "other")
                opened.enter_context(self._group(way))
            yield opened.enter_context(self._innermost(name))

    def named(self, name: str, step: Step) -> dict[str, Any]:
        """The arguments that name the operator of a table's step, within the table's group."""
        if not self._levels:
            return {"task_id": step}
        return {"task_id": task_id_of(self._deploy_group, name, step), "task_display_name": step}

    def _innermost(self, name: str) -> TaskGroup:
        if not self._levels:
            return TaskGroup(group_name(name))
        return TaskGroup(f"{self._prefix}-{group_name(name)}", prefix_group_id=False, group_display_name=name)

    def _group(self, way: tuple[str, ...]) -> TaskGroup:
        if way not in self._groups:
            # Below a group that gives no prefix, ids must be unique by themselves.
            label = "-".join((self._prefix, "layer", *(group_name(part) for part in way)))
            self._groups[way] = TaskGroup(label, prefix_group_id=False, group_display_name=way[-1])
        return self._groups[way]

    @property
    def _prefix(self) -> str:
        return self._deploy_group.replace(".", "-")
