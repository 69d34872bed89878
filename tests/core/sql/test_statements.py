# ruff: noqa: E501 - one line, one case
import pytest

from airflow_bluegreen.core.model import Column, ColumnKind, StatementKind
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.exceptions import SqlSyntaxError


def test_empty_and_comment_only_files_have_no_statement() -> None:
    assert parse("") == ()
    assert parse("-- nothing\n/* here; */ ;;\n") == ()
    assert parse("\ufeff\n") == ()


def test_statements_are_split_outside_of_strings_comments_and_quotes() -> None:
    text = "SET 'a;b' = ';';\n-- x;y\nINSERT INTO `a;b` SELECT ';' FROM c /* ; */;\r\nSELECT 1"

    statements = parse(text, "f.sql")

    assert [statement.kind.value for statement in statements] == ["set", "insert", "select"]
    assert statements[1].outputs == ("a;b",)
    assert [statement.where.line for statement in statements] == [1, 3, 4]
    for statement in statements:
        assert text[statement.offset : statement.offset + len(statement.sql)] == statement.sql
        assert ";" not in statement.sql[-1:]


def test_comment_before_a_statement_belongs_to_it_and_one_behind_does_not() -> None:
    first, second = parse("-- head\nSELECT 1 -- tail\n;\n-- next\nSELECT 2 -- end")

    assert first.sql == "-- head\nSELECT 1"
    assert second.sql == "-- next\nSELECT 2"


def test_create_table_says_everything() -> None:
    (statement,) = parse(
        """CREATE TABLE IF NOT EXISTS `shop`.orders (
          id bigint NOT NULL COMMENT 'the, key',
          `timestamp` timestamp_ltz(3) METADATA FROM 'timestamp' VIRTUAL,
          tags MAP<STRING, ARRAY<ROW<Name STRING, `a b` INT NOT NULL>>>,
          amount DECIMAL(10,2), total AS amount * 2 COMMENT 'twice', ts TIMESTAMP(3) WITH LOCAL TIME ZONE,
          WATERMARK FOR ts AS ts - INTERVAL '5' second,
          CONSTRAINT pk PRIMARY KEY (id, `timestamp`) NOT ENFORCED
        ) COMMENT 'x' DISTRIBUTED BY HASH(id) INTO 6 BUCKETS WITH ('it''s' = '1', 'changelog.mode' = 'upsert')"""
    )

    assert statement.kind is StatementKind.CREATE_TABLE
    assert statement.outputs == ("shop.orders",)
    definition = statement.definition
    assert definition is not None
    assert definition.columns == (
        Column(name="id", type="BIGINT", nullable=False),
        Column(name="timestamp", type="TIMESTAMP_LTZ(3)", kind=ColumnKind.METADATA),
        Column(name="tags", type="MAP<STRING, ARRAY<ROW<Name STRING, `a b` INT NOT NULL>>>"),
        Column(name="amount", type="DECIMAL(10, 2)"),
        Column(name="total", type="", kind=ColumnKind.COMPUTED),
        Column(name="ts", type="TIMESTAMP(3) WITH LOCAL TIME ZONE"),
    )
    assert definition.primary_key == ("id", "timestamp")
    assert definition.distributed_by == ("id",)
    assert definition.buckets == 6
    assert definition.options == {"it's": "1", "changelog.mode": "upsert"}
    assert definition.watermark == "ts AS ts - INTERVAL '5' SECOND"


def test_inline_primary_key() -> None:
    (statement,) = parse("CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED, b STRING)")

    assert statement.definition is not None
    assert statement.definition.primary_key == ("id",)


