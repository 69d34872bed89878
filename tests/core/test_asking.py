import pytest

from airflow_bluegreen.core.asking import NOTHING, answer, ask_fingerprint, ask_lineage, ask_statements
from airflow_bluegreen.core.changes import columns_of
from airflow_bluegreen.core.packing import pack_lineage, pack_statements
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.sql import Trees, column_lineage, fingerprint, parse
from tests.core.golden import v1_0_0


def test_the_statements_of_a_file_are_what_reading_it_gives() -> None:
    for path, text in v1_0_0().items():
        if path.endswith(".sql"):
            assert answer(ask_statements(text, path), Trees()) == pack_statements(parse(text, path))


@pytest.mark.parametrize("read_before", [True, False])
def test_a_column_lineage_needs_no_more_than_the_columns_of_the_tables_it_names(read_before: bool) -> None:
    project = read_project(v1_0_0(), None)
    columns = columns_of(project)
    trees = Trees()
    for table in project.tables.values():
        for dml in table.dml:
            path = dml.statement.where.path
            if read_before:
                answer(ask_statements(project.files[path], path), trees)
            expected = pack_lineage(column_lineage(dml.statement, columns))
            assert answer(ask_lineage(dml.statement, columns), trees) == expected


def test_what_is_not_understood_is_answered_with_nothing() -> None:
    assert answer(ask_statements("INSERT INTO", "x.sql"), Trees()) == NOTHING


def test_a_fingerprint_is_that_of_the_text() -> None:
    assert answer(ask_fingerprint("SELECT  1 -- one"), Trees()) == fingerprint("select 1").encode()
    assert answer(ask_fingerprint("SELECT 'a"), Trees()) == NOTHING
