"""Random statements, of which it is known what they read."""

from itertools import islice

import pytest

from airflow_bluegreen.core.sql import column_lineage, compare, parse, rename
from tests.core.sql.grammar import COLUMNS, Query, statements

GENERATED = list(islice(statements(seed=7), 200))
THERE = {name.replace("`", ""): f"{name.replace('`', '').rpartition('.')[2]}_v2" for name in COLUMNS}
BACK = {new: old.rpartition(".")[2] for old, new in THERE.items()}


def test_every_form_comes_up() -> None:
    text = " ".join(query.sql for query in GENERATED)

    for word in (
        "UNION",
        "WITH",
        "TUMBLE",
        "UNNEST",
        "EXISTS",
        "ROLLUP",
        "BROADCAST",
        "FULL OUTER",
        "my orders",
    ):
        assert word in text


@pytest.mark.parametrize("query", GENERATED, ids=lambda query: None)
def test_reads_are_found_and_renamed(query: Query) -> None:
    (statement,) = parse(query.sql)
    (renamed,) = parse(rename(query.sql, THERE))

    assert set(statement.inputs) == query.reads
    assert {name.rpartition(".")[2] for name in renamed.inputs} == {THERE[name] for name in query.reads}
    assert rename(renamed.sql, BACK).replace("`", "") == query.sql.replace("`", "")
    assert set(column_lineage(statement, {}).outputs) == {"k", "name", "n"}
    assert compare(query.sql, query.sql + "\n--").change.value == "cosmetic"
