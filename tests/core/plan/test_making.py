import pytest

from airflow_bluegreen.core.explain import plan_rows
from airflow_bluegreen.core.model import Commit, ConnectorAction, Trigger
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.exceptions import ConfigurationError, LineageCycleError, ProjectError
from tests.core.golden import edited, path_of, v1_0_0, v1_0_1
from tests.core.plan.releasing import chain, names, plan_of, planned


def test_the_golden_release_has_exactly_these_four_rows() -> None:
    rows = plan_rows(plan_of(v1_0_0(), v1_0_1()))
    assert [(row.blue, row.green, row.statement, str(row.trigger)) for row in rows] == [
        ("int_3", "int_3_v2", "dml.int_3", "modified"),
        ("fact_3", "fact_3_v2", "dml.fact_3", "modified"),
        ("fact_2", "fact_2_v2", "dml.fact_2", "side-effect"),
        ("–", "view32", "dml.view32", "new"),
    ]


def test_the_golden_plan_in_full() -> None:
    plan = plan_of(v1_0_0(), v1_0_1())
    assert [one.table for one in plan.tables] == ["int_3", "fact_2", "fact_3", "view32"]
    assert plan.untouched == ("src_a", "src_b", "int_1", "src_c", "int_2", "fact_1", "src_x", "view_1")
    assert plan.physical["fact_2"] == "fact_2_v2"
    assert plan.physical["fact_1"] == "fact_1"
    assert (plan.base, plan.base_release) == (Commit(ref="v1.0.0", sha="a" * 40), "v1.0.0")
    fact_2 = planned(plan, "fact_2")
    assert (fact_2.path, fact_2.parents) == (("int_3", "fact_2"), ("int_3",))
    assert fact_2.inputs == ("int_2", "int_3_v2")
    assert planned(plan, "view32").parents == ("fact_2",)
    assert planned(plan, "int_3").path == ("int_3",)
    assert [column.name for column in fact_2.blue_columns] == ["id", "first_total", "second_total"]
    assert (fact_2.primary_key, planned(plan, "view32").blue_columns) == (("id",), ())


def test_the_rewrite_changes_table_names_and_topics_only() -> None:
    plan = plan_of(v1_0_0(), v1_0_1())
    assert sorted(path.rpartition("/")[2] for path in plan.rewritten) == [
        "connector.sink-fact-2.json",
        "connector.sink-fact-3.json",
        "ddl.fact_2.sql",
        "ddl.fact_3.sql",
        "ddl.int_3.sql",
        "dml.fact_2.sql",
        "dml.fact_3.sql",
        "dml.int_3.sql",
        "dml.view32.sql",
    ]
    assert plan.rewritten[path_of(plan.rewritten, "dml.fact_2.sql")] == (
        "INSERT INTO fact_2_v2\n"
        "SELECT i.id, i.total AS first_total, `int_3_v2`.total AS second_total\n"
        "FROM `int_2` i JOIN int_3_v2 ON i.id = int_3_v2.id;\n"
    )
    assert '"topics": "fact_2_v2"\n' in plan.rewritten[path_of(plan.rewritten, "connector.sink-fact-2.json")]


def test_an_already_rewritten_release_plans_the_same_and_rewrites_nothing() -> None:
    plan = plan_of(v1_0_0(), v1_0_1())
    again = plan_of(v1_0_0(), {**v1_0_1(), **plan.rewritten})
    assert again.rewritten == {}
    assert (again.tables, again.connectors, again.physical) == (plan.tables, plan.connectors, plan.physical)


def test_the_release_after_a_rewritten_one_goes_on_counting() -> None:
    first = plan_of(v1_0_0(), v1_0_1())
    deployed = {**v1_0_1(), **first.rewritten}
    after = edited(v1_0_1(), {"dml.int_3.sql": ("2 * b.amount", "3 * b.amount")})
    plan = plan_of(deployed, after, live=first.physical)
    assert names(plan) == {
        "int_3": ("int_3_v2", "int_3_v3", "modified"),
        "fact_2": ("fact_2_v2", "fact_2_v3", "side-effect"),
        "fact_3": ("fact_3_v2", "fact_3_v3", "side-effect"),
        "view32": ("view32", "view32_v2", "side-effect"),
    }
    assert planned(plan, "view32").path == ("int_3", "fact_2", "view32")


