from airflow_bluegreen.core.naming import Renaming
from airflow_bluegreen.core.project import read_project

TEXT = (
    "-- int_3 stays in comments\r\n"
    "INSERT INTO  `db`.`fact_2_v2`\t(id)\r\n"
    "SELECT int_3.id, 'int_3' AS note /* int_3 */\r\n"
    "FROM int_3 JOIN raw_v2 ON int_3.id = raw_v2.id;\r\n"
    "-- done with int_3"
)
FILES = {
    "bluegreen.yaml": "environments: {local: {external_tables: 'raw/*.sql'}}",
    "raw/raw_v2.sql": "CREATE TABLE raw_v2 (id STRING)",
    "ddl.int_3.sql": "CREATE TABLE int_3 (id STRING)",
    "ddl.fact_2.sql": "CREATE TABLE fact_2_v2 (id STRING)",
    "ddl.raw.sql": "CREATE TABLE raw (id STRING)",
    "dml.fact_2.sql": TEXT,
    "connector.sink.json": '{"name": "sink", "config": {"topics": "fact_2_v2,raw_v2"}}',
}
PROJECT = read_project(FILES, None)
NAMES = {"int_3": "int_3_v4", "fact_2": "fact_2", "raw": "raw_v9"}


def test_only_table_names_change_in_a_file() -> None:
    assert Renaming(PROJECT, NAMES).file("dml.fact_2.sql") == (
        "-- int_3 stays in comments\r\n"
        "INSERT INTO  `db`.`fact_2`\t(id)\r\n"
        "SELECT int_3_v4.id, 'int_3' AS note /* int_3 */\r\n"
        "FROM int_3_v4 JOIN raw_v2 ON int_3_v4.id = raw_v2.id;\r\n"
        "-- done with int_3"
    )


def test_a_file_whose_tables_keep_their_names_is_the_same_text() -> None:
    as_written = {"int_3": "int_3", "fact_2": "fact_2_v2", "raw": "raw"}
    assert {path: Renaming(PROJECT, as_written).file(path) for path in PROJECT.files} == PROJECT.files


def test_topics_of_connectors() -> None:
    assert Renaming(PROJECT, NAMES).topics == {"fact_2_v2": "fact_2"}
    assert Renaming(PROJECT, NAMES).file("connector.sink.json") == (
        '{"name": "sink", "config": {"topics": "fact_2,raw_v2"}}'
    )


def test_one_statement() -> None:
    (dml,) = PROJECT.tables["fact_2"].dml
    assert (
        Renaming(PROJECT, NAMES)
        .statement(dml.statement)
        .startswith("-- int_3 stays in comments\r\nINSERT INTO  `db`.`f")
    )


def test_without_names_the_logical_ones_hold() -> None:
    assert Renaming(PROJECT).file("dml.fact_2.sql") == TEXT.replace("fact_2_v2", "fact_2")


def test_a_pinned_file_keeps_reading_what_it_read() -> None:
    pinned = {"dml.fact_2.sql": {"int_3": "int_3_v3"}}
    text = Renaming(PROJECT, NAMES, pinned).file("dml.fact_2.sql")
    assert "FROM int_3_v3 JOIN raw_v2 ON int_3_v3.id" in text
    assert "`db`.`fact_2`" in text
    assert Renaming(PROJECT, NAMES, pinned).file("ddl.int_3.sql") == "CREATE TABLE int_3_v4 (id STRING)"
