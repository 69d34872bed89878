"""What the records of a source mean, found in the statements of the demo and of small texts."""

from dataclasses import replace

import pytest

from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import SourceWishes
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.synthetic.columns import record_schema
from airflow_bluegreen.core.synthetic.history import history, populations
from airflow_bluegreen.core.synthetic.tracing import unique_columns, usage_of, written_keys
from airflow_bluegreen.core.synthetic.traits import Changelog, Raw, Traits, traits_of
from airflow_bluegreen.demo.raw_topics import schema_text
from airflow_bluegreen.demo.repository import release_files
from airflow_bluegreen.exceptions import ConfigurationError
from tests.core.golden import v1_0_0
from tests.core.synthetic.sources import ORDERS, orders, raw, traits

DEMO = {**release_files("v1.0.0"), **release_files("v1.0.1")}


def found_in(files: dict[str, str], registered: dict[str, str]) -> dict[str, Traits]:
    project = read_project(files, None)
    usage = usage_of(project, Lineage(project).order(), "local", FrontEnd())
    raws = []
    for name, declared in project.external["local"].items():
        assert declared.definition is not None
        raws.append(
            Raw(
                source=name,
                schema=record_schema(declared.definition, registered.get(name, "")),
                wishes=SourceWishes(),
                records=10,
                changelog=Changelog.APPEND,
                written_keys=written_keys(project, usage, name),
            )
        )
    return {one.source: one for one in traits_of(raws, usage)}


def test_the_demos_sources_are_understood() -> None:
    """Key and order from ROW_NUMBER, deletions from op, foreign keys through two and three statements."""
    found = found_in(DEMO, {name: schema_text(name) for name in ("raw_a", "raw_b", "raw_c", "raw_x")})
    assert {name: (one.key, one.order_by, one.operation, one.deleted) for name, one in found.items()} == {
        "raw_a": (("customer_id",), "lsn", "op", "d"),
        "raw_b": (("order_id",), "lsn", "op", "d"),
        "raw_c": (("payment_id",), "lsn", "op", "d"),
        "raw_x": (("shipment_id",), "lsn", "op", "d"),
    }
    assert found["raw_b"].domains["customer_id"] == found["raw_a"].domains["customer_id"]
    assert found["raw_c"].domains["order_id"] == found["raw_b"].domains["order_id"]
    assert found["raw_x"].domains["order_id"] == found["raw_b"].domains["order_id"]
    assert {one.text for one in found["raw_x"].constants["weight_grams"]} == {"20000", "2000"}
    assert {one.text for one in found["raw_c"].constants["payment_status"]} == {"captured", "refunded"}


def test_without_a_numbering_the_key_of_who_reads_it_is_the_key() -> None:
    found = found_in(v1_0_0(), {})
    assert found["raw_a"].key == ("id",)
    assert found["raw_a"].order_by == ""
    assert found["raw_a"].domains["id"] == found["raw_c"].domains["id"]
    assert (found["raw_a"].operation, found["raw_a"].deleted) == ("op", "d")


def test_what_the_project_says_counts_first() -> None:
    one = traits(orders(key=("id", "lsn"), order_by="at", operation=""))
    assert one.key == ("id", "lsn")
    assert one.order_by == "at"
    assert not one.deletes


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="orders names column lsm, which orders has not"):
        traits(raw("orders", ORDERS, key=("id",), order_by="lsm"))


def test_changes_of_rows_can_delete_and_are_not_repeated() -> None:
    one = traits(raw("orders", ORDERS, key=("id",), changelog=Changelog.ENVELOPE))
    assert one.deletes
    assert not one.repeats


def test_what_identifies_a_row_of_an_append_table_is_there_once() -> None:
    settings = "environments: {local: {external_tables: external/*.sql}}\n"
    files = {
        "bluegreen.yaml": settings + "comparison: {tables: {log: {unique: [id]}}}\n",
        "external/raw.sql": "CREATE TABLE raw (number BIGINT, name STRING) WITH ('value.format' = 'json');",
        "ddl.log.sql": "CREATE TABLE log (id BIGINT, name STRING) WITH ('changelog.mode' = 'append');",
        "dml.log.sql": "INSERT INTO log SELECT number, name FROM raw;",
    }
    project = read_project(files, None)
    usage = usage_of(project, ("log",), "local", FrontEnd())
    assert written_keys(project, usage, "raw") == ()
    assert unique_columns(project, usage, "raw") == (("number",),)
    one = traits(replace(raw("raw", {"number": "BIGINT", "name": "STRING"}), unique=(("number",),)))
    assert one.once
    assert not one.deletes
    found = history(one, populations([one]), 1)
    assert len({change.row["number"] for change in found}) == len(found) == one.records
