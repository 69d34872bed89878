# ruff: noqa: E501 - one line, one case
import pytest

from airflow_bluegreen.core.sql import parse, rename, rename_statement
from airflow_bluegreen.exceptions import ProjectError, SqlSyntaxError


@pytest.mark.parametrize(
    ("before", "renames", "after"),
    [
        ("SELECT * FROM int_3", {"int_3": "int_3_v2"}, "SELECT * FROM int_3_v2"),
        ("SELECT * FROM INT_3", {"int_3": "int_3_v2"}, "SELECT * FROM INT_3"),
        ("SELECT * FROM `int_3`", {"int_3": "int_3_v2"}, "SELECT * FROM `int_3_v2`"),
        ("SELECT * FROM int_3", {"int_3": "my table"}, "SELECT * FROM `my table`"),
        ("SELECT * FROM int_3", {"int_3": "select"}, "SELECT * FROM `select`"),
        ("SELECT * FROM int_3", {"int_3": "a`b"}, "SELECT * FROM `a``b`"),
        ("SELECT * FROM a.b.int_3", {"int_3": "x"}, "SELECT * FROM a.b.x"),
        ("SELECT * FROM b.int_3, c.int_3", {"b.int_3": "x"}, "SELECT * FROM b.x, c.int_3"),
        ("SELECT int_3.id FROM db.int_3", {"db.int_3": "x"}, "SELECT x.id FROM db.x"),
        ("SELECT * FROM a, b", {"a": "b", "b": "a"}, "SELECT * FROM b, a"),
        ("SELECT * FROM t_v2, t", {"t": "t_v2", "t_v2": "t_v3"}, "SELECT * FROM t_v3, t_v2"),
        ("SELECT 'a', a, x.a FROM a AS x -- a\n", {"a": "b"}, "SELECT 'a', a, x.a FROM b AS x -- a\n"),
        ("\ufeffSELECT\t*\r\nFROM a;\r\n-- end", {"a": "b"}, "\ufeffSELECT\t*\r\nFROM b;\r\n-- end"),
        ("CREATE TABLE a (a INT) WITH ('a'='a')", {"a": "b"}, "CREATE TABLE b (a INT) WITH ('a'='a')"),
        ("CREATE TABLE a LIKE b", {"a": "c", "b": "d"}, "CREATE TABLE c LIKE d"),
        ("INSERT INTO a SELECT * FROM a", {"a": "b"}, "INSERT INTO b SELECT * FROM b"),
        ("WITH a AS (SELECT * FROM a) SELECT a.x FROM a", {"a": "b"}, "WITH a AS (SELECT * FROM b) SELECT a.x FROM a"),
        (
            "SELECT /*+ STATE_TTL('a'='1d'), BROADCAST(a, b) */ * FROM a JOIN c AS b ON TRUE",
            {"a": "x", "b": "y"},
            "SELECT /*+ STATE_TTL('x'='1d'), BROADCAST(x, b) */ * FROM x JOIN c AS b ON TRUE",
        ),
        ("SELECT * FROM a", {}, "SELECT * FROM a"),
        ("-- nothing", {"a": "b"}, "-- nothing"),
    ],
)  # fmt: skip
def test_only_table_names_change(before: str, renames: dict[str, str], after: str) -> None:
    assert rename(before, renames) == after


def test_statement_is_renamed_by_itself() -> None:
    _, second = parse("SET 'a' = 'a';\n INSERT INTO a SELECT * FROM b;")

    assert rename_statement(second, {"a": "c", "b": "d"}) == "INSERT INTO c SELECT * FROM d"


@pytest.mark.parametrize(
    "text",
    [
        "WITH b AS (SELECT 1 AS i) SELECT * FROM a, b",
        "SELECT a.i, b.i FROM a, c AS b",
        "WITH b AS (SELECT * FROM x) SELECT * FROM (SELECT * FROM a) AS q",
    ],
)
def test_new_name_that_means_something_else_there_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match="the new name b is already"):
        rename(text, {"a": "b"}, "f.sql")


def test_text_that_is_not_understood_is_refused() -> None:
    with pytest.raises(SqlSyntaxError, match=r"f\.sql:1:1"):
        rename("selec 1", {"a": "b"}, "f.sql")


def test_dots_in_a_quoted_name_are_part_of_it() -> None:
    text = "INSERT INTO `shop.orders` SELECT `shop.orders`.id FROM cat.`shop.orders` JOIN orders ON TRUE"

    assert rename(text, {"orders": "orders_v2"}) == text.replace("JOIN orders", "JOIN orders_v2")
    assert rename(text, {"shop.orders": "shop.orders_v2"}) == text.replace("shop.orders", "shop.orders_v2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE a RENAME TO b", "ALTER TABLE a2 RENAME TO b2"),
        ("ALTER TABLE a RENAME b TO c", "ALTER TABLE a2 RENAME b TO c"),
        ("ALTER TABLE b ADD a INT", "ALTER TABLE b2 ADD a INT"),
        ("DROP TABLE IF EXISTS cat.a", "DROP TABLE IF EXISTS cat.a2"),
        ("DROP FUNCTION a", "DROP FUNCTION a"),
        ("DESCRIBE MODEL a", "DESCRIBE MODEL a"),
        ("DESCRIBE a", "DESCRIBE a2"),
        ("CALL a.b(a => 'a')", "CALL a.b(a => 'a')"),
        ("SHOW COLUMNS FROM a LIKE 'a'", "SHOW COLUMNS FROM a2 LIKE 'a'"),
        ("SELECT * FROM ML_PREDICT(TABLE a, MODEL a, DESCRIPTOR(b))", "SELECT * FROM ML_PREDICT(TABLE a2, MODEL a, DESCRIPTOR(b))"),
        ("UPDATE a SET b = a.b WHERE b IN (SELECT a FROM b)", "UPDATE a2 SET b = a2.b WHERE b IN (SELECT a FROM b2)"),
        ("DELETE FROM a AS b WHERE b.a = 1", "DELETE FROM a2 AS b WHERE b.a = 1"),
        ("CREATE MATERIALIZED TABLE a WITH ('a' = 'b') AS SELECT a FROM b", "CREATE MATERIALIZED TABLE a2 WITH ('a' = 'b') AS SELECT a FROM b2"),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT * FROM b; INSERT INTO b SELECT b.a FROM b; END",
         "EXECUTE STATEMENT SET BEGIN INSERT INTO a2 SELECT * FROM b2; INSERT INTO b2 SELECT b2.a FROM b2; END"),
        ("SELECT /*+ STATE_TTL('a' = '1d'), BROADCAST(b, a) */ a.x FROM a JOIN c AS b ON a.a = b.b",
         "SELECT /*+ STATE_TTL('a2' = '1d'), BROADCAST(b, a2) */ a2.x FROM a2 JOIN c AS b ON a2.a = b.b"),
    ],
)  # fmt: skip
def test_tables_of_every_statement_are_renamed(text: str, expected: str) -> None:
    assert rename(text, {"a": "a2", "b": "b2"}) == expected
