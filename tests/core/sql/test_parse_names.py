# ruff: noqa: E501 - one line, one case
"""Which names of a query are tables that it reads. One line, one case: someone who knows Flink can add to them."""

import pytest

from airflow_bluegreen.core.sql import parse

READS = [
    # what is read
    ("SELECT * FROM a", "a"),
    ("SELECT * FROM cat.db.a", "cat.db.a"),
    ("SELECT * FROM `cat`.`my db`.`a`", "cat.my db.a"),
    ("SELECT * FROM a, b, c", "a b c"),
    ("SELECT * FROM (a CROSS JOIN b), c", "a b c"),
    ("SELECT * FROM a JOIN (b JOIN c ON b.i = c.i) ON a.i = b.i", "a b c"),
    ("SELECT * FROM a LEFT JOIN b ON a.i = b.i RIGHT JOIN c USING (i) FULL OUTER JOIN d ON TRUE", "a b c d"),
    ("SELECT * FROM a NATURAL JOIN b", "a b"),
    ("SELECT * FROM a UNION ALL SELECT * FROM b UNION SELECT * FROM c", "a b c"),
    ("SELECT * FROM a INTERSECT SELECT * FROM b EXCEPT SELECT * FROM c", "a b c"),
    ("(SELECT * FROM a) UNION ALL (SELECT * FROM b)", "a b"),
    ("SELECT * FROM (SELECT * FROM (SELECT * FROM a) AS x) AS y", "a"),
    ("SELECT (SELECT max(i) FROM b) FROM a", "b a"),
    ("SELECT * FROM a WHERE i IN (SELECT i FROM b) AND EXISTS (SELECT 1 FROM c WHERE c.i = a.i)", "a b c"),
    ("SELECT * FROM a WHERE i NOT IN (SELECT i FROM b) OR i > ALL (SELECT i FROM c)", "a b c"),
    ("SELECT CASE WHEN EXISTS (SELECT 1 FROM b) THEN 1 ELSE 2 END FROM a", "b a"),
    ("SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE))", "a"),
    ("SELECT * FROM TABLE(HOP(DATA => TABLE db.a, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '1' MINUTE))", "db.a"),
    ("SELECT * FROM TABLE(CUMULATE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)) w", "a"),
    ("SELECT * FROM TABLE(SESSION(TABLE a PARTITION BY (k, l), DESCRIPTOR(ts), INTERVAL '1' MINUTE))", "a"),
    ("SELECT * FROM f(input => TABLE a PARTITION BY k ORDER BY ts, n => 3)", "a"),
    ("SELECT * FROM ML_PREDICT(TABLE a, MODEL_NAME, DESCRIPTOR(x))", "a"),
    ("SELECT * FROM a JOIN b FOR SYSTEM_TIME AS OF a.ts AS d ON a.i = d.i", "a b"),
    ("SELECT * FROM a /*+ OPTIONS('scan.startup.mode'='earliest-offset') */ AS x JOIN b ON x.i = b.i", "a b"),
    ("SELECT * FROM a MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES X.p AS p ONE ROW PER MATCH "
     "AFTER MATCH SKIP PAST LAST ROW PATTERN (X+ Y) DEFINE X AS X.p > 1) AS m", "a"),
    ("SELECT * FROM a GROUP BY GROUPING SETS ((x), (y), ())", "a"),
    ("WITH c AS (SELECT * FROM a) SELECT * FROM c JOIN b ON c.i = b.i", "a b"),
    # common table expressions: a table of the same name is read where theirs is not known yet
    ("WITH a AS (SELECT * FROM a WHERE x = 1) SELECT * FROM a", "a"),
    ("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a, b", "b"),
    ("WITH RECURSIVE a AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM a) SELECT * FROM a", ""),
    ("WITH a AS (SELECT 1 AS i) SELECT * FROM (WITH b AS (SELECT * FROM a) SELECT * FROM b) AS x, b", "b"),
    ("WITH a AS (SELECT 1 AS i) SELECT * FROM db.a", "db.a"),
    ("WITH A AS (SELECT 1 AS i) SELECT * FROM a", "a"),
    ("SELECT * FROM x WHERE i IN (WITH a AS (SELECT * FROM b) SELECT i FROM a)", "x b"),
    ("WITH c (i, j) AS (SELECT * FROM a) SELECT i FROM c", "a"),
    # what only looks like a table
    ("SELECT EXTRACT(DAY FROM int_3) FROM a", "a"),
    ("SELECT TRIM(BOTH ' ' FROM int_3), SUBSTRING(int_3 FROM 2 FOR 3) FROM a", "a"),
    ("SELECT * FROM a WHERE x IS DISTINCT FROM int_3 AND y IS NOT DISTINCT FROM int_4", "a"),
    ("SELECT * FROM a CROSS JOIN UNNEST(int_3) AS u (x)", "a"),
    ("SELECT * FROM a CROSS JOIN UNNEST(a.items) WITH ORDINALITY AS u (x, n)", "a"),
    ("SELECT * FROM a, LATERAL TABLE(int_3(a.x)) AS t (y)", "a"),
    ("SELECT * FROM a LEFT JOIN LATERAL TABLE(f(a.x)) AS int_3 (y) ON TRUE", "a"),
    ("SELECT int_3, a.int_3, a.int_3.x FROM a", "a"),
    ("SELECT 'FROM int_3', x FROM a -- FROM int_3\n/* JOIN int_3 */ // FROM int_3", "a"),
    ("SELECT x AS int_3 FROM a AS int_4 ORDER BY int_3", "a"),
    ("SELECT sum(x) OVER int_3 FROM a WINDOW int_3 AS (PARTITION BY y ORDER BY z)", "a"),
    ("SELECT x FROM a, LATERAL (SELECT * FROM b WHERE b.i = a.i) AS l", "a b"),
    ("SELECT `FROM`.x FROM `FROM`", "FROM"),
    ("VALUES (1, 'a'), (2, 'b')", ""),
]  # fmt: skip


