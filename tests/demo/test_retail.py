"""The rows of the shop have the columns that the schemas and the project declare."""

import json
import re
from itertools import islice

import pytest

from airflow_bluegreen.demo.raw_topics import schema_text
from airflow_bluegreen.demo.records import Sizes, changes
from airflow_bluegreen.demo.repository import release_files
from airflow_bluegreen.demo.retail import RAW_TABLES

AVRO_TYPES = {"STRING": "string", "BIGINT": "long", "INT": "int", "TIMESTAMP(3)": "timestamp-millis"}


def declared_columns(table: str) -> list[tuple[str, str]]:
    text = release_files("v1.0.0")[f"environments/local/external/ddl.{table}.sql"]
    return [(name, AVRO_TYPES[kind]) for name, kind in re.findall(r"^  (\w+) +([A-Z0-9()]+),?$", text, re.M)]


@pytest.mark.parametrize("table", RAW_TABLES)
def test_schema_is_that_of_the_declared_table(table: str) -> None:
    fields = json.loads(schema_text(table))["fields"]

    types = [field["type"] for field in fields]
    names = [kind if isinstance(kind, str) else kind["logicalType"] for kind in types]
    assert list(zip([field["name"] for field in fields], names, strict=True)) == declared_columns(table)


def test_rows_have_the_columns_of_the_schema() -> None:
    columns = {
        table: {field["name"] for field in json.loads(schema_text(table))["fields"]} for table in RAW_TABLES
    }

    for change in islice(changes(3, Sizes()), 5_000):
        assert set(change.row) == columns[change.table]
        assert change.row[RAW_TABLES[change.table].key] == change.key


def test_some_orders_are_underpaid_by_less_than_two_percent() -> None:
    """Without them, the release that lets small rests count as paid would change nothing."""
    total: dict[str, int] = {}
    small_rests = 0
    for change in islice(changes(3, Sizes()), 5_000):
        if change.table == "raw_b":
            total[change.key] = int(change.row["order_cents"])
        elif change.table == "raw_c" and change.row["payment_status"] == "captured":
            whole = total.get(str(change.row["order_id"]), 0)
            small_rests += 0.98 * whole <= int(change.row["amount_cents"]) < whole
    assert small_rests > 20
