import json

import pytest

from airflow_bluegreen.core.model import ExpectedDifference, UnstableColumn
from airflow_bluegreen.exceptions import UnknownTableError
from tests.core.golden import edited, files_of, v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of, planned


def expected(edits: dict[str, tuple[str, str]], table: str) -> ExpectedDifference:
    return planned(plan_of(v1_0_0(), edited(v1_0_0(), edits)), table).expected


def test_a_changed_column_goes_where_it_is_read() -> None:
    plan = plan_of(v1_0_0(), v1_0_1())
    assert planned(plan, "int_3").expected.changed == ("total",)
    assert planned(plan, "fact_3").expected.changed == ("shipped",)
    fact_2 = planned(plan, "fact_2").expected
    assert (fact_2.changed, fact_2.rows_may_change) == (("second_total",), False)
    assert fact_2.reasons == ("reads total of int_3",)
    assert planned(plan, "view32").expected == ExpectedDifference()


def test_a_table_that_reads_unchanged_columns_only_must_come_out_the_same() -> None:
    total = {"dml.int_3.sql": ("a.amount + b.amount", "a.amount - b.amount")}
    assert expected(total, "fact_3") == ExpectedDifference()


def test_a_requested_table_and_what_depends_on_it_must_come_out_the_same() -> None:
    plan = plan_of(v1_0_0(), v1_0_0(), requested=["int_3"])
    assert {one.expected for one in plan.tables} == {ExpectedDifference()}


def test_a_changed_join_key_may_change_the_rows_below() -> None:
    key = {"dml.int_3.sql": ("SELECT a.id,", "SELECT UPPER(a.id) AS id,")}
    fact_3 = expected(key, "fact_3")
    assert fact_3.rows_may_change
    assert "id" in fact_3.changed


def test_a_changed_filter_may_change_the_rows_of_all_descendants() -> None:
    where = {"dml.src_x.sql": ("op <> 'd'", "op <> 'x'")}
    assert expected(where, "src_x").rows_may_change
    fact_3 = expected(where, "fact_3")
    assert fact_3.rows_may_change
    assert "rows of src_x may change" in fact_3.reasons


def test_other_rows_change_what_is_aggregated_from_them_and_not_what_is_copied() -> None:
    total = (
        "INSERT INTO fact_1 SELECT i.id, SUM(i.total) AS total, i.id AS note FROM int_1 i GROUP BY i.id;\n"
    )
    fact_1 = {path: text for path, text in files_of("facts", "fact_1", "", total).items() if "dml" in path}
    before = v1_0_0() | fact_1
    after = edited(before, {"dml.int_1.sql": ("ON a.id = b.id;", "ON a.id = b.id WHERE a.amount > 0;")})
    plan = plan_of(before, after)
    assert planned(plan, "int_1").expected.rows_may_change
    found = planned(plan, "fact_1").expected
    assert (found.changed, found.rows_may_change) == (("total",), True)
    assert planned(plan, "view_1").expected.changed == ("total",)


def test_added_and_removed_columns_are_said_as_such() -> None:
    edits = {
        "ddl.int_3.sql": ("note STRING", "extra STRING"),
        "dml.int_3.sql": ("c.note AS note", "c.note AS extra"),
        "dml.fact_3.sql": ("i.note", "i.extra AS note"),
    }
    int_3 = expected(edits, "int_3")
    assert (int_3.added, int_3.removed) == (("extra",), ("note",))
    assert not {"extra", "note"} & set(int_3.changed)


def test_what_goes_through_a_view_is_followed() -> None:
    view = {"pipelines/views/p1/v/ddl.v.sql": "CREATE VIEW v AS SELECT id, total AS t, note AS n FROM int_3;"}
    out = "INSERT INTO out_1 SELECT * FROM v;\n"
    ddl = "CREATE TABLE out_1 (id STRING, x INT, y STRING);\n"
    before = v1_0_0() | view | files_of("facts", "out_1", ddl, out)
    after = edited(before, {"dml.int_3.sql": ("a.amount + b.amount", "a.amount - b.amount")})
    plan = plan_of(before, after)
    assert planned(plan, "v").expected.changed == ("t",)
    assert planned(plan, "out_1").expected.changed == ("x",)


