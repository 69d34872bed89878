"""Topics with dots in their names, as many have them: ``` `shop.orders` ``` is one name."""

import pytest

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import meant_table, read_project
from airflow_bluegreen.exceptions import ProjectError

FILES = {
    "ddl.orders.sql": "CREATE TABLE orders (id STRING, v INT)",
    "dml.orders.sql": "INSERT INTO orders SELECT id, v FROM `raw.orders`",
    "ddl.shop.orders.sql": "CREATE TABLE `shop.orders` (id STRING, v INT)",
    "dml.shop.orders.sql": "INSERT INTO `shop.orders` SELECT id, v FROM orders",
    "ddl.shop.totals.sql": "CREATE TABLE `shop.totals` (id STRING, v INT)",
    "dml.shop.totals.sql": "INSERT INTO `shop.totals` SELECT o.id, o.v FROM db.`shop.orders` AS o",
    "connector.sink.json": '{"name": "sink", "config": {"topics": "shop.totals"}}',
}
PROJECT = read_project(FILES, None)


def test_the_lineage_knows_them_apart() -> None:
    lineage = Lineage(PROJECT)
    assert lineage.inputs("shop.orders") == ("orders",)
    assert lineage.inputs("shop.totals") == ("shop.orders",)
    assert lineage.external_inputs("orders") == ("raw.orders",)


def test_they_get_versions_in_sql_and_connectors() -> None:
    plan = make_plan(
        project=PROJECT,
        base=PROJECT,
        environment="local",
        live={},
        base_release="v1",
        wishes=Wishes(requested=("shop.orders",)),
    )
    assert {one.table: one.green for one in plan.tables} == {
        "shop.orders": "shop.orders_v2",
        "shop.totals": "shop.totals_v2",
    }
    assert plan.rewritten["dml.shop.totals.sql"] == (
        "INSERT INTO `shop.totals_v2` SELECT o.id, o.v FROM db.`shop.orders_v2` AS o"
    )
    assert plan.rewritten["dml.shop.orders.sql"] == ("INSERT INTO `shop.orders_v2` SELECT id, v FROM orders")
    assert [one.green_topics for one in plan.connectors] == [("shop.totals_v2",)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("shop.orders", "shop.orders"),
        ("`shop.orders`", "shop.orders"),
        ("shop.orders_v2", "shop.orders"),
        ("db.orders", "orders"),
        ("orders_v3", "orders"),
        ("shop.order", "shop.order"),
    ],
)
def test_what_a_person_means_by_a_name(typed: str, meant: str) -> None:
    assert meant_table(PROJECT, typed) == meant


def test_a_table_that_only_ends_alike_is_not_filled() -> None:
    with pytest.raises(ProjectError, match=r"INSERT INTO `shop\.order`, which no"):
        read_project({**FILES, "dml.x.sql": "INSERT INTO `shop.order` SELECT id, v FROM orders"}, None)
