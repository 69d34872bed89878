"""One job that fills several tables: they get their versions together, and the job is deployed once."""

from collections.abc import Mapping
from io import StringIO

from rich.console import Console

from airflow_bluegreen.core.explain import plan_rows, plan_tree
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Commit, Plan, Project, SharedStatement
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.published import plan_json
from tests.core.plan.releasing import chain, names, planned

BEGIN, END = "EXECUTE STATEMENT SET BEGIN\n", "END;\n"
SET = (
    f"{BEGIN}INSERT INTO b SELECT src.id, 1 AS v FROM src;\n"
    f"INSERT INTO a SELECT other.id, src.v FROM other JOIN src ON other.id = src.id;\n{END}"
)
FILES = {
    **chain("src", "other", "d:b"),
    "ddl.a.sql": "CREATE TABLE a (id STRING, v INT);\n",
    "ddl.b.sql": "CREATE TABLE b (id STRING, v INT);\n",
    "dml.both.sql": SET,
}


def project_of(files: Mapping[str, str]) -> Project:
    return read_project(files, Commit(ref="v1.0.1", sha="b" * 40))


def plan_of(before: Mapping[str, str], after: Mapping[str, str], **wishes: object) -> Plan:
    return make_plan(
        project=project_of(after),
        base=project_of(before),
        environment="local",
        live={},
        base_release="v1.0.0",
        wishes=Wishes(**wishes),  # type: ignore[arg-type]
    )


def test_all_tables_of_a_set_read_all_its_inputs_and_it_belongs_to_the_first_of_them() -> None:
    project = project_of(FILES)
    lineage = Lineage(project)
    assert (lineage.inputs("a"), lineage.inputs("b")) == (("other", "src"), ("other", "src"))
    assert (lineage.companions("a"), lineage.companions("b")) == (("b",), ("a",))
    assert [one.name for one in project.tables["a"].dml] == ["dml.a"]
    assert project.tables["b"].dml == ()
    assert [one.name for one in project.tables["b"].shared] == ["dml.a"]


def test_all_tables_of_a_set_are_renamed_in_it() -> None:
    text = plan_of(FILES, FILES, requested=["a"]).rewritten["dml.both.sql"]
    assert text == SET.replace("INTO b", "INTO b_v2").replace("INTO a", "INTO a_v2")


def test_an_impacted_input_takes_the_whole_set_along() -> None:
    plan = plan_of(FILES, FILES, requested=["other"])
    assert set(names(plan)) == {"other", "a", "b", "d"}
    assert planned(plan, "b").path == ("other", "b")


def test_a_companion_comes_along_with_a_requested_table() -> None:
    plan = plan_of(FILES, FILES, requested=["b"])
    assert names(plan) == {
        "a": ("a", "a_v2", "side-effect"),
        "b": ("b", "b_v2", "requested"),
        "d": ("d", "d_v2", "side-effect"),
    }
    assert planned(plan, "a").path == ("b", "a")


def test_the_set_is_deployed_once_and_the_others_show_it() -> None:
    plan = plan_of(FILES, FILES, requested=["b"])
    a, b = planned(plan, "a"), planned(plan, "b")
    (statement,) = a.dml
    assert (statement.outputs, b.dml) == (("b_v2", "a_v2"), ())
    assert b.shared == (SharedStatement(table="a", statement="dml.a"),)
    assert (a.filled, b.filled) == (True, True)
    assert {row.green: row.statement for row in plan_rows(plan)} == {
        "a_v2": "dml.a",
        "b_v2": "dml.a",
        "d_v2": "dml.d",
    }
    assert '"filled_with": [\n        "a"\n      ]' in plan_json(plan)
    assert [table.physical for table in statement.catalog] == ["src", "other", "b_v2", "a_v2"]


def test_what_a_set_changes_in_a_table_is_not_told_apart() -> None:
    plan = plan_of(FILES, {**FILES, "dml.other.sql": "INSERT INTO other SELECT raw.id, 2 AS v FROM raw;\n"})
    expected = planned(plan, "b").expected
    assert expected.rows_may_change
    assert expected.changed == ("id", "v")


def test_a_set_that_reads_what_it_writes_is_no_circle() -> None:
    chained = (
        f"{BEGIN}INSERT INTO a SELECT src.id, src.v FROM src;\nINSERT INTO b SELECT a.id, a.v FROM a;\n{END}"
    )
    lineage = Lineage(project_of({**FILES, "dml.both.sql": chained}))
    assert (lineage.inputs("a"), lineage.inputs("b")) == (("src",), ("src",))
    assert lineage.reads_itself("a")
    assert lineage.reads_itself("b")
    assert not lineage.reads_itself("d")


