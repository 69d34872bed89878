from collections.abc import Collection, Mapping

import pytest

from airflow_bluegreen.core.changes import columns_of
from airflow_bluegreen.core.packing import pack_lineage, pack_statements, unpack_lineage, unpack_statements
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.sql import column_lineage, fingerprint, parse
from airflow_bluegreen.exceptions import SqlSyntaxError
from tests.core.golden import path_of, v1_0_0

FILES = {path: text for path, text in v1_0_0().items() if path.endswith(".sql")}


class Notebook:
    """A memory that keeps everything, and says what it was asked for."""

    def __init__(self) -> None:
        self.findings: dict[bytes, bytes] = {}
        self.asked: list[bytes] = []

    def recall(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        self.asked += keys
        return {key: self.findings[key] for key in keys if key in self.findings}

    def keep(self, findings: Mapping[bytes, bytes]) -> None:
        self.findings |= findings


def read(notebook: Notebook, files: Mapping[str, str] = FILES) -> object:
    front_end = FrontEnd(notebook)
    parsed, errors = front_end.parse_files(files, list(files))
    front_end.flush()
    assert errors == []
    return parsed


def test_what_is_recalled_is_what_was_found() -> None:
    notebook = Notebook()
    assert read(notebook) == {path: parse(text, path) for path, text in FILES.items()}
    before = dict(notebook.findings)
    assert read(notebook) == {path: parse(text, path) for path, text in FILES.items()}
    assert (notebook.findings, len(before)) == (before, len(set(FILES.values())))


def test_a_text_is_known_at_any_path_and_its_places_are_the_new_ones() -> None:
    notebook = Notebook()
    read(notebook)
    known = set(notebook.findings)
    moved = {f"moved/{path}": text for path, text in FILES.items()}
    assert read(notebook, moved) == {path: parse(text, path) for path, text in moved.items()}
    assert set(notebook.findings) == known


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"[",
        b"null",
        b"7",
        b"{}x",
        b"[[]]",
        b'[["insert",0,99999,1,1,[],[],[],null]]',
        b'[["?",0,1,1,1,[],[],[],null]]',
    ],
)
def test_damaged_findings_are_found_anew(damaged: bytes) -> None:
    notebook = Notebook()
    read(notebook)
    notebook.findings = dict.fromkeys(notebook.findings, damaged)
    assert read(notebook) == {path: parse(text, path) for path, text in FILES.items()}


def test_a_damaged_column_lineage_is_found_anew() -> None:
    project = read_project(v1_0_0(), None)
    (dml,) = project.tables["fact_2"].dml
    notebook = Notebook()
    columns = columns_of(project)
    expected = column_lineage(dml.statement, columns)
    for _ in range(3):
        front_end = FrontEnd(notebook)
        assert front_end.column_lineage(dml.statement, columns) == expected
        front_end.flush()
    assert len(notebook.findings) == 1
    notebook.findings = dict.fromkeys(notebook.findings, b"[1]")
    assert FrontEnd(notebook).column_lineage(dml.statement, columns) == expected


def test_other_columns_of_a_table_that_is_read_make_another_column_lineage() -> None:
    project = read_project(v1_0_0(), None)
    (dml,) = project.tables["fact_2"].dml
    columns = dict(columns_of(project))
    notebook = Notebook()
    front_end = FrontEnd(notebook)
    front_end.column_lineage(dml.statement, columns)
    front_end.column_lineage(dml.statement, {**columns, "int_3": columns["int_3"][:1]})
    front_end.column_lineage(dml.statement, {**columns, "src_x": ()})
    front_end.flush()
    assert len(notebook.findings) == 2


def test_fingerprints_are_asked_for_together_and_once() -> None:
    notebook = Notebook()
    texts = ["SELECT 1", "SELECT 2", "SELECT 1 -- one"]
    front_end = FrontEnd(notebook)
    front_end.recall_fingerprints(texts)
    assert [front_end.fingerprint(text) for text in texts] == [fingerprint(text) for text in texts]
    front_end.flush()
    again = FrontEnd(notebook)
    again.recall_fingerprints(texts)
    assert [again.fingerprint(text) for text in texts] == [fingerprint(text) for text in texts]
    assert len(notebook.asked) == 6


def test_a_text_that_is_not_understood_is_said_each_time_and_never_kept() -> None:
    notebook = Notebook()
    front_end = FrontEnd(notebook)
    files = {"a.sql": "INSERT INTO", "b.sql": "CREATE TABLE t (id STRING)"}
    for _ in range(2):
        parsed, errors = front_end.parse_files(files, ["a.sql", "b.sql"])
        assert list(parsed) == ["b.sql"]
        assert [error.where.path for error in errors if error.where] == ["a.sql"]
    front_end.flush()
    assert len(notebook.findings) == 1
    with pytest.raises(SqlSyntaxError, match=r"^dml\.a\.sql:1"):
        read_project(
            {"ddl.t.sql": files["b.sql"], "a.sql": ""} | {"dml.a.sql": "INSERT INTO"}, None, front_end
        )


def test_packing_keeps_everything() -> None:
    text = v1_0_0()[path_of(v1_0_0(), "ddl.int_3.sql")]
    statements = parse(text, "x.sql")
    assert unpack_statements(pack_statements(statements), text, "x.sql") == statements
    project = read_project(v1_0_0(), None)
    for table in project.tables.values():
        for one in table.dml:
            found = column_lineage(one.statement, columns_of(project))
            assert unpack_lineage(pack_lineage(found)) == found
