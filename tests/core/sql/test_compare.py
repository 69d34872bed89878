# ruff: noqa: E501 - one line, one case
"""The semantic difference of two versions: one line, one case."""

import pytest

from airflow_bluegreen.core.model import Column
from airflow_bluegreen.core.sql import compare
from airflow_bluegreen.exceptions import SqlSyntaxError


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type="INT") for name in names)


SCHEMAS = {
    "orders": columns("id", "customer", "amount", "status", "ts"),
    "customers": columns("id", "name", "country"),
    "target": columns("id", "customer", "total"),
}
PLAIN = "INSERT INTO t SELECT id, customer, amount * 2 AS total FROM orders WHERE status = 'PAID'"
GROUPED = (
    "INSERT INTO t WITH paid AS (SELECT customer, SUM(amount) AS total FROM orders WHERE status = 'PAID' "
    "GROUP BY customer) SELECT p.customer, p.total, c.name FROM paid AS p JOIN customers AS c ON p.customer = c.id"
)
LATEST = (
    "INSERT INTO t SELECT id, customer, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) "
    "AS rn FROM orders) WHERE rn = 1"
)
WINDOWED = (
    "INSERT INTO t SELECT window_start, customer, SUM(amount) AS total FROM TABLE(TUMBLE(TABLE orders, "
    "DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, customer"
)
UNITED = "INSERT INTO t SELECT id FROM orders UNION ALL SELECT id FROM customers"