@pytest.mark.parametrize(("query", "reads"), READS)
def test_reads(query: str, reads: str) -> None:
    wrapped = f"INSERT INTO target {query}"

    (statement,) = parse(wrapped)

    assert statement.inputs == (("cat.my db.a",) if "my db" in reads else tuple(reads.split()))
    assert statement.outputs == ("target",)
    for reference in statement.references:
        written = statement.sql[reference.start : reference.end].strip("`")
        assert reference.name.endswith(written)


REFERENCES = [
    ("SELECT int_3.id FROM int_3", 2),
    ("SELECT int_3.id, i.id FROM int_3, int_3 AS i", 3),
    ("SELECT int_3.* FROM int_3", 2),
    ("SELECT db.int_3.id, int_3.id FROM db.int_3", 3),
    ("SELECT int_3.id FROM other AS int_3", 0),
    ("SELECT int_3.id FROM other, LATERAL TABLE(f(x)) AS int_3 (id)", 0),
    ("SELECT a.int_3.id FROM a", 0),
    ("SELECT int_3.id FROM int_3 AS x JOIN int_3 ON int_3.id = x.id", 4),
    ("WITH int_3 AS (SELECT 1 AS id) SELECT int_3.id FROM int_3", 0),
    ("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM int_3 WHERE int_3.id = a.id)", 2),
    ("SELECT x FROM int_3 WHERE EXISTS (SELECT 1 FROM a WHERE int_3.id = a.id)", 2),
    ("SELECT x FROM int_3 WHERE EXISTS (SELECT 1 FROM a AS int_3 WHERE int_3.id = 1)", 1),
    ("SELECT /*+ BROADCAST(int_3) */ * FROM int_3 JOIN b ON int_3.i = b.i", 3),
    ("SELECT /*+ BROADCAST(int_3) */ * FROM b AS int_3", 0),
    ("SELECT /*+ STATE_TTL('int_3' = '1d', 'b' = '2d') */ * FROM int_3 JOIN b ON b.i = int_3.i", 3),
    ("SELECT /*+ LOOKUP('table'='int_3', 'retry-predicate'='int_3') */ * FROM int_3", 2),
    ("SELECT * FROM int_3 /*+ OPTIONS('int_3'='int_3') */", 1),
    ("SELECT * FROM int_3 MATCH_RECOGNIZE (ORDER BY ts MEASURES int_3.p AS p ONE ROW PER MATCH "
     "AFTER MATCH SKIP PAST LAST ROW PATTERN (int_3+) DEFINE int_3 AS int_3.p > 1)", 1),
]  # fmt: skip


@pytest.mark.parametrize(("query", "count"), REFERENCES)
def test_places_that_name_the_table(query: str, count: int) -> None:
    (statement,) = parse(query)

    named = [ref for ref in statement.references if ref.name.rpartition(".")[2] == "int_3"]

    assert len(named) == count
    assert {statement.sql[ref.start : ref.end] for ref in named} <= {"int_3"}
