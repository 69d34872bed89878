from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.core.source_subjects import source_subjects

PROJECT = {
    "bluegreen.yaml": """\
environments:
  local: {external_tables: "environments/local/*.sql"}
  cloud: {dialect: confluent}
""",
    "environments/local/raw.sql": """\
CREATE TABLE raw_orders (id STRING) WITH ('connector' = 'kafka', 'topic' = 'shop.orders');
CREATE TABLE raw_users (id STRING) WITH ('key.format' = 'avro-registry');
CREATE TABLE rates (id STRING) WITH ('connector' = 'jdbc');
""",
    "ddl.src_a.sql": "CREATE TABLE src_a (id STRING)",
    "dml.src_a.sql": "INSERT INTO src_a SELECT o.id FROM raw_orders o JOIN raw_users u ON o.id = u.id",
    "ddl.src_b.sql": "CREATE TABLE src_b (id STRING)",
    "dml.src_b.sql": "INSERT INTO src_b SELECT id FROM rates",
    "ddl.int_1.sql": "CREATE TABLE int_1 (id STRING)",
    "dml.int_1.sql": "INSERT INTO int_1 SELECT id FROM src_a",
}


def test_only_what_the_project_does_not_create_and_kafka_holds() -> None:
    assert source_subjects(read_project(PROJECT, None), "local") == {
        "src_a": ("raw_users-key", "raw_users-value", "shop.orders-key", "shop.orders-value")
    }


def test_where_nothing_is_declared_a_table_is_its_topic() -> None:
    found = source_subjects(read_project(PROJECT, None), "cloud")
    assert found["src_a"] == ("raw_orders-key", "raw_orders-value", "raw_users-key", "raw_users-value")


def test_every_table_of_a_statement_set_reads_what_the_set_reads() -> None:
    files = {
        "ddl.src_a.sql": "CREATE TABLE src_a (id STRING)",
        "ddl.src_b.sql": "CREATE TABLE src_b (id STRING)",
        "dml.both.sql": "EXECUTE STATEMENT SET BEGIN INSERT INTO src_a SELECT id FROM raw; "
        "INSERT INTO src_b SELECT id FROM raw; END",
    }
    subjects = ("raw-key", "raw-value")
    assert source_subjects(read_project(files, None), "local") == {"src_a": subjects, "src_b": subjects}
