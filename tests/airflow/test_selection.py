"""Which tables a DAG draws, and the groups around them."""

from pathlib import Path

import pytest
from airflow.sdk import DAG

from airflow_bluegreen.dag_factory import release_dag, release_dags
from airflow_bluegreen.dag_factory.selection import select_tables
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.snapshot import DrawnTable, Snapshot, save_snapshot


def table(product: str, kind: str, *inputs: str, filled_with: tuple[str, ...] = ()) -> DrawnTable:
    path = f"pipelines/{kind}/{product}/t.sql"
    return DrawnTable(inputs=inputs, product=product, kind=kind, path=path, filled_with=filled_with)


TABLES = {
    "src_a": table("shop", "sources"),
    "src_b": table("bank", "sources"),
    "int_1": table("shop", "intermediates", "src_a"),
    "int_2": table("bank", "intermediates", "src_b", "int_1"),
    "fact_1": table("shop", "facts", "int_1"),
    "fact_2": table("bank", "facts", "int_2"),
}


@pytest.mark.parametrize(
    ("select", "exclude", "expected"),
    [
        ([], [], "src_a src_b int_1 int_2 fact_1 fact_2"),
        (["product:shop"], [], "src_a int_1 fact_1"),
        (["kind:facts"], [], "fact_1 fact_2"),
        (["path:pipelines/facts/bank/*"], [], "fact_2"),
        (["int_*"], [], "int_1 int_2"),
        (["+fact_1"], [], "src_a int_1 fact_1"),
        (["int_1+"], [], "int_1 int_2 fact_1 fact_2"),
        (["+int_2+"], [], "src_a src_b int_1 int_2 fact_2"),
        (["+kind:facts"], ["product:bank"], "src_a int_1 fact_1"),
        (["src_a", "src_b"], ["nothing_*"], "src_a src_b"),
        ([], ["int_2+"], "src_a src_b int_1 fact_1"),
    ],
)
def test_selectors(select: list[str], exclude: list[str], expected: str) -> None:
    found = select_tables(TABLES, select, exclude)
    assert list(found) == expected.split()
    assert all(parent in found for one in found.values() for parent in one.inputs)


def test_what_one_statement_set_fills_stays_together() -> None:
    tables = {"a": DrawnTable(), "b": DrawnTable(filled_with=("a",)), "c": DrawnTable(filled_with=("a",))}
    assert select_tables(tables, ["b"]).keys() == {"a", "b", "c"}


@pytest.mark.parametrize("selector", ["product:nobody", "fact_9", "tag:x"])
def test_a_selector_that_names_nothing_is_an_error(selector: str) -> None:
    with pytest.raises(ConfigurationError, match=f"select: {selector}"):
        select_tables(TABLES, [selector])


def drawn(folder: Path, tables: dict[str, DrawnTable], **more: object) -> DAG:
    save_snapshot(Snapshot(project="p", tables=tables), folder / "s.json")
    return release_dag(
        dag_id="release",
        project="/srv/p",
        environment="e",
        snapshot=folder / "s.json",
        **more,  # type: ignore[arg-type]
    )


def test_groups_by_product_and_kind_leave_the_ids_of_tasks_alone(tmp_path: Path) -> None:
    dag = drawn(tmp_path, TABLES)
    flat = drawn(tmp_path, {name: DrawnTable(inputs=one.inputs) for name, one in TABLES.items()})
    assert set(dag.task_ids) == set(flat.task_ids)
    edges = {task.task_id: task.downstream_task_ids for task in dag.tasks}
    assert edges == {task.task_id: task.downstream_task_ids for task in flat.tasks}
    groups = dag.task_group.get_task_group_dict()
    products = [f"deploy.deploy-layer-{product}" for product in ("shop", "bank")]
    assert set(groups["deploy"].children) == set(products)
    kinds = ("facts", "intermediates", "sources")
    shop = groups["deploy.deploy-layer-shop"]
    assert sorted(shop.children) == [f"deploy-layer-shop-{kind}" for kind in kinds]
    assert list(groups["deploy-layer-shop-facts"].children) == ["deploy-fact_1"]
    assert groups["deploy-layer-shop-facts"].group_display_name == "facts"
    assert groups["deploy-fact_1"].group_display_name == "fact_1"
    assert dag.get_task("deploy.fact_1.dml").task_display_name == "dml"
    dag.check_cycle()


def test_a_level_on_which_all_are_the_same_is_not_drawn(tmp_path: Path) -> None:
    one_product = {name: one for name, one in TABLES.items() if one.product == "shop"}
    groups = drawn(tmp_path, one_product).task_group.get_task_group_dict()
    assert "deploy.deploy-layer-facts" in groups
    assert not [name for name in groups if "shop" in str(name)]


def test_a_dag_for_each_product(tmp_path: Path) -> None:
    save_snapshot(Snapshot(project="p", tables=TABLES), tmp_path / "s.json")
    dags = release_dags(dag_id="release", project="/srv/p", environment="e", snapshot=tmp_path / "s.json")
    assert [dag.dag_id for dag in dags] == ["release_bank", "release_shop"]
    assert "deploy.fact_2.ddl" in dags[0].task_ids
    assert "deploy.fact_1.ddl" not in dags[0].task_ids
    assert dags[0].get_task("plan").left_out == ["fact_1", "int_1", "src_a"]  # type: ignore[attr-defined]