def test_without_its_descendants_a_table_still_brings_its_companions() -> None:
    plan = plan_of(FILES, FILES, requested=["b"], only=frozenset({"b"}), descendants=False)
    assert set(names(plan)) == {"a", "b"}
    assert set(plan.rewritten) == {"ddl.a.sql", "ddl.b.sql", "dml.both.sql"}


def test_the_tree_hangs_a_companion_below_what_brought_it() -> None:
    plan = plan_of(FILES, FILES, requested=["b"])
    console = Console(file=StringIO(), width=100, record=True)
    console.print(plan_tree(plan))
    lines = [line.split(" (")[0] for line in console.export_text().splitlines()[1:]]
    assert lines == ["└── b", "    ├── a", "    └── d"]


def test_a_changed_insert_of_a_set_brings_all_its_tables() -> None:
    after = {**FILES, "dml.both.sql": SET.replace("1 AS v", "2 AS v")}
    plan = plan_of(FILES, after)
    assert names(plan) == {
        "a": ("a", "a_v2", "modified"),
        "b": ("b", "b_v2", "modified"),
        "d": ("d", "d_v2", "side-effect"),
    }
    assert "INSERT INTO b_v2 SELECT src.id, 2 AS v FROM src;" in planned(plan, "a").dml[0].sql


def test_a_set_in_other_words_is_no_change() -> None:
    other = SET.replace("EXECUTE STATEMENT SET BEGIN", "-- both\nexecute statement set begin").replace(
        "1 AS v", "1  as v"
    )
    assert plan_of(FILES, {**FILES, "dml.both.sql": other}).tables == ()


def test_a_table_taken_out_of_a_set_is_removed_and_the_others_come_along() -> None:
    """The job of the set fills both: it cannot go on as it is."""
    after = {path: text for path, text in FILES.items() if path != "ddl.b.sql"}
    after["dml.both.sql"] = SET.replace("INSERT INTO b SELECT src.id, 1 AS v FROM src;\n", "")
    after |= chain("d:a")
    plan = plan_of(FILES, after)
    assert names(plan) == {
        "a": ("a", "a_v2", "modified"),
        "b": ("b", None, "removed"),
        "d": ("d", "d_v2", "modified"),
    }
    assert (planned(plan, "a").dml[0].outputs, planned(plan, "b").dml) == (("a_v2",), ())
    assert planned(plan, "a").dml[0].sql.startswith(f"{BEGIN}INSERT INTO a_v2 ")


def test_an_insert_that_leaves_its_set_for_a_file_of_its_own_keeps_its_table() -> None:
    moved = "INSERT INTO b SELECT src.id, 1 AS v FROM src;\n"
    after = {**FILES, "dml.both.sql": SET.replace(moved, ""), "dml.b.sql": moved}
    plan = plan_of(FILES, after)
    assert names(plan) == {
        "a": ("a", "a_v2", "modified"),
        "b": ("b", "b_v2", "modified"),
        "d": ("d", "d_v2", "side-effect"),
    }
    assert [one.name for one in planned(plan, "b").dml] == ["dml.b"]
    assert planned(plan, "b").shared == planned(plan, "a").shared == ()


def test_an_insert_that_joins_a_set_brings_the_tables_of_the_set() -> None:
    alone = {**FILES, "dml.both.sql": SET.replace("INSERT INTO b SELECT src.id, 1 AS v FROM src;\n", "")}
    alone["dml.b.sql"] = "INSERT INTO b SELECT src.id, 1 AS v FROM src;\n"
    plan = plan_of(alone, FILES)
    assert set(names(plan)) == {"a", "b", "d"}
    assert planned(plan, "b").shared == (SharedStatement(table="a", statement="dml.a"),)


def test_a_set_as_the_client_begins_it_is_planned_as_well() -> None:
    as_client = SET.replace("EXECUTE STATEMENT SET BEGIN\n", "BEGIN STATEMENT SET;\n")
    files = {**FILES, "dml.both.sql": as_client}
    plan = plan_of(files, files, requested=["other"])
    assert set(names(plan)) == {"other", "a", "b", "d"}
    assert plan.rewritten["dml.both.sql"] == as_client.replace("INTO b", "INTO b_v2").replace(
        "INTO a", "INTO a_v2"
    ).replace("FROM other", "FROM other_v2").replace("other.id", "other_v2.id")
    sql = planned(plan, "a").dml[0].sql
    assert sql.startswith("EXECUTE STATEMENT SET BEGIN\nINSERT INTO b_v2 "), "the gateway takes one statement"
