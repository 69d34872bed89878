"""Plans as Flink 2.2.1 explains them."""

import json

import pytest

from airflow_bluegreen.core.flink_plan import hazards, parallelism


def explained(*nodes: object) -> str:
    plan = json.dumps({"nodes": nodes}, indent=2)
    return f"== Optimized Execution Plan ==\nSink\n\n== Physical Execution Plan ==\n{plan}"


def joined(kind: str, left: str, right: str) -> str:
    return f"""\
== Abstract Syntax Tree ==
LogicalSink(table=[default_catalog.default_database.out1], fields=[id, total, paid])

== Optimized Physical Plan ==
Sink(table=[default_catalog.default_database.out1], fields=[id, total, paid], changelogMode=[NONE])
+- Calc(select=[id, total, paid], changelogMode=[I,UA,D])
   +- Join(joinType=[{kind}], where=[=(id, oid)], select=[id, total, oid, paid], \
leftInputSpec=[JoinKeyContainsUniqueKey], rightInputSpec=[JoinKeyContainsUniqueKey], changelogMode=[I,UA,D])
      :- Exchange(distribution=[hash[id]], changelogMode=[{left}])
      :  +- Calc(select=[id, total], changelogMode=[UA,D])
      :     +- TableSourceScan(table=[[default_catalog, default_database, o]], fields=[id, c, total], \
changelogMode=[UA,D])
      +- Exchange(distribution=[hash[oid]], changelogMode=[{right}])
         +- GroupAggregate(groupBy=[oid], select=[oid, SUM_RETRACT(amt) AS paid], changelogMode=[I,UA,D])

== Optimized Execution Plan ==
Sink(table=[default_catalog.default_database.out1], fields=[id, total, paid])
"""


def ranked(order: str, mode: str) -> str:
    return f"""\
== Optimized Physical Plan ==
Sink(table=[default_catalog.default_database.top], fields=[pid, amt], changelogMode=[NONE])
+- Calc(select=[pid, amt], where=[<>(op, _UTF-16LE'd':VARCHAR(2147483647) CHARACTER SET "UTF-16LE")], \
changelogMode=[{mode}])
   +- Rank(strategy=[AppendFastStrategy], rankType=[ROW_NUMBER], rankRange=[rankStart=1, rankEnd=1], \
partitionBy=[pid], orderBy=[{order}], select=[pid, amt, op, lsn, lsn2], changelogMode=[{mode}])
      +- Exchange(distribution=[hash[pid]], changelogMode=[I])
"""


def test_the_widest_operator_counts() -> None:
    assert parallelism(explained({"parallelism": 2}, {"parallelism": 6}, {"parallelism": 1})) == 6


@pytest.mark.parametrize(
    "text", ["", "== Optimized Execution Plan ==\nSink", explained(), explained({"id": 1}), explained()[:-3]]
)
def test_a_plan_that_does_not_say(text: str) -> None:
    assert parallelism(text) is None
    assert list(hazards(text)) == []


@pytest.mark.parametrize(
    ("kind", "left", "right", "sides"),
    [
        ("LeftOuterJoin", "I,UA,D", "I,UA,D", "the right side"),
        ("LeftOuterJoin", "I,UB,UA,D", "I,UA,D", "the right side"),
        ("RightOuterJoin", "I,UA,D", "I,UB,UA,D", "the left side"),
        ("FullOuterJoin", "I,UA,D", "I,UA,D", "the left and the right side"),
    ],
)
def test_an_outer_join_that_is_not_told_what_was_before(kind: str, left: str, right: str, sides: str) -> None:
    (found,) = hazards(joined(kind, left, right))
    assert f"loses rows of this outer join (where =(id, oid)) when their match on {sides}" in found.what


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("InnerJoin", "I,UA,D", "I,UA,D"),
        ("LeftOuterJoin", "I,UA,D", "I,UB,UA,D"),
        ("LeftOuterJoin", "I,UA,D", "I"),
        ("RightOuterJoin", "I", "I,UA,D"),
    ],
)
def test_joins_that_are_right(kind: str, left: str, right: str) -> None:
    assert list(hazards(joined(kind, left, right))) == []


def test_a_ranking_by_two_columns_that_only_adds() -> None:
    (found,) = hazards(ranked("lsn DESC, lsn2 DESC", "I"))
    assert "(by pid, ordered by lsn DESC, lsn2 DESC)" in found.what
    assert found.remedy == "Order by one column"


@pytest.mark.parametrize(
    ("order", "mode"),
    [("lsn DESC", "I,UB,UA,D"), ("lsn DESC, lsn2 DESC", "I,UA,D"), ("PROCTIME() ASC", "I")],
)
def test_rankings_that_are_right(order: str, mode: str) -> None:
    assert list(hazards(ranked(order, mode))) == []
