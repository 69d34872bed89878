"""What statements compare: for join partners, constants and the order of duplicates."""

import pytest

from airflow_bluegreen.core.model import Column
from airflow_bluegreen.core.sql import parse, predicates

SCHEMAS = {
    "a": tuple(
        Column(name=name, type="INT") for name in ("k", "x", "y", "op", "name", "n", "s", "id", "part", "lsn")
    ),
    "b": (Column(name="k", type="INT"),),
}


def found(sql: str) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Equal columns, (column, operator, constant), and (partition, order) of a query."""
    one = predicates(parse(f"INSERT INTO t {sql}", "a.sql")[0], SCHEMAS)

    def named(columns: frozenset[tuple[str, str]]) -> str:
        return " ".join(sorted(".".join(column) for column in columns))

    return (
        [(named(each.left), named(each.right)) for each in one.equalities],
        [(named(each.columns), each.operator, each.text) for each in one.constants],
        [(" ".join(map(named, each.partition)), " ".join(map(named, each.order))) for each in one.rankings],
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM a JOIN b ON a.k = b.k",
        "SELECT 1 FROM a JOIN b USING (k)",
        "SELECT 1 FROM a, b WHERE a.k = b.k",
        "SELECT 1 FROM (SELECT k AS j FROM a) AS x JOIN (SELECT * FROM b) AS y ON (x.j = y.k) AND TRUE",
        "WITH x AS (SELECT a.k FROM a) SELECT 1 FROM x LEFT JOIN b ON x.k = b.k",
        "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b WHERE a.k = b.k)",
    ],
)
def test_joined_columns_are_found_through_whatever_is_between(sql: str) -> None:
    equal, _, _ = found(sql)
    assert set(equal) == {("a.k", "b.k")}


def test_constants_are_found_with_their_operators() -> None:
    _, constants, _ = found(
        "SELECT CASE WHEN a.x >= 5 THEN 'big' END FROM a "
        "WHERE a.op <> 'd' AND a.name LIKE 'O-%' AND a.n BETWEEN 1 AND 9 AND a.s IN ('p', 'q') AND 2 < a.y"
    )
    assert set(constants) == {
        ("a.x", "GTE", "5"),
        ("a.op", "NEQ", "d"),
        ("a.name", "Like", "O-%"),
        ("a.n", "Between", "1"),
        ("a.n", "Between", "9"),
        ("a.s", "In", "p"),
        ("a.s", "In", "q"),
        ("a.y", "LT", "2"),
    }


def test_the_newest_of_each_key() -> None:
    _, _, rankings = found(
        "SELECT id FROM (SELECT a.id, ROW_NUMBER() OVER (PARTITION BY a.id, a.part ORDER BY a.lsn DESC) AS rn"
        " FROM a) WHERE rn = 1"
    )
    assert rankings == [("a.id a.part", "a.lsn")]


def test_a_statement_set_tells_what_its_members_compare() -> None:
    text = (
        "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT a.x FROM a WHERE a.x = 1; "
        "INSERT INTO u SELECT b.y FROM b WHERE b.y = 2; END"
    )
    told = predicates(parse(text, "a.sql")[0], {})
    assert [one.text for one in told.constants] == ["1", "2"]


def test_a_table_compares_nothing() -> None:
    assert predicates(parse("CREATE TABLE t (a INT)", "a.sql")[0], {}).constants == ()
