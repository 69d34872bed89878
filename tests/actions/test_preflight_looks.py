"""Each look, on something that is wrong."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from airflow_bluegreen.actions.preflight import LOOKS, look_ahead
from airflow_bluegreen.actions.preflight.connectors import LOOK_EVERY_S, REBALANCE_S
from airflow_bluegreen.core.model import (
    CatalogTable,
    Column,
    Finding,
    JobIdentity,
    MemoryUse,
    Plan,
    PlannedTable,
    Profile,
    Severity,
)
from airflow_bluegreen.exceptions import AccessError, ConfigurationError, RefusedError
from tests.actions.world import World
from tests.core.golden import edited, v1_0_1

WITHOUT_NOTE = {
    "ddl.int_3.sql": ("  note STRING,\n", ""),
    "dml.int_3.sql": (", c.note AS note", ""),
    "dml.fact_3.sql": ("i.note", "CAST(NULL AS STRING) AS note"),
}


def found(world: World, plan: Plan | None = None, profile: Profile | None = None) -> tuple[Finding, ...]:
    return look_ahead(world.platform, plan or world.plan(), profile or world.profile)


def the_one(findings: tuple[Finding, ...], look: str) -> Finding:
    (one,) = findings
    assert one.look == look
    return one


def refused(world: World, look: str, plan: Plan | None = None) -> Finding:
    one = the_one(found(world, plan), look)
    assert one.severity is Severity.FINDING
    return one


def warned(world: World, look: str) -> Finding:
    one = the_one(found(world), look)
    assert one.severity is Severity.WARNING
    return one


def changed(plan: Plan, table: str, **values: Any) -> Plan:
    tables = tuple(replace(one, **values) if one.table == table else one for one in plan.tables)
    return replace(plan, tables=tables)


def test_views_are_not_taken_for_topics() -> None:
    view = {
        "pipelines/facts/p1/seen/sql-scripts/ddl.seen.sql": "CREATE VIEW `seen$` AS SELECT id FROM fact_2"
    }
    world = World({**v1_0_1(), **view})
    assert "seen$" in {one.table for one in world.plan().tables}
    assert found(world) == ()
    asked = [name for names in world.cluster.topics.wire.called("described") for name in names]
    assert {"fact_2", "fact_2_v2"} <= set(asked)
    assert [name for name in asked if "seen" in str(name)] == []


@pytest.mark.parametrize("kind", [AccessError, ConfigurationError, RefusedError])
def test_a_topic_that_kafka_refuses_to_tell_of_is_a_finding_of_its_own(kind: type[RefusedError]) -> None:
    world = World()
    refusal = kind("Kafka refuses topic fact$")
    world.cluster.topics.fail_next("described", refusal, times=1)
    assert found(world) == (), "the others are asked for one by one"
    world.cluster.topics.fail_next("described", refusal, times=1)
    world.cluster.topics.fail_next("topic", refusal, times=1)
    told = [one.what for one in found(world)]
    # What we may not see, the look at what we may do tells, which is allowed everything here.
    assert told == ([] if kind is AccessError else ["Kafka refuses topic fact$"])


def test_every_look_is_made() -> None:
    assert len({look.__module__ for look in LOOKS}) == len(LOOKS) == 10


# --- statements ---


def test_rejected_sql_is_told_with_its_place() -> None:
    world = World()
    world.cluster.gateway.rejections["fact_3_v2"] = "Column 'x' not found in any table"
    one = refused(world, "statements")
    assert (one.table, one.remedy) == ("fact_3", "Mend the SQL")
    assert one.where is not None
    assert one.where.path.endswith("dml.fact_3.sql")
    assert one.what == "Flink rejects dml.fact_3: Column 'x' not found in any table"


def test_every_rejection_is_told() -> None:
    world = World()
    world.cluster.gateway.rejections |= {"fact_3_v2": "no x", "view32": "no y"}
    assert [one.table for one in found(world)] == ["fact_3", "view32"]


# --- lineage ---


def test_inputs_must_exist() -> None:
    world = World()
    world.cluster.topics.delete_topic("src_x")
    one = refused(world, "lineage")
    assert one.what == "fact_3 reads src_x, which does not exist"
    assert one.where is not None


def test_green_must_not_read_blue() -> None:
    world = World()
    plan = world.plan()
    fact_2 = next(one for one in plan.tables if one.table == "fact_2")
    (dml,) = fact_2.dml
    catalog = (
        *dml.catalog,
        CatalogTable(physical="int_3", kind="intermediate", sql="CREATE TABLE int_3 (a INT)"),
    )
    one = refused(world, "lineage", changed(plan, "fact_2", dml=(replace(dml, catalog=catalog),)))
    assert one.what == "dml.fact_2 of fact_2_v2 reads blue int_3, not int_3_v2"


def test_blue_must_not_read_green() -> None:
    world = World()
    plan = world.plan()
    left_out = replace(
        plan,
        tables=tuple(one for one in plan.tables if one.table != "fact_2"),
        connectors=tuple(one for one in plan.connectors if one.name != "sink-fact-2"),
        untouched=(*plan.untouched, "fact_2"),
    )
    told = [one.what for one in found(world, left_out) if one.look == "lineage"]
    assert "dml.fact_2 stays as it is and reads int_3, which becomes int_3_v2" in told


# --- blue ---


def test_blue_must_run() -> None:
    world = World()
    world.cluster.jobs.cancel(world.blue_jobs["dml.fact_2"])
    assert refused(world, "blue").what == "no job fills blue fact_2"
    world = World()
    world.cluster.jobs.restart(world.blue_jobs["dml.fact_2"], "OutOfMemoryError")
    assert "blue job dml.fact_2" in refused(world, "blue").what


def test_blue_must_be_there() -> None:
    world = World()
    world.cluster.topics.delete_topic("fact_3")
    assert refused(world, "blue").what == "blue topic fact_3 does not exist"


# --- names ---


def test_a_green_topic_of_other_shape() -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", 7, {"cleanup.policy": "compact"})
    one = refused(world, "names")
    assert one.what == "topic int_3_v2 exists with 7 partitions instead of 2"
    assert one.table == "int_3"


def test_an_equal_green_topic_without_records_is_adopted() -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", 2, {"cleanup.policy": "compact"})
    assert found(world) == ()


def test_a_job_of_another_release_at_a_green_table() -> None:
    world = World()
    identity = JobIdentity(
        environment="local", release="v9", statement="dml.int_3", table="int_3_v2", fingerprint="f"
    )
    world.cluster.jobs.start("dml.int_3_v2", identity=identity, inputs=("src_a",), output="int_3_v2")
    assert "of v9 has other SQL" in refused(world, "names").what


def test_a_green_subject_that_is_left_over() -> None:
    world = World()
    world.cluster.schemas.register("int_3_v2-value", avro(note="string"))
    one = refused(world, "names")
    assert one.what == "subject int_3_v2-value exists with another schema than int_3_v2 has"


def test_a_green_subject_that_is_as_flink_would_register_it() -> None:
    world = World()
    world.cluster.schemas.register("int_3_v2-value", avro(total=["null", "int"], note=["null", "string"]))
    assert found(world) == ()


# --- schemas ---


def avro(**fields: Any) -> str:
    listed = [
        {"name": name, "type": kind} | ({"default": None} if isinstance(kind, list) else {})
        for name, kind in fields.items()
    ]
    record = {"type": "record", "name": "record", "namespace": "org.apache.flink.avro.generated"}
    return json.dumps({**record, "fields": listed})


BLUE_VALUE = {"total": ["null", "int"], "note": ["null", "string"]}


def with_blue(value: Mapping[str, Any] = BLUE_VALUE, release: Mapping[str, str] | None = None) -> World:
    world = World(release)
    world.cluster.schemas.register("int_3-key", avro(id="string"))
    world.cluster.schemas.register("int_3-value", avro(**value))
    return world


def test_the_same_schema_is_compatible() -> None:
    assert found(with_blue()) == ()


def test_new_readers_that_could_not_read_blue() -> None:
    one, other = found(with_blue({"total": ["null", "string"], "note": ["null", "string"]}))
    assert (one.look, one.severity) == ("schemas", Severity.FINDING)
    assert other.severity is Severity.WARNING
    assert "old readers break" in other.what
    assert one.what.startswith(
        "int_3_v2-value is not BACKWARD compatible with int_3-value: new readers break: with green's schema"
        " they cannot read what blue wrote (version 1): "
    )
    assert "write int_3_v2 into accepted_schema_changes" in one.remedy
    assert one.where is not None


def test_the_key_counts_too() -> None:
    world = World()
    world.cluster.schemas.register("int_3-key", avro(id="int"))
    one = found(world)[0]
    assert one.severity is Severity.FINDING
    assert one.what.startswith("int_3_v2-key is not BACKWARD compatible with int_3-key: new readers")


def test_old_readers_are_warned_of_where_the_level_allows_them_to_break() -> None:
    world = with_blue({"total": ["null", "int"], "note": "string"})
    one = warned(world, "schemas")
    assert "old readers break: with blue's schema (version 1) they cannot read what green writes" in one.what
    assert one.what.endswith("BACKWARD, the level of this table, allows that")
    strict = replace(world.profile, schema_compatibility="FULL")
    assert [each.severity for each in found(world, profile=strict)] == [Severity.FINDING]
    free = replace(world.profile, schema_compatibility="NONE")
    assert [each.severity for each in found(world, profile=free)] == [Severity.WARNING]


@pytest.mark.parametrize("name", ["int_3", "int_3_v2"])
def test_an_intended_change_is_accepted(name: str) -> None:
    world = with_blue({"total": ["null", "string"], "note": ["null", "string"]})
    accepting = replace(world.profile, accepted_schema_changes=(name,))
    findings = found(world, profile=accepting)
    assert {one.severity for one in findings} == {Severity.WARNING}
    assert "The project accepts that (accepted_schema_changes)" in findings[0].what
    other = replace(world.profile, accepted_schema_changes=("int_3_v3",))
    assert Severity.FINDING in {one.severity for one in found(world, profile=other)}


def test_a_decimal_that_would_be_read_wrongly() -> None:
    decimals = {"ddl.int_3.sql": ("total INT", "total DECIMAL(10, 4)")}
    old = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
    world = with_blue({"total": ["null", old], "note": ["null", "string"]}, edited(v1_0_1(), decimals))
    one = refused(world, "schemas")
    assert "total was decimal of scale 2, is decimal of scale 4" in one.what


def test_a_column_less_is_readable_for_both() -> None:
    world = with_blue(release=edited(v1_0_1(), WITHOUT_NOTE))
    assert found(world) == ()


def test_tables_of_kind_source_have_the_level_of_sources() -> None:
    release = edited(v1_0_1(), {"dml.src_a.sql": ("amount,", "2 * amount AS amount,")})
    world = World(release)
    world.cluster.jobs.slots = 60
    world.cluster.schemas.register("src_a-value", avro(amount=["null", "int"], note="string"))
    (one,) = found(world)
    assert "src_a_v2-value is not FULL_TRANSITIVE compatible with src_a-value: old readers" in one.what


def test_without_schemas_the_columns_are_compared() -> None:
    world = World()
    older = (
        Column(name="id", type="STRING"),
        Column(name="gone", type="INT"),
        Column(name="total", type="BIGINT"),
    )
    (one,) = found(world, changed(world.plan(), "int_3", blue_columns=older))
    assert one.severity is Severity.WARNING
    assert one.what == ("old readers may break: int_3_v2 differs from int_3, removed gone, retyped total")


# --- connectors ---


def test_a_connector_whose_tasks_are_handed_out_anew_is_waited_for() -> None:
    world = World()
    connector = world.cluster.connectors.all["sink-fact-2"]
    connector.state = "UNASSIGNED"
    began = world.cluster.clock.now()
    assert refused(world, "connectors").what == "connector sink-fact-2 is UNASSIGNED"
    assert world.cluster.clock.now() - began >= REBALANCE_S - LOOK_EVERY_S

    def handed_out() -> None:
        connector.state = "RUNNING"

    world.cluster.clock.on_sleep(handed_out)
    assert found(world) == found(World())


def test_a_connector_must_run_and_read_exactly_blue() -> None:
    world = World()
    world.cluster.connectors.all["sink-fact-2"].state = "FAILED"
    one = refused(world, "connectors")
    assert (one.what, one.table) == ("connector sink-fact-2 is FAILED", "fact_2")
    world = World()
    del world.cluster.connectors.all["sink-fact-2"]
    assert refused(world, "connectors").what == "connector sink-fact-2 does not exist"
    world = World()
    world.cluster.connectors.put_config("sink-view32", {"connector.class": "FileSink", "topics": "other"})
    assert "sink-view32 exists, the release is to create it" in refused(world, "connectors").what


def test_a_pattern_that_reads_both_colours() -> None:
    world = World()
    world.cluster.connectors.all["sink-fact-2"].config["topics.regex"] = r"fact_2(_v\d+)?"
    assert "which matches fact_2 and fact_2_v2" in refused(world, "connectors").what


def test_what_connect_says_about_a_config() -> None:
    world = World()
    world.cluster.connectors.complaints.append("file: must not be empty")
    told = [one.what for one in found(world)]
    assert "Kafka Connect refuses sink-fact-2: file: must not be empty" in told
    assert len(told) == 3


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"topics.regex": "fact_.*"}, "would read fact_2_v2 and fact_3_v2 as soon as they exist"),
        ({"topics": "fact_1, fact_3_v2"}, "which is not part of the release, reads fact_3_v2"),
    ],
)
def test_another_connector_that_would_read_green(config: Mapping[str, str], told: str) -> None:
    world = World()
    world.cluster.connectors.put_config("audit", {"connector.class": "FileSink", **config})
    one = refused(world, "connectors")
    assert one.what.startswith("connector audit, which is not part of the release")
    assert one.what.endswith(told)


def test_other_connectors_may_read_what_they_like_else() -> None:
    world = World()
    for name, pattern in (("a", "raw_.*"), ("b", r"fact_\d"), ("c", r"\p{Alpha}+")):
        world.cluster.connectors.put_config(name, {"connector.class": "FileSink", "topics.regex": pattern})
    assert found(world) == ()


# --- access ---


@pytest.mark.parametrize(
    ("topic", "operation", "table"),
    [("int_3", "READ", "int_3"), ("src_x", "READ", "fact_3"), ("fact_2", "DESCRIBE_CONFIGS", "fact_2")],
)
def test_blue_and_inputs_must_be_readable(topic: str, operation: str, table: str) -> None:
    world = World()
    world.cluster.topics.denied[topic] = frozenset({operation})
    one = refused(world, "access")
    assert (one.what, one.table) == (f"we may not {operation} topic {topic}", table)


def test_green_must_be_creatable() -> None:
    world = World()
    world.cluster.topics.refusals["fact_2_v2"] = "Authorization failed."
    one = refused(world, "access")
    assert one.what == "Kafka would not create topic fact_2_v2: Authorization failed."
    assert one.table == "fact_2"


def test_a_green_topic_that_exists_must_be_readable_and_deletable() -> None:
    world = World()
    world.cluster.topics.ensure("int_3_v2", 2, {"cleanup.policy": "compact"})
    world.cluster.topics.denied["int_3_v2"] = frozenset({"DELETE", "READ"})
    assert refused(world, "access").what == "we may not DELETE, READ topic int_3_v2"


def test_the_ledger_must_be_writable() -> None:
    world = World()
    world.cluster.releases.complaints = ("we may not WRITE topic bluegreen.ledger.retail",)
    one = refused(world, "access")
    assert one.what == "the ledger cannot be written: we may not WRITE topic bluegreen.ledger.retail"
    assert one.table == ""


# --- capacity ---


def test_slots_are_counted_by_what_a_statement_takes() -> None:
    world = World()
    world.cluster.jobs.slots = 17
    world.cluster.gateway.parallelism["fact_3_v2"] = 4
    one = refused(world, "capacity")
    assert one.what == "4 statements to start need 7 task slots, 6 of 17 are free"
    assert one.remedy.endswith("at least one, dml.fact_3 of fact_3_v2 4")
    world.cluster.jobs.slots = 18
    assert found(world) == ()


def test_memory_that_runs_short_is_warned_of_with_figures() -> None:
    world = World()
    world.cluster.jobs.memory = [MemoryUse(worker="tm", kind="heap", used=700 << 20, limit=1 << 30)]
    one = warned(world, "capacity")
    assert one.what.startswith("heap memory of the task managers: 700 of 1024 MiB are used")
    assert "takes 254 MiB more" in one.what


def test_memory_that_certainly_does_not_suffice_is_a_finding() -> None:
    world = World()
    world.cluster.jobs.memory = [MemoryUse(worker="tm", kind="network", used=900 << 20, limit=1 << 30)]
    assert refused(world, "capacity").what.startswith("network memory of the task managers: 900 of 1024 MiB")


def test_the_state_of_blue_is_built_again() -> None:
    world = World()
    world.job("dml.int_3").state_bytes = 300 << 20
    world.job("dml.fact_3").state_bytes = 300 << 20
    world.job("dml.fact_1").state_bytes = 300 << 20  # stays as it is
    world.cluster.jobs.memory = [MemoryUse(worker="tm", kind="heap", used=400 << 20, limit=1 << 30)]
    one = refused(world, "capacity")
    assert "400 of 1024 MiB are used, and by what runs now the release takes 600 MiB more" in one.what


def test_a_table_is_a_planned_one() -> None:
    world = World()
    several = {"fact_3_v2": "no x"}
    world.cluster.gateway.rejections |= several
    tables: dict[str, PlannedTable] = {one.table: one for one in world.plan().tables}
    assert all(one.table in tables for one in found(world))


def into_iceberg(world: World, table: str) -> Plan:
    """The release, with the sink of fact_2 as one into Iceberg, before it and after it."""
    kind = {"connector.class": "org.apache.iceberg.connect.IcebergSinkConnector", "iceberg.tables": table}
    plan = world.plan()
    changed = [
        replace(one, config={**kind, "topics": "fact_2_v2"}) if one.name == "sink-fact-2" else one
        for one in plan.connectors
    ]
    live = world.cluster.connectors.all["sink-fact-2"]
    live.config = {**kind, "topics": "fact_2", "iceberg.tables": table.replace("{topic}", "fact_2")}
    return replace(plan, connectors=tuple(changed))


def test_a_lake_table_that_blue_and_green_would_share_is_found_early() -> None:
    world = World()
    world.cluster.topics.ensure("control-iceberg")
    one = the_one(found(world, into_iceberg(world, "lake.fact_2")), "connectors")
    assert "sink-fact-2 would write fact_2_v2 into lake.fact_2, which holds fact_2" in one.what
    assert found(world, into_iceberg(world, "lake.{topic}")) == ()


def test_a_control_topic_that_is_gone_is_found_early() -> None:
    world = World()
    one = the_one(found(world, into_iceberg(world, "lake.{topic}")), "connectors")
    assert "keeps its commits in topic control-iceberg, which does not exist" in one.what