def test_untouched_tables_keep_their_live_names_in_the_texts() -> None:
    after = edited(v1_0_0(), {"dml.view_1.sql": ("SELECT id, total", "SELECT id, total + 1")})
    plan = plan_of(v1_0_0(), after, live={"fact_1": "fact_1_v7"})
    assert plan.physical["fact_1"] == "fact_1_v7"
    assert planned(plan, "view_1").inputs == ("fact_1_v7",)
    assert "FROM fact_1_v7;" in plan.rewritten[path_of(after, "dml.view_1.sql")]
    assert "INTO fact_1_v7" in plan.rewritten[path_of(after, "dml.fact_1.sql")]


def test_a_text_that_skipped_versions_keeps_the_one_it_carries() -> None:
    after = edited(
        v1_0_0(),
        {
            "ddl.view_1.sql": ("TABLE view_1", "TABLE view_1_v5"),
            "dml.view_1.sql": ("view_1 SELECT id, total", "view_1_v5 SELECT id, total + 1"),
        },
    )
    assert names(plan_of(v1_0_0(), after)) == {"view_1": ("view_1", "view_1_v5", "modified")}
    behind = plan_of(v1_0_0(), after, live={"view_1": "view_1_v5"})
    assert names(behind) == {"view_1": ("view_1_v5", "view_1_v6", "modified")}
    assert names(plan_of(v1_0_0(), after, least_version=9)) == {"view_1": ("view_1", "view_1_v9", "modified")}


def test_version_nine_is_followed_by_ten() -> None:
    after = edited(v1_0_0(), {"dml.view_1.sql": ("SELECT id, total", "SELECT id, total + 1")})
    assert planned(plan_of(v1_0_0(), after, live={"view_1": "view_1_v9"}), "view_1").green == "view_1_v10"


def test_nothing_changed_is_an_empty_plan() -> None:
    plan = plan_of(v1_0_0(), v1_0_0())
    assert (plan.tables, plan.connectors, plan.rewritten) == ((), (), {})
    assert len(plan.untouched) == 11


def test_a_ddl_only_change_takes_the_descendants_along() -> None:
    after = edited(v1_0_0(), {"ddl.int_2.sql": ("note STRING", "note STRING,\n  extra INT")})
    assert names(plan_of(v1_0_0(), after)) == {
        "int_2": ("int_2", "int_2_v2", "modified"),
        "fact_1": ("fact_1", "fact_1_v2", "side-effect"),
        "fact_2": ("fact_2", "fact_2_v2", "side-effect"),
        "view_1": ("view_1", "view_1_v2", "side-effect"),
    }


def test_the_first_release_is_all_new_under_the_names_as_written() -> None:
    plan = plan_of(None, v1_0_1())
    assert {one.trigger for one in plan.tables} == {Trigger.NEW}
    assert all(one.blue is None and one.green == one.table for one in plan.tables)
    assert [connector.action for connector in plan.connectors] == [ConnectorAction.CREATE] * 5
    assert (plan.base, plan.untouched, plan.rewritten) == (None, (), {})


def test_requested_and_schema_changed_tables_with_their_descendants() -> None:
    plan = plan_of(v1_0_0(), v1_0_0(), requested=["fact_1"], schema_changes=["src_x_v1"])
    assert names(plan) == {
        "fact_1": ("fact_1", "fact_1_v2", "requested"),
        "view_1": ("view_1", "view_1_v2", "side-effect"),
        "src_x": ("src_x", "src_x_v2", "schema-change"),
        "fact_3": ("fact_3", "fact_3_v2", "side-effect"),
    }


