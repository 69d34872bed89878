"""What lineage tools are told: topics in, topics out, and where each column comes from."""

from collections.abc import Mapping

import pytest

from airflow_bluegreen.core.datasets import (
    compared_lineage,
    cut_over_lineage,
    deployed_lineage,
    retired_lineage,
    rolled_back_lineage,
)
from airflow_bluegreen.core.model import Plan, Role, SinkMove, TaskLineage
from tests.core.golden import v1_0_0, v1_0_1
from tests.core.plan.releasing import plan_of, planned


def golden() -> Plan:
    return plan_of(v1_0_0(), v1_0_1())


def of_dml(plan: Plan, table: str) -> TaskLineage:
    one = planned(plan, table)
    return deployed_lineage(plan, one, one.dml)


def of_ddl(plan: Plan, table: str) -> TaskLineage:
    one = planned(plan, table)
    assert one.ddl is not None
    return deployed_lineage(plan, one, [one.ddl])


def origins(lineage: TaskLineage) -> dict[str, tuple[list[str], list[str]]]:
    """Column → what it is computed from, and what else decides it."""
    (output,) = lineage.outputs
    return {
        one.column: (
            [f"{each.topic}.{each.column}" for each in one.direct],
            [f"{each.topic}.{each.column}" for each in one.indirect],
        )
        for one in output.origins
    }


def topics(lineage: TaskLineage) -> tuple[list[str], list[str]]:
    return [one.topic for one in lineage.inputs], [one.topic for one in lineage.outputs]


def of(files: Mapping[str, str], table: str = "t") -> TaskLineage:
    return of_dml(plan_of(None, files), table)


def test_a_green_statement_reads_green_and_untouched_topics_and_writes_a_green_one() -> None:
    lineage = of_dml(golden(), "fact_3")
    assert [(one.topic, one.role, one.table, one.version) for one in lineage.inputs] == [
        ("int_3_v2", Role.GREEN, "int_3", 2),
        ("src_x", Role.UNTOUCHED, "src_x", 1),
    ]
    (output,) = lineage.outputs
    assert (output.topic, output.role, output.version) == ("fact_3_v2", Role.GREEN, 2)
    assert [(one.name, one.type) for one in output.columns] == [
        ("id", "STRING"),
        ("note", "STRING"),
        ("shipped", "INT"),
    ]
    assert (lineage.step, lineage.created) == ("dml", ())
    assert lineage.sql.startswith("INSERT INTO fact_3_v2")


def test_each_column_has_what_it_is_computed_from_and_what_decides_its_row() -> None:
    assert origins(of_dml(golden(), "fact_2")) == {
        "id": (["int_2.id"], ["int_3_v2.id"]),
        "first_total": (["int_2.total"], ["int_2.id", "int_3_v2.id"]),
        "second_total": (["int_3_v2.total"], ["int_2.id", "int_3_v2.id"]),
    }


def test_it_says_which_release_and_versions_it_is_about() -> None:
    lineage = of_dml(golden(), "fact_2")
    assert (lineage.project, lineage.environment, lineage.release, lineage.base) == (
        "retail",
        "local",
        "v1.0.1",
        "v1.0.0",
    )
    assert (lineage.table, lineage.blue, lineage.green, lineage.trigger) == (
        "fact_2",
        "fact_2",
        "fact_2_v2",
        "side-effect",
    )


def test_a_ddl_creates_its_topic_and_reads_nothing() -> None:
    lineage = of_ddl(golden(), "view32")
    assert topics(lineage) == ([], ["view32"])
    assert (lineage.step, lineage.created) == ("ddl", ("view32",))
    assert [one.name for one in lineage.outputs[0].columns] == ["id", "grand_total"]


def test_raw_topics_are_external_and_may_be_called_otherwise() -> None:
    files = {
        "bluegreen.yaml": "environments: {local: {external_tables: ext.*.sql}}",
        "ext.raw.sql": "CREATE TABLE raw (id STRING, v INT) WITH ('topic' = 'shop.raw');",
        "ddl.t.sql": "CREATE TABLE t (id STRING, v INT);",
        "dml.t.sql": "INSERT INTO t SELECT id, v FROM raw WHERE v > 0;",
    }
    lineage = of(files)
    (source,) = lineage.inputs
    assert (source.topic, source.role, source.table, source.version) == ("shop.raw", Role.EXTERNAL, "", 0)
    assert origins(lineage)["id"] == (["shop.raw.id"], ["shop.raw.v"])


