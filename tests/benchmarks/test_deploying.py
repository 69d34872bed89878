from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from benchmarks.deploying import project_files
from benchmarks.synthetic import layered


def test_every_statement_of_the_project_is_deployed_and_reads_its_parents() -> None:
    project = read_project(project_files(60), None)
    plan = make_plan(project=project, base=None, environment="local", live={}, base_release=None)
    inputs = layered(60).inputs
    assert len(plan.tables) == 60
    assert all(len(table.dml) == 1 for table in plan.tables)
    assert {table.table: set(table.parents) for table in plan.tables} == {
        name: set(reads) for name, reads in inputs.items()
    }
