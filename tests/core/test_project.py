from dataclasses import replace

import pytest

from airflow_bluegreen.core.model import Commit, StatementKind
from airflow_bluegreen.core.project import read_project, session_before, table_of
from airflow_bluegreen.exceptions import ConfigurationError, DuplicateOwnerError, ProjectError, SqlSyntaxError
from tests.core.golden import v1_0_0

DDL = "CREATE TABLE {} (id STRING);"


def test_a_project_holds_tables_connectors_and_external_declarations() -> None:
    commit = Commit(ref="v1.0.0", sha="a" * 40)
    project = read_project({**v1_0_0(), "README.sql.md": "no", "package.json": "{"}, commit)
    assert (project.name, project.commit, project.release_tags) == ("retail", commit, "v*")
    assert sorted(project.tables) == [
        "fact_1", "fact_2", "fact_3", "int_1", "int_2", "int_3", "src_a", "src_b", "src_c", "src_x", "view_1",
    ]  # fmt: skip
    fact_2 = project.tables["fact_2"]
    assert (fact_2.physical, fact_2.kind, fact_2.product) == ("fact_2", "fact", "p1")
    assert fact_2.ddl is not None
    assert (fact_2.ddl.name, [dml.name for dml in fact_2.dml]) == ("ddl.fact_2", ["dml.fact_2"])
    assert fact_2.definition is not None
    assert [column.name for column in fact_2.definition.columns] == ["id", "first_total", "second_total"]
    assert sorted(project.external["local"]) == ["raw_a", "raw_b", "raw_c", "raw_x"]
    assert [connector.name for connector in project.connectors] == [
        "sink-fact-1", "sink-fact-2", "sink-fact-3", "sink-view-1",
    ]  # fmt: skip
    assert "package.json" not in project.files
    assert "environments/local/external/ddl.raw_a.sql" in project.files


@pytest.mark.parametrize(
    ("path", "kind", "product"),
    [
        ("pipelines/sources/p1/t/sql-scripts/ddl.t.sql", "source", "p1"),
        ("pipelines/intermediates/p1/t/sql-scripts/ddl.t.sql", "intermediate", "p1"),
        ("pipelines/dimensions/p1/t/ddl.t.sql", "dimension", "p1"),
        ("pipelines/facts/t/sql-scripts/ddl.t.sql", "fact", ""),
        ("flink/pipelines/views/p2/t/sql-scripts/ddl.t.sql", "view", "p2"),
        ("facts/p1/t/sql-scripts/ddl.t.sql", "fact", "p1"),
        ("pipelines/stage/p1/t/ddl.t.sql", "table", ""),
        ("ddl.t.sql", "table", ""),
    ],
)
def test_kind_and_product_are_those_of_the_path(path: str, kind: str, product: str) -> None:
    table = read_project({path: DDL.format("t")}, None).tables["t"]
    assert (table.kind, table.product) == (kind, product)


def test_names_come_from_the_sql_and_a_version_suffix_is_no_part_of_them() -> None:
    files = {
        "ddl.other.sql": DDL.format("`db`.`int_3_v2`"),
        "dml.some.sql": "INSERT INTO int_3_v2 SELECT id FROM a; INSERT INTO db.int_3_v2 SELECT id FROM b;",
    }
    table = read_project(files, None).tables["int_3"]
    assert (table.name, table.physical) == ("int_3", "int_3_v2")
    assert [dml.name for dml in table.dml] == ["dml.int_3", "dml.int_3.2"]


def test_without_a_configuration_the_defaults_hold() -> None:
    project = read_project({"ddl.t.sql": DDL.format("t"), "notes.sql": "not SQL at all"}, None)
    assert (project.name, project.profiles, sorted(project.tables)) == ("project", {}, ["t"])


def test_a_raw_topic_that_looks_like_a_version_stays_external() -> None:
    files = {
        "bluegreen.yaml": "environments: {local: {external_tables: 'raw/**/*.sql'}}",
        "raw/deep/ddl.orders_v2.sql": DDL.format("orders_v2"),
        "ddl.orders.sql": DDL.format("orders"),
        "dml.orders.sql": "INSERT INTO orders SELECT id FROM orders_v2",
    }
    project = read_project(files, None)
    assert table_of(project, "orders_v2") is None
    assert table_of(project, "db.orders_v3") == "orders"
    assert table_of(project, "nothing") is None


def test_a_star_stays_in_its_folder() -> None:
    files = {
        "bluegreen.yaml": "environments: {local: {external_tables: 'raw/*.sql'}}",
        "raw/a.sql": DDL.format("a"),
        "raw/deep/ddl.b.sql": DDL.format("b"),
    }
    project = read_project(files, None)
    assert (sorted(project.external["local"]), sorted(project.tables)) == (["a"], ["b"])


