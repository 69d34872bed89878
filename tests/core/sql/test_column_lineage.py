# ruff: noqa: E501 - one line, one case
"""Where columns come from: one line, one case. ``t.c`` stands for column c of table t."""

import pytest

from airflow_bluegreen.core.model import Column, ColumnKind
from airflow_bluegreen.core.sql import ColumnLineage, column_lineage, parse


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type="INT") for name in names)


SCHEMAS = {
    "o": columns("id", "cust", "amount", "status", "ts"),
    "c": columns("id", "name"),
    "target": (*columns("a", "b"), Column(name="computed", type="", kind=ColumnKind.COMPUTED)),
}


def lineage(query: str, target: str = "t") -> ColumnLineage:
    return column_lineage(parse(f"INSERT INTO {target} {query}")[0], SCHEMAS)


def named(sources: frozenset[tuple[str, str]]) -> str:
    return " ".join(sorted(f"{table}.{column}" for table, column in sources))


def pairs(text: str) -> dict[str, str]:
    return {name: sources.strip() for name, _, sources in (part.partition(":") for part in text.split(";"))}


CASES = [
    ("SELECT id, amount * 2 AS x FROM o", "id:o.id;x:o.amount", ""),
    ("SELECT * FROM c", "id:c.id;name:c.name", ""),
    ("SELECT o.*, c.name FROM o JOIN c ON o.cust = c.id",
     "id:o.id;cust:o.cust;amount:o.amount;status:o.status;ts:o.ts;name:c.name", "c.id o.cust"),
    ("SELECT id FROM o WHERE status = 'x'", "id:o.id", "o.status"),
    ("SELECT cust, SUM(amount) AS s, COUNT(*) AS n FROM o GROUP BY cust", "cust:o.cust;s:o.amount;n:", "o.cust"),
    ("SELECT cust, SUM(amount) AS s FROM o GROUP BY cust HAVING COUNT(status) > 1", "cust:o.cust;s:o.amount", "o.cust o.status"),
    ("SELECT SUM(amount) AS s FROM o", "s:o.amount", ""),
    ("SELECT DISTINCT cust FROM o", "cust:o.cust", "o.cust"),
    ("SELECT id FROM o UNION ALL SELECT id FROM c", "id:c.id o.id", ""),
    ("SELECT id FROM o UNION SELECT id FROM c", "id:c.id o.id", "c.id o.id"),
    ("WITH x AS (SELECT id AS k, amount + ts AS v FROM o WHERE status = 1) SELECT k, v FROM x",
     "k:o.id;v:o.amount o.ts", "o.status"),
    ("WITH x (k) AS (SELECT id FROM o) SELECT k FROM x", "k:o.id", ""),
    ("WITH o AS (SELECT id AS amount FROM o) SELECT amount FROM o", "amount:o.id", ""),
    ("SELECT y.v FROM (SELECT x.v FROM (SELECT amount AS v FROM o) AS x) AS y", "v:o.amount", ""),
    ("SELECT id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS rn FROM o) WHERE rn = 1",
     "id:o.id;amount:o.amount", "o.id o.ts"),
    ("SELECT SUM(amount) OVER (PARTITION BY cust ORDER BY ts) AS s FROM o", "s:o.amount o.cust o.ts", ""),
    ("SELECT window_start, cust, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE o, DESCRIPTOR(ts), INTERVAL '1' HOUR)) "
     "GROUP BY window_start, window_end, cust", "window_start:o.ts;cust:o.cust;s:o.amount", "o.cust o.ts"),
    ("SELECT id, (SELECT MAX(name) FROM c WHERE c.id = o.cust) AS n FROM o", "id:o.id;n:c.name", ""),
    ("SELECT id FROM o WHERE EXISTS (SELECT 1 FROM c WHERE c.id = o.cust)", "id:o.id", "c.id o.cust"),
    ("SELECT id FROM o WHERE cust IN (SELECT id FROM c WHERE name = 'x')", "id:o.id", "c.id c.name o.cust"),
    ("SELECT o.id, c.name FROM o JOIN c FOR SYSTEM_TIME AS OF o.ts ON o.cust = c.id", "id:o.id;name:c.name", "c.id o.cust o.ts"),
    ("SELECT id, x.v FROM o CROSS JOIN UNNEST(o.status) AS x (v)", "id:o.id;v:o.status", "o.status"),
    ("SELECT id, x.v, x.n FROM o CROSS JOIN UNNEST(o.status) WITH ORDINALITY AS x (v, n)",
     "id:o.id;v:o.status;n:o.status", "o.status"),
    ("SELECT id, x.v FROM o, LATERAL TABLE(f(amount, ts)) AS x (v)", "id:o.id;v:o.amount o.ts", "o.amount o.ts"),
    ("SELECT o.id FROM o, LATERAL (SELECT name FROM c WHERE c.id = o.cust) AS l", "id:o.id", "c.id o.cust"),
    ("SELECT CASE WHEN status = 1 THEN amount ELSE 0 END AS v FROM o", "v:o.amount o.status", ""),
    ("SELECT CAST(ts AS DATE) AS d, EXTRACT(DAY FROM ts) AS e FROM o", "d:o.ts;e:o.ts", ""),
    ("SELECT COALESCE(a.amount, b.amount) AS v FROM o AS a LEFT JOIN o AS b USING (id)", "v:o.amount", "o.id"),
    ("SELECT u.x.y AS z, u.$rowtime AS r FROM unknown AS u", "z:unknown.x;r:unknown.$rowtime", ""),
    ("SELECT `$rowtime` AS r FROM o", "r:o.$rowtime", ""),
    ("SELECT id FROM o ORDER BY ts LIMIT 3", "id:o.id", "o.ts"),
    ("SELECT id, id FROM o", "id:o.id;id0:o.id", ""),
    ("SELECT id + 1, o.ts FROM o", "EXPR$0:o.id;ts:o.ts", ""),
    ("SELECT 1 AS one FROM o", "one:", ""),
    ("VALUES (1, 2)", "EXPR$0:;EXPR$1:", ""),
    ("SELECT id AS k FROM o GROUP BY 1", "k:o.id", "o.id"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "outputs", "rows"), CASES)
