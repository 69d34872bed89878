"""Plans of texts in memory."""

from collections.abc import Mapping
from typing import Any

from airflow_bluegreen.core.model import Commit, Plan, PlannedTable
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import read_project


def plan_of(
    before: Mapping[str, str] | None,
    after: Mapping[str, str],
    live: Mapping[str, str] | None = None,
    environment: str = "local",
    **wishes: Any,
) -> Plan:
    """The plan of one text over another."""
    base = read_project(before, Commit(ref="v1.0.0", sha="a" * 40)) if before is not None else None
    return make_plan(
        project=read_project(after, Commit(ref="v1.0.1", sha="b" * 40)),
        base=base,
        environment=environment,
        live=live or {},
        base_release="v1.0.0" if base else None,
        wishes=Wishes(**wishes),
    )


def planned(plan: Plan, table: str) -> PlannedTable:
    found = plan.table(table)
    assert found is not None, f"{table} is not in the plan"
    return found


def names(plan: Plan) -> dict[str, tuple[str | None, str | None, str]]:
    """Table → (blue, green, trigger)."""
    return {one.table: (one.blue, one.green, str(one.trigger)) for one in plan.tables}


def chain(*tables: str, prefix: str = "") -> dict[str, str]:
    """``chain("a", "b:a", "c:a,b")``: tables with (id, v), each joining the ones behind its colon."""
    files = {}
    for entry in tables:
        name, _, reads = entry.partition(":")
        files[f"{prefix}ddl.{name}.sql"] = f"CREATE TABLE {name} (id STRING, v INT);\n"
        inputs = reads.split(",") if reads else ["raw"]
        joins = " ".join(f"JOIN {other} ON {inputs[0]}.id = {other}.id" for other in inputs[1:])
        files[f"{prefix}dml.{name}.sql"] = (
            f"INSERT INTO {name} SELECT {inputs[0]}.id, 1 AS v FROM {inputs[0]} {joins};\n"
        )
    return files