@pytest.mark.parametrize(
    ("text", "kind", "outputs", "inputs"),
    [
        ("CREATE TABLE a LIKE b (INCLUDING ALL)", "create_table", ("a",), ("b",)),
        ("CREATE TABLE a DISTRIBUTED INTO 2 BUCKETS AS SELECT * FROM b", "create_table", ("a",), ("b",)),
        ("CREATE VIEW a (x, y) COMMENT 'c' AS SELECT * FROM b JOIN c ON TRUE", "create_view", ("a",), ("b", "c")),
        ("create temporary view if not exists a as select * from a_src", "create_view", ("a",), ("a_src",)),
        ("INSERT INTO a (x, y) SELECT * FROM a", "insert", ("a",), ("a",)),
        ("INSERT INTO a PARTITION (d = '1') SELECT * FROM b", "insert", ("a",), ("b",)),
        ("EXECUTE INSERT INTO a SELECT * FROM b", "insert", ("a",), ("b",)),
        ("INSERT OVERWRITE a (SELECT * FROM b)", "insert", ("a",), ("b",)),
        ("INSERT INTO a WITH c AS (SELECT * FROM b) SELECT * FROM c", "insert", ("a",), ("b",)),
        ("WITH c AS (SELECT * FROM b) INSERT INTO a SELECT * FROM c", "insert", ("a",), ("b",)),
        ("WITH c AS (SELECT * FROM b) SELECT * FROM c", "select", (), ("b",)),
        ("SET 'table.exec.state.ttl' = '1 d'", "set", (), ()),
        ("SET table.exec.state.ttl = 1 d", "set", (), ()),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str, outputs: tuple[str, ...], inputs: tuple[str, ...]) -> None:
    (statement,) = parse(text)

    assert (statement.kind.value, statement.outputs, statement.inputs) == (kind, outputs, inputs)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("SELECT 1;\nselec 2", "f.sql:2:1", "no statement of Flink SQL"),
        ("CREATE TRIGGER a", "f.sql:1:1", "cannot be created"),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;", "f.sql:1:52", "expected an INSERT"),
        ("EXECUTE STATEMENT SET BEGIN END", "f.sql:1:29", "the statement set is empty"),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1 END", "f.sql:1:55", "never closed"),
        ("EXECUTE STATEMENT SET BEGIN SELECT 1; END;", "f.sql:1:29", "expected an INSERT"),
        ("BEGIN STATEMENT SET; INSERT INTO a SELECT 1;\nSELECT 2", "f.sql:2:1", "expected an INSERT"),
        ("EXECUTE PLAN '/tmp/plan.json'", "f.sql:1:14", "cannot be seen"),
        ("EXPLAIN DROP TABLE a", "f.sql:1:9", "expected a query"),
        ("ALTER TABLE a FROBNICATE", "f.sql:1:15", "cannot be done to a table"),
        ("DROP INDEX a", "f.sql:1:6", "no such thing"),
        ("SHOW ME", "f.sql:1:6", "cannot be shown"),
        ("INSERT INTO a", "f.sql:1:14", "expected a query"),
        ("INSERT INTO a\nSELECT x FRM b c", "f.sql:2:", "b c"),
        ("SELECT 'abc", "f.sql:1:8", "without its closing quote"),
        ("SELECT `abc\n` FROM t", "f.sql:1:8", "without its closing backtick"),
        ("SELECT 1 /* abc", "f.sql:1:10", "without its end"),
        ('SELECT "a" FROM t', "f.sql:1:8", "double quote"),
        ("SELECT a FROM {{ table }}", "f.sql:1:", "{{ table }}"),
        ("SELECT a FROM ${table}", "f.sql:1:", ""),
        ("SELECT a FROM t WHERE (x = 1", "f.sql:1:23", "never closed"),
        ("SELECT a FROM t WHERE x = 1)", "f.sql:1:28", "closes nothing"),
        ("SELECT a, FROM t", "f.sql:1:9", "nothing stands behind ','"),
        ("SELECT FROM t", "f.sql:1:1", "nothing stands behind"),
        ("SELECT a FROM t GROUP BY", "f.sql:1:23", "nothing stands behind"),
        ("SELECT a FROM t WHERE", "f.sql:1:17", "nothing stands behind"),
        ("SELECT a b c FROM t", "f.sql:1:12", "c FROM t"),
        ("SELECT a@b FROM t", "f.sql:1:9", "'@'"),
        ("SELECT\u00a0a FROM t", "f.sql:1:7", "no meaning"),
        ("CREATE TABLE (a INT)", "f.sql:1:14", "expected the name of a table"),
        ("CREATE TABLE t (a INT,)", "f.sql:1:23", "name of a column"),
        ("CREATE TABLE t (a INT b)", "f.sql:1:23", "column a"),
        ("CREATE TABLE t (PRIMARY KEY (a))", "f.sql:1:32", "NOT ENFORCED"),
        ("CREATE TABLE t (a INT) WITH ('k' 'v')", "f.sql:1:34", "'='"),
        ("CREATE TABLE t (a INT) WITH (k = 'v')", "f.sql:1:30", "option"),
        ("CREATE TABLE t (a INT) WITH ('k' = 'v') WITH ('l' = 'w')", "f.sql:1:41", "second WITH"),
        ("CREATE TABLE t (a INT) FOO", "f.sql:1:24", "no clause of CREATE TABLE"),
        ("CREATE TABLE t (a INT) DISTRIBUTED BY HASH(a) INTO many BUCKETS", "f.sql:1:52", "number of buckets"),
        ("SET 'a'", "f.sql:1:8", "'='"),
        ("SELECT " + "(" * 500 + "a" + ")" * 500, "f.sql:1:158", "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(SqlSyntaxError) as refused:
        parse(text, "f.sql")

    assert str(refused.value).startswith(place)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_deeply_nested_cases_are_refused() -> None:
    text = "SELECT " + "CASE WHEN a THEN b ELSE " * 1000 + "c" + " END" * 1000 + " FROM t"

    with pytest.raises(SqlSyntaxError, match="nested too deeply"):
        parse(text)


def test_long_chains_are_understood() -> None:
    conditions = " OR ".join(f"a = {number}" for number in range(2000))
    queries = " UNION ALL ".join(f"SELECT a FROM t{number}" for number in range(700))

    assert parse(f"SELECT a FROM t WHERE {conditions}")[0].inputs == ("t",)
    assert len(parse(queries)[0].inputs) == 700