def test_set_statements_hold_for_what_stands_below_them() -> None:
    text = "SET 'a' = '1'; INSERT INTO t SELECT id FROM x; SET 'b' = '2'; INSERT INTO t SELECT id FROM y;"
    project = read_project({"ddl.t.sql": DDL.format("t"), "dml.t.sql": text}, None)
    first, second = (dml.statement for dml in project.tables["t"].dml)
    assert [one.sql for one in session_before(project, first)] == ["SET 'a' = '1'"]
    assert [one.sql for one in session_before(project, second)] == ["SET 'a' = '1'", "SET 'b' = '2'"]


def test_two_owners_are_named_both() -> None:
    files = {"x/ddl.t.sql": DDL.format("t"), "y/ddl.t.sql": "\n" + DDL.format("t")}
    with pytest.raises(
        DuplicateOwnerError, match=r"^y/ddl\.t\.sql:2:1: table t is created twice, here and at x/ddl"
    ):
        read_project(files, None)


def test_two_versions_of_one_table_are_two_owners() -> None:
    files = {"ddl.int_3.sql": DDL.format("int_3"), "ddl.int_3_v2.sql": DDL.format("int_3_v2")}
    with pytest.raises(
        DuplicateOwnerError, match=r"^ddl\.int_3_v2.*int_3 and int_3_v2 are one table.*ddl\.int_3\.sql:1"
    ):
        read_project(files, None)


def test_an_insert_into_nothing_names_its_file() -> None:
    with pytest.raises(ProjectError, match=r"^dml\.t\.sql:1:1: INSERT INTO t, which no file"):
        read_project({"dml.t.sql": "INSERT INTO t SELECT 1"}, None)


def test_a_query_alone_is_no_statement_to_release() -> None:
    with pytest.raises(ProjectError, match=r"^dml\.t\.sql:1:1: SELECT is no statement that creates or fills"):
        read_project({"dml.t.sql": "SELECT 1"}, None)


def test_all_files_that_cannot_be_read_are_in_one_error() -> None:
    files = {"dml.a.sql": "INSERT INTO", "dml.b.sql": "SELECT FROM FROM", "ddl.c.sql": "CREATE SOMETHING"}
    with pytest.raises(
        SqlSyntaxError, match=r"^ddl\.c\.sql:1.*\(and 2 more: dml\.a\.sql:1\S*, dml\.b\.sql:1"
    ):
        read_project(files, None)


def test_an_external_table_is_declared_once_and_by_create_table() -> None:
    configuration = {"bluegreen.yaml": "environments: {local: {external_tables: 'raw/*.sql'}}"}
    twice = {"raw/a.sql": DDL.format("a"), "raw/b.sql": DDL.format("a")}
    with pytest.raises(DuplicateOwnerError, match=r"^raw/b\.sql:1:1: external table a is declared twice"):
        read_project({**configuration, **twice}, None)
    with pytest.raises(ProjectError, match=r"^raw/a\.sql:1:1: only CREATE TABLE may stand here"):
        read_project({**configuration, "raw/a.sql": "CREATE VIEW a AS SELECT 1"}, None)


def test_the_configuration_is_checked_first() -> None:
    with pytest.raises(ConfigurationError, match=r"^bluegreen\.yaml:1"):
        read_project({"bluegreen.yaml": "projekt: x", "dml.a.sql": "INSERT INTO"}, None)


def test_the_layout_of_the_configuration_counts() -> None:
    files = {
        "bluegreen.yaml": "layout: {statements: ['models/**/*.sql'], exclude: ['**/old/*']}",
        "models/marts/p/t/everything.sql": "CREATE TABLE t (id STRING); INSERT INTO t SELECT id FROM raw;",
        "models/old/broken.sql": "CREATE",
        "ddl.u.sql": DDL.format("u"),
        "pipelines/marts/p/v/ddl.v.sql": DDL.format("v"),
    }
    project = read_project(files, None)
    assert list(project.tables) == ["t"]
    assert [one.name for one in project.tables["t"].dml] == ["dml.t"]
    del files["models/old/broken.sql"]
    files["bluegreen.yaml"] = "layout: {kinds: {marts: fact}}"
    assert read_project(files, None).tables["v"].kind == "fact"


def test_three_owners_are_all_named() -> None:
    files = {f"{folder}/ddl.t.sql": DDL.format("t") for folder in "xyz"}
    with pytest.raises(
        DuplicateOwnerError, match=r"^z/ddl\.t\.sql:1:1: table t is created 3 times, here and at x/\S+, y/ddl"
    ):
        read_project(files, None)


def test_what_sets_a_session_up_belongs_to_what_stands_below() -> None:
    text = "SET 'a' = '1';\nINSERT INTO t SELECT id FROM x;\n"
    project = read_project({"ddl.t.sql": DDL.format("t"), "dml.t.sql": text}, None)
    (dml,) = project.tables["t"].dml
    setting = project.statements["dml.t.sql"][0]
    kinds = (StatementKind.CREATE_FUNCTION, StatementKind.USE, StatementKind.JAR)
    above = tuple(replace(setting, kind=kind) for kind in kinds)
    with_them = replace(project, statements={"dml.t.sql": (*above, dml.statement)})
    assert session_before(with_them, dml.statement) == above
