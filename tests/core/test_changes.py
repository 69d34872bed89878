from collections.abc import Mapping

import pytest

from airflow_bluegreen.core.changes import TableChange, table_changes
from airflow_bluegreen.core.model import ChangeKind
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.exceptions import ProjectError
from tests.core.golden import edited, path_of, v1_0_0, v1_0_1


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, TableChange]:
    found = table_changes(read_project(before, None), read_project(after, None))
    return {change.table: change for change in found}


def without(files: Mapping[str, str], *tables: str) -> dict[str, str]:
    return {path: text for path, text in files.items() if not any(f"/{table}/" in path for table in tables)}


def test_the_golden_release() -> None:
    found = changes(v1_0_0(), v1_0_1())
    assert {name: change.change.change for name, change in found.items()} == {
        "fact_3": ChangeKind.SEMANTIC,
        "int_1": ChangeKind.COSMETIC,
        "int_3": ChangeKind.SEMANTIC,
        "view32": ChangeKind.SEMANTIC,
    }
    assert found["int_3"].change.changed == ("total",)
    assert list(found["int_3"].files) == ["pipelines/intermediates/p1/int_3/sql-scripts/dml.int_3.sql"]
    assert found["view32"].added
    assert not found["int_3"].added


def test_nothing_changed() -> None:
    assert changes(v1_0_0(), v1_0_0()) == {}


def test_without_a_base_everything_is_new() -> None:
    project = read_project(v1_0_0(), None)
    found = table_changes(None, project)
    assert [change.table for change in found] == sorted(project.tables)
    assert all(change.added and change.semantic for change in found)


def test_moved_files_do_not_differ() -> None:
    moved = {path.replace("/facts/p1/", "/facts/p2/"): text for path, text in v1_0_0().items()}
    assert changes(v1_0_0(), moved) == {}


def test_a_version_suffix_is_no_change() -> None:
    after = edited(
        v1_0_0(),
        {
            "ddl.int_3.sql": ("TABLE int_3", "TABLE int_3_v2"),
            "dml.int_3.sql": ("INTO int_3", "INTO int_3_v2"),
            "dml.fact_3.sql": ("int_3", "int_3_v2"),
        },
    )
    found = changes(v1_0_0(), after)
    assert {name: change.change.change for name, change in found.items()} == {
        "fact_3": ChangeKind.NONE,
        "int_3": ChangeKind.NONE,
    }


def test_ddl_alone_dml_alone_and_the_kind_of_each_file() -> None:
    ddl = ("note STRING", "note STRING,\n  extra INT")
    dml = ("c.note AS note", "c.note AS note /* as before */")
    found = changes(v1_0_0(), edited(v1_0_0(), {"ddl.int_3.sql": ddl, "dml.int_3.sql": dml}))["int_3"]
    assert [kind for _, kind in sorted(found.files.items())] == [ChangeKind.SEMANTIC, ChangeKind.COSMETIC]
    assert found.change.added == ("extra",)
    assert "extra" not in found.change.changed


def test_a_comment_behind_the_last_statement_is_cosmetic() -> None:
    after = edited(v1_0_0(), {"dml.int_3.sql": ("a.id = c.id;", "a.id = c.id; -- done")})
    assert changes(v1_0_0(), after)["int_3"].change.change is ChangeKind.COSMETIC


def test_a_second_insert_is_a_change_of_the_rows() -> None:
    after = edited(
        v1_0_0(), {"dml.view_1.sql": ("fact_1;", "fact_1; INSERT INTO view_1 SELECT id, 0 FROM fact_1;")}
    )
    found = changes(v1_0_0(), after)["view_1"].change
    assert (found.change, found.rows_may_change) == (ChangeKind.SEMANTIC, True)
    assert "dml.view_1.2 added" in found.reasons


def test_a_setting_above_a_statement_is_part_of_it() -> None:
    before = edited(v1_0_0(), {"dml.view_1.sql": ("INSERT", "SET 'sql.state-ttl' = '1 d';\nINSERT")})
    after = edited(before, {"dml.view_1.sql": ("1 d", "2 d")})
    found = changes(before, after)["view_1"].change
    assert (found.change, found.reasons) == (
        ChangeKind.SEMANTIC,
        ("the statements that set its session up changed",),
    )


def test_a_removed_table_names_the_files_it_had() -> None:
    found = changes(v1_0_0(), without(v1_0_0(), "view_1"))["view_1"]
    assert found.removed
    assert [path.rpartition("/")[2] for path in found.files] == ["ddl.view_1.sql", "dml.view_1.sql"]


def test_a_removed_table_that_is_still_read_names_the_readers() -> None:
    after = without(v1_0_0(), "int_2")
    with pytest.raises(ProjectError, match="table int_2 is removed and still read by ") as caught:
        changes(v1_0_0(), after)
    for reader in ("fact_1", "fact_2"):
        assert f"dml.{reader} ({path_of(after, f'dml.{reader}.sql')}:1:1)" in str(caught.value)


def test_a_removed_table_that_a_connector_reads_names_the_connector() -> None:
    after = {
        path: text
        for path, text in v1_0_0().items()
        if "dl.view_1.sql" not in path and "ml.view_1.sql" not in path
    }
    with pytest.raises(ProjectError, match="still read by connector sink-view-1"):
        changes(v1_0_0(), after)


def test_a_table_that_becomes_external_may_be_read() -> None:
    after = without(v1_0_0(), "src_x") | {
        "environments/local/external/src_x.sql": "CREATE TABLE src_x (id STRING, amount INT, note STRING)"
    }
    assert changes(v1_0_0(), after)["src_x"].removed
