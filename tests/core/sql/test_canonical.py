# ruff: noqa: E501 - one line, one case
import pytest

from airflow_bluegreen.core.sql import fingerprint, quote
from airflow_bluegreen.exceptions import SqlSyntaxError

SAME = [
    ("SELECT a FROM t", "select a\n  from t;"),
    ("SELECT a FROM t", "SELECT /* x */ a FROM t -- y"),
    ("SELECT a FROM t", "SELECT `a` FROM `t`"),
    ("SELECT COUNT(*) FROM t", "SELECT count( * ) FROM t"),
    ("SELECT a FROM t WHERE a != 1", "SELECT a FROM t WHERE a <> 1"),
    ("CREATE TABLE t (a INT, PRIMARY KEY (a) NOT ENFORCED)", "create table t (a int, primary key(a) not enforced)"),
    ("SELECT a FROM t ORDER BY a DESC NULLS LAST", "SELECT a FROM t ORDER BY a desc nulls last"),
    ("SELECT INTERVAL '5' MINUTES", "SELECT interval '5' minutes"),
    ("SELECT 'it''s'", "SELECT  'it''s'"),
    ("SELECT 1e5", "SELECT 1E5"),
]  # fmt: skip
DIFFERENT = [
    ("SELECT a FROM t", "SELECT A FROM t"),
    ("SELECT a FROM t", "SELECT a FROM T"),
    ("SELECT 'a' FROM t", "SELECT 'A' FROM t"),
    ("SELECT 'a' FROM t", "SELECT a FROM t"),
    ("SELECT 'a b' FROM t", "SELECT 'a  b' FROM t"),
    ("SELECT `desc` FROM t", "SELECT `DESC` FROM t"),
    ("SELECT a, key FROM t", "SELECT a, KEY FROM t"),
    ("SELECT t.timestamp FROM t", "SELECT t.TIMESTAMP FROM t"),
    ("INSERT INTO t (a) SELECT 1", "INSERT INTO T (a) SELECT 1"),
    ("CREATE TABLE t (a INT)", "CREATE TABLE T (a INT)"),
    ("CREATE TABLE IF NOT EXISTS t (a INT)", "CREATE TABLE IF NOT EXISTS T (a INT)"),
    ("SELECT /*+ BROADCAST(a) */ 1", "SELECT 1"),
    ("SELECT ab", "SELECT a b"),
    ("SELECT 'select'", "SELECT SELECT"),
    ("SELECT `date`", "SELECT date"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_does_not_count(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_counts(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_fingerprint_never_changes_as_running_jobs_carry_it() -> None:
    text = "INSERT INTO `t` SELECT a, count(*) FROM s /* c */ WHERE x = 'y' GROUP BY a;"

    assert fingerprint(text) == "138ca836152ddd99"


def test_open_string_is_refused() -> None:
    with pytest.raises(SqlSyntaxError):
        fingerprint("SELECT 'a")


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("int_3", "int_3"),
        ("Orders", "Orders"),
        ("timestamp", "`timestamp`"),
        ("VALUE", "`VALUE`"),
        ("a b", "`a b`"),
        ("$rowtime", "`$rowtime`"),
        ("3x", "`3x`"),
        ("a-b", "`a-b`"),
        ("a`b", "`a``b`"),
        ("größe", "`größe`"),
        ("", "``"),
    ],
)
def test_quote(name: str, quoted: str) -> None:
    assert quote(name) == quoted
