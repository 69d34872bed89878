"""Tables that do not come one statement a file: what a plan makes of them."""

import pytest

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.plan.impact import GAP, LONGEST_PATH
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.exceptions import ProjectError
from tests.core.plan.releasing import chain, names, plan_of, planned

LOCAL = {"bluegreen.yaml": "environments: {local: {}}"}


def test_ddl_and_dml_in_one_file_and_several_sources_in_one_statement() -> None:
    text = (
        "CREATE TABLE a (id STRING);\nINSERT INTO a SELECT id FROM raw;\n"
        "CREATE TABLE b (id STRING);\nINSERT INTO b SELECT a.id FROM a, raw AS r WHERE a.id = r.id;\n"
    )
    plan = plan_of(
        {"ddl.all.sql": text}, {"ddl.all.sql": text.replace("SELECT id FROM", "SELECT UPPER(id) FROM")}
    )
    assert names(plan) == {"a": ("a", "a_v2", "modified"), "b": ("b", "b_v2", "side-effect")}
    assert plan.rewritten["ddl.all.sql"].count("a_v2") == 5
    assert Lineage(read_project({"ddl.all.sql": text}, None)).external_inputs("b") == ("raw",)


def test_a_table_that_two_statements_fill_is_deployed_as_two_jobs() -> None:
    files = chain("a", "b") | {"ddl.c.sql": "CREATE TABLE c (id STRING, v INT);\n"}
    files |= {f"dml.c.{one}.sql": f"INSERT INTO c SELECT {one}.id, {one}.v FROM {one};\n" for one in "ab"}
    plan = plan_of(files, files, requested=["b"])
    c = planned(plan, "c")
    assert [one.name for one in c.dml] == ["dml.c", "dml.c.2"]
    assert [one.sql for one in c.dml] == [
        "INSERT INTO c_v2 SELECT a.id, a.v FROM a",
        "INSERT INTO c_v2 SELECT b_v2.id, b_v2.v FROM b_v2",
    ]
    assert (c.parents, c.inputs) == (("b",), ("a", "b_v2"))


def test_a_table_that_reads_itself_begins_anew() -> None:
    files = chain("a") | {"dml.a.sql": "INSERT INTO a SELECT a.id, a.v FROM a JOIN raw ON a.id = raw.id;\n"}
    plan = plan_of(files, files, requested=["a"])
    a = planned(plan, "a")
    assert a.dml[0].sql == "INSERT INTO a_v2 SELECT a_v2.id, a_v2.v FROM a_v2 JOIN raw ON a_v2.id = raw.id"
    assert a.expected.rows_may_change
    assert a.expected.reasons == ("reads itself: green begins without what blue had written",)


def test_views_are_inlined_into_the_sessions_of_their_readers_and_know_their_columns() -> None:
    files = chain("a") | {
        "ddl.v.sql": "CREATE VIEW v AS SELECT id, v AS worth FROM a;\n",
        "ddl.w.sql": "CREATE VIEW w AS SELECT * FROM v;\n",
        "ddl.b.sql": "CREATE TABLE b (id STRING, worth INT);\n",
        "dml.b.sql": "INSERT INTO b SELECT * FROM w;\n",
    }
    after = files | {"dml.a.sql": "INSERT INTO a SELECT raw.id, 2 AS v FROM raw;\n"}
    plan = plan_of(files, after)
    b = planned(plan, "b")
    assert [table.physical for table in b.dml[0].catalog] == ["a_v2", "v_v2", "w_v2", "b_v2"]
    assert (b.expected.changed, b.expected.rows_may_change) == (("worth",), False)
    assert planned(plan, "w").ddl is not None


def test_a_thousand_views_on_one_another_are_no_recursion() -> None:
    files = {"ddl.a.sql": "CREATE TABLE a (id STRING);\n"}
    for number in range(1_000):
        below = f"v{number - 1}" if number else "a"
        files[f"ddl.v{number}.sql"] = f"CREATE VIEW v{number} AS SELECT id FROM {below};\n"
    files |= {
        "ddl.b.sql": "CREATE TABLE b (id STRING);\n",
        "dml.b.sql": "INSERT INTO b SELECT id FROM v999;\n",
    }
    plan = plan_of(files, files, requested=["b"])
    assert len(planned(plan, "b").dml[0].catalog) == 1_002


def test_a_long_way_keeps_both_its_ends() -> None:
    files = chain("t0", *(f"t{number}:t{number - 1}" for number in range(1, 200)))
    plan = plan_of(files, files, requested=["t0"])
    path = planned(plan, "t199").path
    assert len(path) <= LONGEST_PATH + 1
    assert (path[:3], path[-2:]) == (("t0", "t1", "t2"), ("t198", "t199"))
    assert path.count(GAP) == 1
    assert planned(plan, "t10").path == tuple(f"t{number}" for number in range(11))


def test_create_table_as_select_is_refused_where_readers_could_not_be_told_its_columns() -> None:
    files = LOCAL | {"ddl.a.sql": "CREATE TABLE a AS SELECT id FROM b;\n", **chain("b")}
    files["bluegreen.yaml"] = "environments: {local: {external_tables: 'raw/*.sql'}}"
    files["raw/raw.sql"] = "CREATE TABLE raw (id STRING);\n"
    assert Lineage(read_project(files, None)).inputs("a") == ("b",)
    with pytest.raises(ProjectError, match=r"^ddl\.a\.sql:1:1: .* CREATE TABLE … AS SELECT"):
        plan_of(None, files)
    files["bluegreen.yaml"] = "environments: {local: {dialect: confluent}}"
    assert names(plan_of(files, files, requested=["b"])) == {
        "b": ("b", "b_v2", "requested"),
        "a": ("a", "a_v2", "side-effect"),
    }


FILLS_ITSELF = {
    "CREATE TABLE a WITH ('connector' = 'kafka') AS SELECT id FROM raw": "CREATE TABLE … AS SELECT",
    "CREATE MATERIALIZED TABLE a REFRESH_MODE = FULL AS SELECT id FROM raw": "a materialized table",
}


@pytest.mark.parametrize("text", FILLS_ITSELF)
def test_what_reads_a_table_that_fills_itself_is_refused_before_anything_is_begun(text: str) -> None:
    """Declared in the reader's session, it would be filled by a second job."""
    files = LOCAL | {
        "bluegreen.yaml": "environments: {local: {external_tables: 'raw/*.sql'}}",
        "raw/raw.sql": "CREATE TABLE raw (id STRING);\n",
        "ddl.a.sql": f"-- all of it\n{text};\n",
        "ddl.b.sql": "CREATE TABLE b (id STRING);\n",
        "dml.b.sql": "INSERT INTO b SELECT id FROM a;\n",
    }
    expected = rf"^ddl\.a\.sql:2:1: environment local .* cannot deploy {FILLS_ITSELF[text]}.*INSERT INTO"
    with pytest.raises(ProjectError, match=expected):
        plan_of(files, files, requested=["b"])
    aside = files | chain("c")
    assert set(names(plan_of(aside, aside, requested=["c"]))) == {"c"}, "nobody asks for its columns here"


def test_like_is_no_query() -> None:
    files = LOCAL | {"ddl.a.sql": "CREATE TABLE a (id STRING);\n", "ddl.b.sql": "CREATE TABLE b LIKE a;\n"}
    assert set(names(plan_of(None, files))) == {"a", "b"}
