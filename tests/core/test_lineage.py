import pytest

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import TableType
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.exceptions import LineageCycleError, UnknownTableError
from tests.core.golden import v1_0_0


@pytest.fixture(scope="module")
def lineage() -> Lineage:
    return Lineage(read_project(v1_0_0(), None))


def test_who_reads_whom(lineage: Lineage) -> None:
    assert lineage.inputs("fact_2") == ("int_2", "int_3")
    assert lineage.children("int_3") == ("fact_2", "fact_3")
    assert lineage.descendants("src_a") == ("fact_1", "fact_2", "fact_3", "int_1", "int_3", "view_1")
    assert lineage.external_inputs("src_a") == ("raw_a",)
    assert lineage.external_inputs("int_1") == ()
    assert lineage.path("src_a", "view_1") == ("src_a", "int_1", "fact_1", "view_1")
    assert lineage.path("view_1", "src_a") == ()


@pytest.mark.parametrize(
    ("table", "place"),
    [("src_a", TableType.SOURCE), ("int_3", TableType.INTERMEDIATE), ("view_1", TableType.SINK)],
)
def test_the_place_of_a_table(lineage: Lineage, table: str, place: TableType) -> None:
    assert lineage.type_of(table) is place


def test_the_order_has_parents_first_and_ties_by_name(lineage: Lineage) -> None:
    assert lineage.order() == (
        "src_a", "src_b", "int_1", "src_c", "int_2", "fact_1", "int_3", "fact_2", "src_x", "fact_3", "view_1",
    )  # fmt: skip


def test_an_unknown_table_names_near_ones(lineage: Lineage) -> None:
    with pytest.raises(UnknownTableError, match=r"no table int_4 in the lineage\. Did you mean int_\d"):
        lineage.children("int_4")


def test_views_and_like_are_reads_too() -> None:
    files = {
        "ddl.a.sql": "CREATE TABLE a (id STRING);",
        "ddl.v.sql": "CREATE VIEW v AS SELECT id FROM a_v7;",
        "ddl.b.sql": "CREATE TABLE b LIKE a;",
        "dml.b.sql": "INSERT INTO b SELECT id FROM v;",
    }
    lineage = Lineage(read_project(files, None))
    assert lineage.inputs("v") == ("a",)
    assert lineage.inputs("b") == ("a", "v")


def test_a_circle_names_its_files_and_lines() -> None:
    files = {f"ddl.{name}.sql": f"CREATE TABLE {name} (id STRING)" for name in "abc"}
    reads = {"a": "c", "b": "a", "c": "b"}
    files |= {f"dml.{name}.sql": f"\nINSERT INTO {name} SELECT id FROM {reads[name]}" for name in "abc"}
    with pytest.raises(LineageCycleError, match="circle") as caught:
        Lineage(read_project(files, None))
    assert all(f"dml.{name}.sql:2:1" in str(caught.value) for name in "abc")


def test_a_table_that_reads_itself_is_no_circle_but_shown() -> None:
    files = {"ddl.a.sql": "CREATE TABLE a (id STRING)", "dml.a.sql": "INSERT INTO a SELECT id FROM a_v2"}
    lineage = Lineage(read_project(files, None))
    assert lineage.reads_itself("a")
    assert (lineage.inputs("a"), lineage.descendants("a"), lineage.order()) == ((), (), ("a",))


def test_a_view_that_reads_itself_is_a_circle() -> None:
    with pytest.raises(LineageCycleError, match=r"^ddl\.v\.sql:1:1: .*v → v"):
        Lineage(read_project({"ddl.v.sql": "CREATE VIEW v AS SELECT id FROM v_v2"}, None))


def test_how_many_depend_on_each(lineage: Lineage) -> None:
    counts = lineage.descendant_counts()
    assert counts == {name: len(lineage.descendants(name)) for name in lineage.tables}
    assert counts["src_a"] == 6