def test_columns_come_from(query: str, outputs: str, rows: str) -> None:
    found = lineage(query)

    assert {name: named(sources) for name, sources in found.outputs.items()} == pairs(outputs)
    assert named(found.row_inputs) == rows
    assert found.exact
    assert all(found.influences[name] >= sources for name, sources in found.outputs.items())


INFLUENCES = [
    ("SELECT COUNT(*) AS n FROM o WHERE status = 1 GROUP BY cust", "n", "o.cust o.status"),
    ("SELECT cust AS n FROM o WHERE status = 1 GROUP BY cust", "n", "o.cust"),
    ("SELECT c.name AS n FROM o LEFT JOIN c ON o.cust = c.id", "n", "c.id c.name o.cust"),
    ("SELECT o.amount AS n FROM o LEFT JOIN c ON o.cust = c.id", "n", "o.amount"),
    ("SELECT o.amount AS n FROM c RIGHT JOIN o ON o.cust = c.id", "n", "o.amount"),
    ("SELECT o.amount AS n FROM c FULL JOIN o ON o.cust = c.id", "n", "c.id o.amount o.cust"),
    ("SELECT c.name AS n FROM o, c WHERE o.cust = c.id", "n", "c.id c.name o.cust"),
    ("SELECT amount AS n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts) AS r FROM o) WHERE r = 1",
     "n", "o.amount o.id o.ts"),
    ("SELECT id AS n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts) AS r FROM o) WHERE r = 1",
     "n", "o.id"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "column", "influences"), INFLUENCES)
def test_what_can_change_a_value_in_a_row_that_stays(query: str, column: str, influences: str) -> None:
    assert named(lineage(query).influences[column]) == influences


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM unknown",
        "SELECT nowhere FROM o",
        "SELECT a FROM unknown, other",
        "SELECT x FROM f(t => TABLE o)",
        "SELECT id FROM o UNION ALL SELECT * FROM unknown",
        "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT i FROM r",
        "SELECT p FROM o MATCH_RECOGNIZE (ORDER BY ts MEASURES A.amount AS p ONE ROW PER MATCH "
        "AFTER MATCH SKIP PAST LAST ROW PATTERN (A) DEFINE A AS A.id > 1)",
    ],
)
def test_what_is_not_understood_is_said(query: str) -> None:
    assert not lineage(query).exact


def test_ambiguous_name_may_come_from_all_tables() -> None:
    assert named(lineage("SELECT a FROM unknown, other").outputs["a"]) == "other.a unknown.a"


def test_output_columns_are_those_of_the_written_table() -> None:
    assert list(lineage("SELECT id, amount FROM o", "target").outputs) == ["a", "b"]
    assert list(lineage("SELECT id, amount FROM o", "target (b, a)").outputs) == ["b", "a"]
    assert list(lineage("SELECT id AS x FROM o", "target").outputs) == ["x"]


def test_statement_without_query_has_no_lineage() -> None:
    found = column_lineage(parse("CREATE TABLE t (a INT)")[0], {})

    assert (found.outputs, found.row_inputs, found.exact) == ({}, frozenset(), True)


def test_columns_of_a_pattern_may_come_from_anything_it_reads() -> None:
    (statement,) = parse(
        "SELECT m.y, c.name FROM t MATCH_RECOGNIZE (ORDER BY ts MEASURES A.x AS y PATTERN (A) DEFINE A AS TRUE) AS m "
        "JOIN c ON c.id = m.y"
    )
    lineage = column_lineage(statement, {})

    assert not lineage.exact
    assert {("t", "*")} <= lineage.outputs["y"]
    assert lineage.outputs["name"] == {("c", "name")}
