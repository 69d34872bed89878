import pytest

from airflow_bluegreen.actions.planned import (
    identity,
    is_view,
    job_name,
    planned_table,
    protected_names,
    subjects,
)
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
