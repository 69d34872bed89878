"""Nothing that is fed to the front-end crashes it, hangs it, or is passed over in silence."""

import gc
import time
from contextlib import suppress
from itertools import islice

import pytest

from airflow_bluegreen.core.sql import fingerprint, parse, rename
from airflow_bluegreen.core.sql.limits import MOST_RELATIONS
from airflow_bluegreen.exceptions import SqlSyntaxError
from tests.core.sql.cases import cases
from tests.core.sql.fuzzing import refusal_of, texts

DEEP = 2_000


@pytest.mark.parametrize("seed", range(5))
def test_random_and_damaged_texts_are_understood_or_refused(seed: int) -> None:
    for text in islice(texts(seed, [case.sql for case in cases()]), 100):
        refusal = refusal_of(text)

        assert refusal is None or (refusal.where is not None and refusal.where.line is not None)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * DEEP + "a" + ")" * DEEP + " FROM t",
        "SELECT " + "CASE WHEN a THEN " * DEEP + "c" + " END" * DEEP + " FROM t",
        "SELECT " + "CASE WHEN " * DEEP + "c" + " THEN 1 END" * DEEP + " FROM t",
        "SELECT " + "NOT " * DEEP + "a FROM t",
        "SELECT " + "- " * DEEP + "a FROM t",
        "SELECT a FROM t " + "JOIN t " * DEEP,
        "SELECT a FROM t " + "JOIN t " * DEEP + "ON TRUE " * DEEP,
        "SELECT a FROM t" + ", t" * DEEP,
        "SELECT * FROM (" * DEEP + "SELECT 1" + ")" * DEEP,
        "WITH q AS (" * DEEP + "SELECT 1" + ") SELECT * FROM q" * DEEP,
        "CREATE TABLE t (a " + "ARRAY<" * DEEP + "INT" + ">" * DEEP + ")",
        "CREATE TABLE t (a " + "ROW<x " * DEEP + "INT" + ">" * DEEP + ")",
        "SELECT a" + "[" * DEEP + "1" + "]" * DEEP,
        "EXPLAIN " * DEEP + "SELECT 1",
        "SELECT * FROM t " + "UNPIVOT (a FOR b IN (c)) " * DEEP,
        "SELECT * FROM t " + "UNPIVOT (a FOR b IN (c)) AS u " * DEEP,
        "SELECT * FROM a JOIN t " + "MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS TRUE) AS m " * DEEP,
        "SELECT " + "{fn UCASE(" * DEEP + "a" + ")}" * DEEP + " FROM t",
        "SELECT " + "INTERVAL (" * DEEP + "a" + ") DAY" * DEEP + " FROM t",
        "VALUES " + "ROW(" * DEEP + "1" + ")" * DEEP,
        "SELECT * FROM (VALUES " * DEEP + "1" + ")" * DEEP,
        "SELECT JSON_OBJECT('a': " * DEEP + "a" + ")" * DEEP + " FROM t",
        "SELECT SUM(a) " + "WITHIN DISTINCT (b) " * DEEP + "FROM t",
    ],
    ids=lambda text: text[:24],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(SqlSyntaxError) as refused:
        parse(text, "deep.sql")

    assert str(refused.value).startswith("deep.sql:1:")


def test_a_set_operation_over_what_is_no_query_fails_in_no_build_of_sqlglot() -> None:
    assert refusal_of("WITH q AS (TABLE orders) (-E q) UN UNION ALL TABLE orders;") is None


@pytest.mark.parametrize("clause", ["PATTERN", "DEFINE"])
def test_a_pattern_that_does_not_say_what_it_looks_for_is_refused(clause: str) -> None:
    """sqlglot lets it pass, and stumbles when it writes the tree."""
    whole = "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY a PATTERN (A) DEFINE A AS TRUE)"
    part = {"PATTERN": "PATTERN (A)", "DEFINE": "DEFINE A AS TRUE"}[clause]
    assert refusal_of(whole) is None
    refusal = refusal_of(whole.replace(part, ""))
    assert refusal is not None
    assert str(refusal).startswith(f"f.sql:1:17: a MATCH_RECOGNIZE without {clause}")


@pytest.mark.parametrize(
    "text",
    [
        " UNION ALL ".join(["SELECT a FROM t"] * DEEP),
        "SELECT a FROM t WHERE " + " AND ".join(["a = 1"] * DEEP),
        "SELECT " + " || ".join(["a"] * DEEP) + " FROM t",
        "SELECT a FROM t WHERE a IN (" + ", ".join(map(str, range(DEEP))) + ")",
        "SELECT a FROM t" + ", t" * (MOST_RELATIONS - 1),
        "WITH "
        + ", ".join(f"q{at} AS (SELECT a FROM {f'q{at - 1}' if at else 't'})" for at in range(500))
        + " SELECT a FROM q499",
    ],
    ids=lambda text: text[:24],
)
def test_what_is_only_long_is_understood(text: str) -> None:
    assert parse(text)[0].inputs == ("t",)
    assert rename(text, {"t": "u"}) != text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT CAST(a AS " + "ARRAY<" * DEEP + "INT" + ">" * DEEP + ") FROM t",
        "SELECT a" + ".b" * DEEP + " FROM t",
    ],
    ids=["types", "fields"],
)
def test_comparing_and_following_refuse_what_is_nested_too_deeply(text: str) -> None:
    refusal = refusal_of(text)

    assert refusal is not None
    assert "nested too deeply" in str(refusal)


@pytest.mark.parametrize(
    "piece", ["(", "'", "`", "/*", "--", ";", "a.", "SELECT 1;", "e'\\", "CASE ", "JOIN t "]
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    """Ten times the text may not take a hundred times as long; generous, as other programs run beside."""
    short, long = (_seconds(piece * (size // len(piece))) for size in (4_000, 40_000))

    assert long < max(0.5, short * 40)


def _seconds(text: str) -> float:
    """The best of three, without the collector, which looks at whatever earlier tests left behind."""
    gc.disable()
    try:
        times = []
        for _ in range(3):
            begin = time.process_time()
            with suppress(SqlSyntaxError):
                parse(text)
            times.append(time.process_time() - begin)
        return min(times)
    finally:
        gc.enable()


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(SqlSyntaxError, match="Split the file"):
        fingerprint("a " * 500_001)


def test_chance_is_the_same_every_time() -> None:
    seeds = [case.sql for case in cases()]

    assert list(islice(texts(3, seeds), 20)) == list(islice(texts(3, seeds), 20))