VIEWS = {
    "bluegreen.yaml": "environments: {local: {external_tables: ext.*.sql}}",
    "ext.raw.sql": "CREATE TABLE raw (id STRING, v INT, w INT);",
    "ddl.a.sql": "CREATE VIEW a AS SELECT id, v + w AS s FROM raw WHERE w > 0;",
    "ddl.b.sql": "CREATE VIEW b AS SELECT id AS k, s AS sum_of FROM a;",
    "ddl.t.sql": "CREATE TABLE t (id STRING, total INT);",
    "dml.t.sql": "INSERT INTO t SELECT k, sum_of FROM b;",
}


def test_views_are_seen_through() -> None:
    lineage = of(VIEWS)
    assert topics(lineage) == (["raw"], ["t"])
    assert origins(lineage) == {
        "id": (["raw.id"], ["raw.w"]),
        "total": (["raw.v", "raw.w"], []),
    }


def test_a_view_itself_is_no_topic() -> None:
    plan = plan_of(None, VIEWS)
    assert topics(of_ddl(plan, "b")) == (["raw"], [])
    assert compared_lineage(plan, planned(plan, "b")).inputs == ()


def test_what_is_not_in_kafka_is_no_topic() -> None:
    files = {
        **VIEWS,
        "ext.raw.sql": "CREATE TABLE raw (id STRING, v INT, w INT) WITH ('connector' = 'jdbc');",
    }
    lineage = of(files)
    assert topics(lineage) == ([], ["t"])
    assert origins(lineage) == {"id": ([], []), "total": ([], [])}


def test_like_reads_a_definition_and_no_topic() -> None:
    files = {
        "ddl.t.sql": "CREATE TABLE t (id STRING, v INT);",
        "ddl.u.sql": "CREATE TABLE u (w INT) LIKE t;",
    }
    assert topics(of_ddl(plan_of(None, files), "u")) == ([], ["u"])


@pytest.mark.parametrize("call", ["RAND()", "CURRENT_TIMESTAMP"])
def test_chance_and_clock_are_no_columns(call: str) -> None:
    files = {
        "ddl.t.sql": "CREATE TABLE t (id STRING, x DOUBLE);",
        "dml.t.sql": f"INSERT INTO t SELECT id, {call} FROM raw;",
    }
    assert origins(of(files))["x"][0] == []


def test_a_statement_set_tells_tables_only() -> None:
    files = {
        "ddl.t.sql": "CREATE TABLE t (id STRING);",
        "ddl.u.sql": "CREATE TABLE u (id STRING);",
        "dml.t.sql": "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT id FROM raw;"
        " INSERT INTO u SELECT id FROM raw; END;",
    }
    lineage = of(files)
    assert topics(lineage) == (["raw"], ["t", "u"])
    assert {one.origins for one in lineage.outputs} == {()}


def test_what_is_not_understood_in_full_tells_tables_only() -> None:
    files = {
        "ddl.t.sql": "CREATE TABLE t (id STRING, x STRING);",
        "dml.t.sql": "INSERT INTO t SELECT * FROM raw;",
    }
    assert topics(of(files)) == (["raw"], ["t"])
    assert origins(of(files)) == {}


def test_a_comparison_reads_both_colours() -> None:
    plan = golden()
    lineage = compared_lineage(plan, planned(plan, "int_3"))
    assert [(one.topic, one.role) for one in lineage.inputs] == [
        ("int_3", Role.BLUE),
        ("int_3_v2", Role.GREEN),
    ]
    assert [one.topic for one in compared_lineage(plan, planned(plan, "view32")).inputs] == ["view32"]


def test_the_switch_says_what_each_sink_reads_from_now_on() -> None:
    lineage = cut_over_lineage(golden())
    assert topics(lineage) == (["fact_2_v2", "fact_3_v2", "view32"], [])
    assert lineage.moves[0] == SinkMove(
        connector="sink-fact-2", action="move", before=("fact_2",), after=("fact_2_v2",)
    )
    assert lineage.moves[2].before == ()


def test_retired_are_the_blue_topics() -> None:
    assert [(one.topic, one.role) for one in retired_lineage(golden()).inputs] == [
        ("int_3", Role.BLUE),
        ("fact_2", Role.BLUE),
        ("fact_3", Role.BLUE),
    ]


def test_a_rollback_drops_green_and_moves_the_sinks_back() -> None:
    lineage = rolled_back_lineage(golden())
    assert lineage.dropped == ("int_3_v2", "fact_2_v2", "fact_3_v2", "view32")
    assert {one.role for one in lineage.outputs} == {Role.GREEN}
    assert lineage.moves[0].after == ("fact_2",)
