"""The demo project through the planner: the golden scenario, release by release."""

from pathlib import Path

import pytest

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Commit, ConnectorAction, Plan, Project, TableType, Trigger
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.demo.repository import RELEASES, add_release, create_repository, release_files
from tests.demo.test_repository import git


def project_at(tag: str) -> Project:
    files: dict[str, str] = {}
    for release in RELEASES:
        files |= release_files(release.tag)
        if release.tag == tag:
            return read_project(files, Commit(ref=tag, sha=tag))
    raise AssertionError(tag)


def plan_of(release: Project, base: str, live: dict[str, str]) -> Plan:
    return make_plan(
        project=release, base=project_at(base), environment="local", live=live, base_release=base
    )


@pytest.fixture(scope="module")
def first() -> Plan:
    return plan_of(project_at("v1.0.1"), "v1.0.0", {})


@pytest.fixture(scope="module")
def second(first: Plan) -> Plan:
    return plan_of(project_at("v1.0.2"), "v1.0.1", dict(first.physical))


def test_lineage_is_that_of_the_scenario() -> None:
    lineage = Lineage(project_at("v1.0.0"))

    assert {table: lineage.inputs(table) + lineage.external_inputs(table) for table in lineage.tables} == {
        "src_a": ("raw_a",),
        "src_b": ("raw_b",),
        "src_c": ("raw_c",),
        "src_x": ("raw_x",),
        "int_1": ("src_a", "src_b"),
        "int_2": ("src_b", "src_c"),
        "int_3": ("src_a", "src_b", "src_c"),
        "fact_1": ("int_1", "int_2"),
        "fact_2": ("int_2", "int_3"),
        "fact_3": ("int_3", "src_x"),
        "view_1": ("fact_1",),
    }
    assert {table for table in lineage.tables if lineage.type_of(table) is TableType.SINK} == {
        "fact_2",
        "fact_3",
        "view_1",
    }
    assert [each.topics for each in project_at("v1.0.0").connectors] == [
        ("fact_1",),
        ("fact_2",),
        ("fact_3",),
        ("view_1",),
    ]


def test_first_release_plans_the_golden_table(first: Plan) -> None:
    assert {(each.blue, each.green, each.trigger) for each in first.tables} == {
        ("int_3", "int_3_v2", Trigger.MODIFIED),
        ("fact_3", "fact_3_v2", Trigger.MODIFIED),
        ("fact_2", "fact_2_v2", Trigger.SIDE_EFFECT),
        (None, "view32", Trigger.NEW),
    }
    assert {(each.name, each.action, each.green_topics) for each in first.connectors} == {
        ("sink-fact-2", ConnectorAction.MOVE, ("fact_2_v2",)),
        ("sink-fact-3", ConnectorAction.MOVE, ("fact_3_v2",)),
        ("sink-view32", ConnectorAction.CREATE, ("view32",)),
    }


def test_first_release_changes_values_and_no_rows(first: Plan) -> None:
    assert {each.table: each.expected.changed for each in first.tables} == {
        "int_3": ("payment_state",),
        "fact_3": ("payment_state", "size_class"),
        "fact_2": (),
        "view32": (),
    }
    assert not any(each.expected.rows_may_change for each in first.tables)


def test_second_release_goes_through_to_the_facts(second: Plan) -> None:
    assert {(each.blue, each.green, each.trigger, each.expected.changed) for each in second.tables} == {
        ("int_3_v2", "int_3_v3", Trigger.MODIFIED, ("open_amount",)),
        ("fact_2_v2", "fact_2_v3", Trigger.SIDE_EFFECT, ("open_amount",)),
        ("fact_3_v2", "fact_3_v3", Trigger.SIDE_EFFECT, ()),
        ("view32", "view32_v2", Trigger.SIDE_EFFECT, ("open_amount",)),
    }


def test_second_release_is_the_same_on_a_rewritten_main(tmp_path: Path, first: Plan, second: Plan) -> None:
    create_repository(tmp_path)
    for path, text in first.rewritten.items():
        (tmp_path / path).write_text(text)
    git(tmp_path, "commit", "-qam", "v1.0.1 as deployed")

    add_release(tmp_path, "v1.0.2")

    files = {
        path: git(tmp_path, "show", f"v1.0.2:{path}")
        for path in git(tmp_path, "ls-tree", "-r", "--name-only", "v1.0.2").splitlines()
    }
    merged = read_project(files, Commit(ref="v1.0.2", sha="merged"))
    assert merged.tables["int_3"].physical == "int_3_v2"
    plan = plan_of(merged, "v1.0.1", dict(first.physical))
    assert {each.table: each.green for each in plan.tables} == {
        each.table: each.green for each in second.tables
    }


def test_the_project_names_no_server() -> None:
    for release in RELEASES:
        for path, text in release_files(release.tag).items():
            assert "://" not in text, path
            assert "localhost" not in text, path
            assert "127.0.0.1" not in text, path
