import pytest

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.project import read_project
from benchmarks.synthetic import SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_the_texts_have_the_graph_that_is_claimed(shape: str) -> None:
    project = SHAPES[shape](40)
    lineage = Lineage(read_project(project.after, None))
    assert {name: set(lineage.inputs(name)) for name in lineage.tables} == {
        name: set(reads) for name, reads in project.inputs.items()
    }
    assert {project.changed, *lineage.descendants(project.changed)} == project.impacted
    changed = [path for path, text in project.before.items() if project.after[path] != text]
    assert [path.rpartition("/")[2] for path in changed] == [f"dml.{project.changed}.sql"]


def test_a_third_of_the_layered_tables_are_impacted_and_the_bytes_are_always_the_same() -> None:
    assert len(SHAPES["layered"](1_000).impacted) == 336
    assert SHAPES["layered"](100) == SHAPES["layered"](100)