# text, what is replaced by what, then: changed, added, removed, rows may change
CASES = [
    (PLAIN, "* 2", "* 3", "total", "", "", False),
    (PLAIN, "'PAID'", "'OPEN'", "", "", "", True),
    (PLAIN, " WHERE status = 'PAID'", "", "", "", "", True),
    (PLAIN, "customer,", "customer, ts,", "", "ts", "", False),
    (PLAIN, "customer,", "", "", "", "customer", False),
    (PLAIN, "AS total", "AS amount", "", "amount", "total", False),
    (PLAIN, "SELECT", "SELECT DISTINCT", "", "", "", True),
    (PLAIN, "FROM orders", "FROM customers AS orders", "id total customer", "", "", True),
    (PLAIN, "INTO t", "INTO u", "", "", "", True),
    (PLAIN, "amount * 2", "CAST(amount AS BIGINT)", "total", "", "", False),
    (PLAIN, "FROM orders", "FROM orders /*+ OPTIONS('a'='b') */", "", "", "", True),
    (GROUPED, "'PAID'", "'OPEN'", "total", "", "", True),
    (GROUPED, "SUM", "AVG", "total", "", "", False),
    (GROUPED, "JOIN", "LEFT JOIN", "", "", "", True),
    (GROUPED, "= c.id", "= c.id AND c.country = 1", "name", "", "", True),
    (GROUPED, "c.name", "UPPER(c.name) AS name", "name", "", "", False),
    (GROUPED, "GROUP BY customer", "GROUP BY customer, status", "total", "", "", True),
    (LATEST, "DESC", "ASC", "amount customer", "", "", True),
    (LATEST, "BY id", "BY customer", "amount customer id", "", "", True),
    (LATEST, "rn = 1", "rn <= 2", "amount customer", "", "", True),
    (WINDOWED, "'1' HOUR", "'2' HOUR", "total window_start", "", "", True),
    (WINDOWED, "TUMBLE", "CUMULATE", "total window_start", "", "", True),
    (UNITED, "UNION ALL", "UNION", "", "", "", True),
    (UNITED, "customers", "customers WHERE country = 1", "", "", "", True),
    (UNITED, "SELECT id FROM customers", "SELECT name FROM customers", "id", "", "", False),
    ("INSERT INTO t SELECT * FROM orders", "*", "id", "", "", "amount customer status ts", False),
    ("INSERT INTO t SELECT * FROM nowhere", "nowhere", "nowhere WHERE x = 1", "", "", "", True),
    ("INSERT INTO t (a, b) SELECT id, amount FROM orders", "amount", "amount + 1", "b", "", "", False),
    ("INSERT INTO target SELECT id, customer, amount FROM orders", ", amount", ", amount + 1", "total", "", "", False),
    ("INSERT INTO t SELECT a, COUNT(*) AS n FROM x GROUP BY a", "FROM x", "FROM x WHERE b = 1", "n", "", "", True),
    ("INSERT INTO t SELECT a, SUM(b) OVER (ORDER BY c) AS s FROM x", "ORDER BY c", "ORDER BY d", "s", "", "", False),
    ("INSERT INTO t SELECT a FROM x ORDER BY b LIMIT 10", "10", "20", "", "", "", True),
    ("INSERT INTO t SELECT a.i, b.j FROM a, b WHERE a.i = b.i", "a.i = b.i", "a.i = b.k", "j", "", "", True),
    ("INSERT INTO t SELECT a.i, b.j FROM a JOIN b FOR SYSTEM_TIME AS OF a.t ON a.i = b.i", "a.t", "a.u", "j", "", "", True),
    ("INSERT INTO t SELECT u.x FROM a CROSS JOIN UNNEST(a.y) AS u (x)", "a.y", "a.z", "x", "", "", True),
    ("INSERT INTO t SELECT a.i FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.i = a.i)", "b.i", "b.j", "", "", "", True),
    ("INSERT INTO t SELECT (SELECT MAX(x) FROM b) AS m FROM a", "MAX", "MIN", "m", "", "", False),
    ("CREATE VIEW v (x, y) AS SELECT a, b FROM c", "b FROM", "b + 1 FROM", "y", "", "", False),
    ("CREATE TABLE t (a INT, b STRING)", "INT", "BIGINT", "a", "", "", False),
    ("CREATE TABLE t (a INT, b STRING)", "STRING", "STRING NOT NULL, c INT", "b", "c", "", False),
    ("CREATE TABLE t (a INT, b STRING)", ", b STRING", "", "", "", "b", False),
    ("CREATE TABLE t (a INT, c AS a * 2)", "a * 2", "a * 3", "c", "", "", False),
    ("CREATE TABLE t (a INT METADATA FROM 'x')", "'x'", "'y'", "a", "", "", False),
    ("CREATE TABLE t (a INT METADATA)", "METADATA", "METADATA VIRTUAL", "a", "", "", False),
    ("CREATE TABLE t (a INT, b INT, PRIMARY KEY (a) NOT ENFORCED)", "(a) NOT", "(a, b) NOT", "", "", "", True),
    ("CREATE TABLE t (a INT) WITH ('changelog.mode' = 'append')", "append", "upsert", "", "", "", True),
    ("CREATE TABLE t (a INT) WITH ('kafka.retention.time' = '1 d')", "1 d", "2 d", "", "", "", False),
    ("CREATE TABLE t (a INT, WATERMARK FOR a AS a)", "AS a)", "AS a - 1)", "", "", "", False),
    ("CREATE TABLE t (a INT) DISTRIBUTED INTO 2 BUCKETS", "2", "3", "", "", "", False),
    ("CREATE TABLE t (a INT COMMENT 'x')", "'x'", "'y'", "", "", "", False),
    ("CREATE TABLE t (a INT, b INT)", "a INT, b INT", "b INT, a INT", "", "", "", False),
    ("CREATE TABLE t (a INT) AS SELECT x AS a FROM y", "SELECT x", "SELECT z", "a", "", "", False),
    ("SET 'a' = 'b'", "'b'", "'c'", "", "", "", True),
    ("CREATE VIEW v AS SELECT a FROM b", "CREATE VIEW v AS", "INSERT INTO v", "", "", "", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new", "changed", "added", "removed", "rows"), CASES)
def test_semantic(text: str, old: str, new: str, changed: str, added: str, removed: str, rows: bool) -> None:
    assert old in text

    change = compare(text, text.replace(old, new), columns=SCHEMAS)

    assert change.change.value == "semantic"
    assert sorted(change.changed) == sorted(changed.split())
    assert sorted(change.added) == sorted(added.split())
    assert sorted(change.removed) == sorted(removed.split())
    assert change.rows_may_change is rows
    assert change.reasons


COSMETIC = [
    (PLAIN, PLAIN.replace("SELECT", "select").replace("FROM", "\r\n  from") + " -- done"),
    (PLAIN, PLAIN.replace("orders", "`orders`")),
    (PLAIN, PLAIN.replace("amount * 2", "(amount * 2)")),
    (PLAIN, PLAIN.replace("status = 'PAID'", "((status) = ('PAID'))")),
    ("SELECT a + b + c FROM t", "SELECT (a + b) + c FROM t"),
    ("SELECT a AND b OR c FROM t", "SELECT ((a AND b) OR c) FROM t"),
    ("CREATE TABLE t (a INT) WITH ('a' = 'b')", "create table t (\n a int\n) with ('a'='b');"),
    (GROUPED, GROUPED.replace("SUM(", "sum( ").replace(" AS p ", " as p ")),
]


@pytest.mark.parametrize(("old", "new"), COSMETIC)
def test_cosmetic(old: str, new: str) -> None:
    change = compare(old, new)

    assert change.change.value == "cosmetic"
    assert not change.rows_may_change
    assert change.reasons == change.changed == ()


NOT_COSMETIC = [
    ("SELECT a + b + c FROM t", "SELECT a + (b + c) FROM t"),
    ("SELECT a OR b AND c FROM t", "SELECT (a OR b) AND c FROM t"),
    ("SELECT 'a' FROM t", "SELECT 'A' FROM t"),
    ("SELECT Id FROM t", "SELECT id FROM t"),
    ("SELECT NOT a = b FROM t", "SELECT (NOT a) = b FROM t"),
    ("SELECT a FROM t WHERE x IN (1, 2)", "SELECT a FROM t WHERE x IN ((1, 2))"),
    ("SELECT f(a, b) FROM t", "SELECT f((a, b)) FROM t"),
    ("INSERT INTO t (a) SELECT 1", "INSERT INTO t SELECT 1"),
    ("CREATE TABLE t (a DECIMAL(1, 2))", "CREATE TABLE t (a DECIMAL(1, 3))"),
]


@pytest.mark.parametrize(("old", "new"), NOT_COSMETIC)
def test_not_cosmetic(old: str, new: str) -> None:
    assert compare(old, new).change.value == "semantic"


def test_none_is_the_same_bytes() -> None:
    assert compare(PLAIN, PLAIN).change.value == "none"


def test_renamed_aliases_change_no_data() -> None:
    change = compare(GROUPED, GROUPED.replace("p.", "q.").replace("AS p", "AS q"), columns=SCHEMAS)

    assert change.change.value == "semantic"
    assert not change.rows_may_change
    assert change.changed == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (PLAIN, PLAIN.replace("* 2", "* 3"), "column total changed: amount * 2 → amount * 3"),
        (PLAIN, PLAIN.replace("'PAID'", "'X'"), "filter changed: status = 'PAID' → status = 'X'"),
        (PLAIN, PLAIN.replace(" WHERE status = 'PAID'", ""), "filter removed: status = 'PAID'"),
        (GROUPED, GROUPED.replace("SUM", "AVG"), "WITH paid: column total changed: SUM(amount) → AVG(amount)"),
        (
            GROUPED,
            GROUPED.replace("JOIN", "LEFT JOIN"),
            "join 1 with customers changed: ON p.customer = c.id → LEFT ON p.customer = c.id",
        ),
        (UNITED, UNITED.replace(" ALL", ""), "set operation changed: UNION ALL of 2 queries → UNION of 2 queries"),
        (PLAIN, PLAIN.replace("* 2", "* CAST(2 AS INT)"), "column total changed: amount * 2 → amount * CAST(2 AS INT)"),
    ],
)  # fmt: skip
def test_reasons_say_what_changed(old: str, new: str, reason: str) -> None:
    assert reason in compare(old, new, columns=SCHEMAS).reasons