def test_what_is_not_understood_may_change_entirely() -> None:
    out = (
        "INSERT INTO out_1 SELECT i.id, EXISTS (SELECT 1 FROM src_x x WHERE x.id = i.id) AS y FROM int_3 i;\n"
    )
    ddl = "CREATE TABLE out_1 (id STRING, y BOOLEAN);\n"
    before = v1_0_0() | files_of(
        "facts", "out_1", ddl, out.replace("i.id, EXISTS", "i.no_such.field, EXISTS")
    )
    after = edited(before, {"dml.int_3.sql": ("a.amount + b.amount", "a.amount - b.amount")})
    found = planned(plan_of(before, after), "out_1").expected
    assert (found.changed, found.rows_may_change) == (("id", "y"), True)
    assert found.reasons == ("may change: it is unknown which columns of int_3 matter",)


STAMPED = {"dml.int_3.sql": ("c.note AS note", "UUID() AS note")}


def test_a_column_that_is_computed_anew_each_time_cannot_be_compared() -> None:
    before = edited(v1_0_0(), STAMPED)
    plan = plan_of(before, before, requested=["int_3"])
    assert planned(plan, "int_3").expected.unstable == (UnstableColumn(column="note", function="UUID"),)
    assert planned(plan, "fact_3").expected.unstable == (UnstableColumn(column="note", function="UUID"),)
    assert planned(plan, "fact_2").expected == ExpectedDifference(), "it does not read the note"


def test_what_is_stamped_upstream_and_stays_is_the_same_for_blue_and_green() -> None:
    before = edited(v1_0_0(), STAMPED)
    plan = plan_of(before, before, requested=["fact_3"])
    assert planned(plan, "fact_3").expected == ExpectedDifference()


def test_chance_in_a_filter_decides_over_the_rows() -> None:
    before = edited(v1_0_0(), {"dml.src_x.sql": ("op <> 'd'", "op <> 'd' AND RAND() < 0.5")})
    found = planned(plan_of(before, before, requested=["src_x"]), "src_x").expected
    assert found.rows_may_change
    assert "RAND decides which rows there are" in found.reasons


def stated(table: str, **said: object) -> dict[str, str]:
    entry = {"reason": "new exchange rates", **said}
    return {"bluegreen.yaml": json.dumps({"comparison": {"tables": {table: {"expected": [entry]}}}})}


def test_what_the_project_expects_goes_along_the_lineage() -> None:
    after = v1_0_0() | stated("int_3", columns=["total"])
    plan = plan_of(v1_0_0(), after, requested=["int_3"])
    int_3 = planned(plan, "int_3").expected
    assert (int_3.changed, int_3.reasons) == (("total",), ("the project expects it: new exchange rates",))
    assert planned(plan, "fact_2").expected.changed == ("second_total",)


def test_what_is_expected_of_one_release_is_not_of_another() -> None:
    for release, changed in (("v1.0.1", ("total",)), ("v1.0.0", ())):
        after = v1_0_0() | stated("int_3", columns=["total"], release=release)
        plan = plan_of(v1_0_0(), after, requested=["int_3"])
        assert planned(plan, "int_3").expected.changed == changed


def test_rows_that_the_project_expects_to_differ() -> None:
    after = v1_0_0() | stated("int_3", rows=True)
    plan = plan_of(v1_0_0(), after, requested=["int_3"])
    assert planned(plan, "int_3").expected.rows_may_change
    assert planned(plan, "fact_3").expected.rows_may_change


def test_settings_for_a_table_that_there_is_not() -> None:
    with pytest.raises(UnknownTableError, match=r"no table int_9, which comparison\.tables"):
        plan_of(v1_0_0(), v1_0_0() | stated("int_9", rows=True))