def test_a_modified_table_that_is_requested_too_is_modified() -> None:
    plan = plan_of(v1_0_0(), v1_0_1(), requested=["int_3", "fact_2", "view32"], schema_changes=["fact_2"])
    assert [str(one.trigger) for one in plan.tables] == ["modified", "schema-change", "modified", "new"]


def test_only_the_named_tables_without_their_descendants() -> None:
    plan = plan_of(v1_0_0(), v1_0_1(), requested=["int_3"], only=["int_3"], descendants=False)
    assert names(plan) == {"int_3": ("int_3", "int_3_v2", "modified")}
    assert sorted(path.rpartition("/")[2] for path in plan.rewritten) == ["ddl.int_3.sql", "dml.int_3.sql"]
    assert "view32" not in plan.untouched


def test_a_removed_table_and_its_connector_come_last() -> None:
    after = {
        path: text for path, text in v1_0_0().items() if "/fact_1/" not in path and "/view_1/" not in path
    }
    plan = plan_of(v1_0_0(), after, live={"fact_1": "fact_1_v3"})
    assert names(plan) == {
        "fact_1": ("fact_1_v3", None, "removed"),
        "view_1": ("view_1", None, "removed"),
    }
    assert planned(plan, "view_1").parents == ("fact_1",)
    assert "fact_1" not in plan.physical
    assert [(one.name, one.action, one.blue_topics, one.config["topics"]) for one in plan.connectors] == [
        ("sink-fact-1", ConnectorAction.REMOVE, ("fact_1_v3",), "fact_1_v3"),
        ("sink-view-1", ConnectorAction.REMOVE, ("view_1",), "view_1"),
    ]


def test_a_table_that_comes_back_under_another_file_is_the_same_table() -> None:
    before = chain("a", "b:a")
    after = {f"moved/{path}": text for path, text in before.items()}
    assert names(plan_of(before, after)) == {}


def test_views_are_replaced_with_what_they_read() -> None:
    before = chain("a", "c:v") | {"ddl.v.sql": "CREATE VIEW v AS SELECT id, v FROM a"}
    plan = plan_of(before, edited(before, {"dml.a.sql": ("1 AS v", "2 AS v")}))
    assert names(plan) == {
        "a": ("a", "a_v2", "modified"),
        "v": ("v", "v_v2", "side-effect"),
        "c": ("c", "c_v2", "side-effect"),
    }
    view = planned(plan, "v").ddl
    assert view is not None
    assert view.sql == "CREATE VIEW v_v2 AS SELECT id, v FROM a_v2"
    assert [table.physical for table in view.catalog] == ["a_v2"]
    (dml,) = planned(plan, "c").dml
    assert [table.physical for table in dml.catalog] == ["a_v2", "v_v2", "c_v2"]


def test_a_project_that_cannot_be_released_is_refused() -> None:
    before = chain("a", "b:a")
    with pytest.raises(LineageCycleError):
        plan_of(before, edited(before, {"dml.a.sql": ("FROM raw", "FROM b")}))
    with pytest.raises(ConfigurationError, match=r"no environment prod in bluegreen\.yaml\. Known: local"):
        plan_of(v1_0_0(), v1_0_1(), environment="prod")
    outside = edited(v1_0_1(), {"dml.fact_3.sql": ("src_x", "raw_y")})
    with pytest.raises(
        ProjectError, match=r"dml\.fact_3\.sql:1:1: reads raw_y, .* environment local declares"
    ):
        plan_of(v1_0_0(), outside)


def test_an_empty_release_is_a_wrong_path_and_removes_nothing() -> None:
    with pytest.raises(ProjectError, match="the release creates no table"):
        plan_of(v1_0_0(), {"README.md": "moved"})


def test_a_folder_without_git_can_be_planned() -> None:
    project = read_project(v1_0_0(), None)
    plan = make_plan(project=project, base=None, environment="local", live={}, base_release=None)
    assert plan.release == Commit(ref="working tree", sha="")