def test_what_cannot_be_followed_may_change_everything() -> None:
    old = "INSERT INTO t SELECT a FROM f(x => TABLE y) AS q"

    change = compare(old, old.replace(" q", " r"))

    assert change.rows_may_change
    assert change.reasons[0].startswith("may change: ")


@pytest.mark.parametrize("text", ["", "SELECT 1; SELECT 2", "selec 1"])
def test_one_statement_each(text: str) -> None:
    with pytest.raises(SqlSyntaxError):
        compare("SELECT 1", text)


SET = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT x, y FROM t; INSERT INTO b SELECT z FROM t; END"
MATCH = (
    "SELECT y FROM t MATCH_RECOGNIZE (ORDER BY ts MEASURES A.x AS y PATTERN (A B) WITHIN INTERVAL '1' HOUR "
    "DEFINE A AS A.x > 1) AS m"
)


@pytest.mark.parametrize(
    ("old", "new", "columns", "rows"),
    [
        (SET, SET.replace("x, y", "x, y + 1 AS y"), "y", False),
        (SET, SET.replace("z FROM t", "z FROM t WHERE z > 1"), "", True),
        (SET, SET.replace("INSERT INTO b SELECT z FROM t; ", ""), "", True),
        ("CREATE MATERIALIZED TABLE m AS SELECT a, b FROM t", "CREATE MATERIALIZED TABLE m AS SELECT a, b + 1 AS b FROM t", "b", False),
        ("CREATE TABLE m AS SELECT a FROM t", "CREATE TABLE m AS SELECT a FROM t WHERE a > 1", "", True),
        ("CREATE TABLE a LIKE b (INCLUDING ALL)", "CREATE TABLE a LIKE b (EXCLUDING ALL)", "", True),
        ("INSERT INTO m SELECT a FROM t", "INSERT OVERWRITE m SELECT a FROM t", "", True),
        ("INSERT INTO m SELECT a FROM t ON CONFLICT DO NOTHING", "INSERT INTO m SELECT a FROM t ON CONFLICT DO ERROR", "", True),
        ("CREATE FUNCTION f AS 'a.B'", "CREATE FUNCTION f AS 'a.C'", "", True),
        ("CREATE MODEL m WITH ('a' = '1')", "CREATE MODEL m WITH ('a' = '2')", "", True),
        ("CREATE MODEL m WITH ('a' = '1') AS SELECT a FROM t", "CREATE MODEL m WITH ('a' = '2') AS SELECT a FROM t", "", True),
        ("ALTER TABLE t ADD a INT", "ALTER TABLE t ADD a STRING", "", True),
        ("UPDATE t SET a = 1 WHERE b = 1", "UPDATE t SET a = 2 WHERE b = 1", "a", False),
        ("DELETE FROM t WHERE b = 1", "DELETE FROM t WHERE b = 2", "", True),
        ("SELECT l FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a))", "SELECT l FROM ML_PREDICT(TABLE t, MODEL n, DESCRIPTOR(a))", "l", True),
        ("SELECT CASE a WHEN 1, 2 THEN 'x' END AS c FROM t", "SELECT CASE a WHEN 1 OR 2 THEN 'x' END AS c FROM t", "c", False),
        ("SELECT X'00' AS c FROM t", "SELECT '00' AS c FROM t", "c", False),
        ("SELECT a, SUM(b) AS s FROM t GROUP BY ROLLUP (a)", "SELECT a, SUM(b) AS s FROM t GROUP BY CUBE (a)", "a s", True),
        (MATCH, MATCH.replace("B)", "B+)"), "y", True),
    ],
)  # fmt: skip
def test_every_kind_of_statement_is_compared(old: str, new: str, columns: str, rows: bool) -> None:
    change = compare(old, new)

    assert change.change.value == "semantic"
    assert (" ".join(change.changed), change.rows_may_change) == (columns, rows)


def test_limits_of_a_pattern_may_change_everything() -> None:
    change = compare(MATCH, MATCH.replace("'1' HOUR", "'2' HOUR"))

    assert change.rows_may_change
    assert change.reasons[0].startswith("may change: ")


def test_materialized_table_says_what_changed_in_its_refresh() -> None:
    old = "CREATE MATERIALIZED TABLE m FRESHNESS = INTERVAL '1' DAY REFRESH_MODE = FULL AS SELECT a FROM t"
    change = compare(old, old.replace("'1'", "'2'").replace("FULL", "CONTINUOUS"))

    assert "freshness changed: INTERVAL '1' DAY → INTERVAL '2' DAY" in change.reasons
    assert "refresh_mode changed: FULL → CONTINUOUS" in change.reasons
    assert change.rows_may_change
