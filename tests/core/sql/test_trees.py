from airflow_bluegreen.core.sql import Trees, column_lineage, parse

TEXT = (
    "CREATE TABLE t (a INT); INSERT INTO t SELECT a FROM s; INSERT INTO t SELECT b + c FROM s JOIN r ON d = e"
)


def test_the_tree_of_a_statement_is_used_once() -> None:
    trees = Trees()
    _, insert, joined = parse(TEXT, "x.sql", trees)
    for one in (insert, joined):
        assert one.sql in trees
        assert column_lineage(one, {}, trees) == column_lineage(one, {})
        assert one.sql not in trees
        assert column_lineage(one, {}, trees) == column_lineage(one, {})


def test_statements_without_a_query_are_not_kept() -> None:
    trees = Trees()
    create, *_ = parse(TEXT, "x.sql", trees)
    assert create.sql not in trees


def test_no_more_is_kept_than_there_is_room_for() -> None:
    one = "INSERT INTO t SELECT a FROM s"
    trees = Trees(most=len(one))
    parse(f"{one}1; {one}; {one}", "x.sql", trees)
    assert f"{one}1" not in trees
    assert one in trees
    assert trees.take(one) is not None
    parse(f"INSERT INTO t SELECT a FROM r; {one}", "x.sql", trees)
    assert "INSERT INTO t SELECT a FROM r" in trees
    assert one not in trees
