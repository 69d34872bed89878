from dataclasses import replace

import pytest

from airflow_bluegreen.actions.catalog import input_topics
from airflow_bluegreen.actions.catch_up import capture_targets, observe
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.planned import (
    filling,
    identity,
    is_view,
    job_name,
    planned_table,
    protected_names,
    subjects,
)
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.core.model import Plan, SharedStatement
from airflow_bluegreen.core.readiness import ReadinessState
from airflow_bluegreen.exceptions import UnknownTableError
from tests.actions.world import World


@pytest.mark.parametrize(
    ("statement", "table", "physical", "name"),
    [
        ("dml.int_3", "int_3", "int_3_v2", "dml.int_3_v2"),
        ("dml.int_3.2", "int_3", "int_3_v2", "dml.int_3_v2.2"),
        ("dml.int_3", "int_3", "int_3", "dml.int_3"),
    ],
)
def test_jobs_are_named_after_statement_and_physical_table(
    statement: str, table: str, physical: str, name: str
) -> None:
    assert job_name(statement, table, physical) == name


def test_names_of_a_plan() -> None:
    plan = World().plan()
    planned = planned_table(plan, "int_3")
    assert identity(plan, planned, planned.dml[0]).table == "int_3_v2"
    assert not is_view(planned)
    assert {"int_3", "fact_1", "src_a"} <= protected_names(plan)
    assert "int_3_v2" not in protected_names(plan)
    assert subjects("int_3_v2") == ("int_3_v2-key", "int_3_v2-value")


def test_tables_outside_the_plan_are_told_apart() -> None:
    plan = World().plan()
    with pytest.raises(UnknownTableError, match="leaves table int_1 as it is"):
        planned_table(plan, "int_1")
    with pytest.raises(UnknownTableError, match="no table nowhere in release"):
        planned_table(plan, "nowhere")


def with_companion(plan: Plan) -> Plan:
    """The plan as if fact_3 were filled by the statement of int_3 too."""
    int_3, fact_3 = planned_table(plan, "int_3"), planned_table(plan, "fact_3")
    statement = replace(int_3.dml[0], outputs=("int_3_v2", "fact_3_v2"))
    changed = {
        "int_3": replace(int_3, dml=(statement,)),
        "fact_3": replace(fact_3, dml=(), shared=(SharedStatement(table="int_3", statement="dml.int_3"),)),
    }
    return replace(plan, tables=tuple(changed.get(one.table, one) for one in plan.tables))


def test_a_companion_is_filled_by_the_statement_of_the_other_table() -> None:
    world = World()
    plan = with_companion(world.plan())
    int_3, fact_3 = planned_table(plan, "int_3"), planned_table(plan, "fact_3")
    assert filling(plan, fact_3) == ((int_3, int_3.dml[0]),) == filling(plan, int_3)
    assert input_topics(plan, fact_3) == input_topics(plan, int_3) == ("src_a", "src_b", "src_c")
    for table in ("int_3", "fact_3"):
        provision(world.platform, plan, table, world.profile, world.story)
    assert deploy(world.platform, plan, "fact_3", world.profile, world.story) == ()
    assert "fact_3 is filled by dml.int_3, which is deployed with int_3" in world.story.lines
    targets = capture_targets(world.platform, plan, "fact_3")
    assert observe(world.platform, plan, "fact_3", targets).state is ReadinessState.STARTING
    deploy(world.platform, plan, "int_3", world.profile, world.story)
    assert observe(world.platform, plan, "fact_3", targets).state is not ReadinessState.FAILING
