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
