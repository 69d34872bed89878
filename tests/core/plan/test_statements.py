from airflow_bluegreen.core.model import StatementKind
from tests.core.golden import edited, v1_0_0, v1_0_1
from tests.core.plan.releasing import chain, plan_of, planned


def test_a_dml_brings_along_every_table_it_reads_and_writes() -> None:
    (dml,) = planned(plan_of(v1_0_0(), v1_0_1()), "fact_3").dml
    assert (dml.name, dml.kind) == ("dml.fact_3", StatementKind.INSERT)
    assert str(dml.where).endswith("dml.fact_3.sql:1:1")
    assert [(table.physical, table.kind) for table in dml.catalog] == [
        ("int_3_v2", "intermediate"),
        ("src_x", "source"),
        ("fact_3_v2", "fact"),
    ]
    assert dml.catalog[0].sql.startswith("CREATE TABLE int_3_v2 (")
    assert dml.sql.startswith("INSERT INTO fact_3_v2\n")
    assert ";" not in dml.sql


def test_external_tables_come_from_the_environment() -> None:
    plan = plan_of(v1_0_0(), v1_0_0(), requested=["src_a"])
    (dml,) = planned(plan, "src_a").dml
    assert [(table.physical, table.kind) for table in dml.catalog] == [
        ("raw_a", "external"),
        ("src_a_v2", "source"),
    ]


def test_confluent_knows_its_external_tables_itself() -> None:
    text = v1_0_0() | {"bluegreen.yaml": "environments: {local: {dialect: confluent}}"}
    text = {path: content for path, content in text.items() if "/external/" not in path}
    (dml,) = planned(plan_of(text, text, requested=["src_a"]), "src_a").dml
    assert [table.physical for table in dml.catalog] == ["src_a_v2"]


def fingerprint(files: dict[str, str], table: str) -> str:
    (dml,) = planned(plan_of(files, files, requested=[table]), table).dml
    return dml.fingerprint


def test_the_fingerprint_is_that_of_the_meaning_and_of_the_tables_around_it() -> None:
    start = fingerprint(v1_0_0(), "fact_3")
    assert fingerprint(edited(v1_0_0(), {"dml.fact_3.sql": ("SELECT", "-- why\nselect")}), "fact_3") == start
    assert fingerprint(edited(v1_0_0(), {"dml.fact_3.sql": ("x.amount", "x.id")}), "fact_3") != start
    assert (
        fingerprint(edited(v1_0_0(), {"ddl.src_x.sql": ("amount INT", "amount BIGINT")}), "fact_3") != start
    )
    assert (
        fingerprint(edited(v1_0_0(), {"ddl.src_a.sql": ("amount INT", "amount BIGINT")}), "fact_3") == start
    )


def test_settings_above_a_statement_go_into_its_session() -> None:
    before = chain("a")
    after = edited(before, {"dml.a.sql": ("INSERT", "SET 'sql.state-ttl' = '1 d';\nINSERT")})
    (dml,) = planned(plan_of(before, after), "a").dml
    assert [(table.kind, table.sql) for table in dml.catalog] == [
        ("set", "SET 'sql.state-ttl' = '1 d'"),
        ("table", "CREATE TABLE a_v2 (id STRING, v INT)"),
    ]
    assert dml.sql.startswith("INSERT INTO a_v2 ")
