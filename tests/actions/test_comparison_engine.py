import json
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.compare import Subject
from airflow_bluegreen.actions.comparison_engine import sides_on_cluster
from airflow_bluegreen.core.model import CheckSettings, Column, Engine, EngineSettings, Profile
from airflow_bluegreen.exceptions import ConfigurationError
from tests.actions.wire_formats import FORMATS, Writer
from tests.fakes.platform import FakeCluster, Story

SUBJECT = Subject(table="t", blue="t", green="t_v2", primary_key=("id",))


@pytest.fixture
def cluster() -> FakeCluster:
    found = FakeCluster({})
    for topic, records in (("t", 6), ("t_v2", 5)):
        found.topics.ensure(topic, 2)
        for number in range(records):
            found.topics.produce(topic, f"k{number}".encode(), b"{}")
    return found


def on_cluster(cluster: FakeCluster, engine: Engine, above: int = 0, **changes: object) -> tuple[bool, str]:
    story = Story()
    asked = EngineSettings(engine=engine, cluster_above=above)
    profile = Profile(name="local", comparing=asked, dialect=str(changes.pop("dialect", "open-source")))
    found = sides_on_cluster(cluster.platform, replace(SUBJECT, **changes), profile, story)  # type: ignore[arg-type]
    return found is not None, story.text


def test_the_embedded_engine_is_the_default(cluster: FakeCluster) -> None:
    assert not sides_on_cluster(cluster.platform, SUBJECT, Profile(name="local"), Story())
    assert cluster.topics.wire.calls == []


@pytest.mark.parametrize(("above", "expected"), [(10, True), (11, False), (12, False)])
def test_auto_decides_by_the_records_of_both_topics(cluster: FakeCluster, above: int, expected: bool) -> None:
    assert on_cluster(cluster, Engine.AUTO, above) == (expected, "")


def test_the_cluster_when_it_is_asked_for(cluster: FakeCluster) -> None:
    assert on_cluster(cluster, Engine.CLUSTER, 1_000)[0]


def test_a_dialect_that_is_not_ours_to_run(cluster: FakeCluster) -> None:
    found, told = on_cluster(cluster, Engine.AUTO, dialect="confluent")
    assert not found
    assert "t_v2 is compared here and not on the cluster" in told
    with pytest.raises(ConfigurationError, match="dialect confluent"):
        on_cluster(cluster, Engine.CLUSTER, dialect="confluent")


def test_columns_of_an_unknown_type_are_compared_here(cluster: FakeCluster) -> None:
    """The registry knows columns that the DDL does not declare."""
    schema = {"type": "record", "name": "r", "fields": [{"name": "id", "type": "string"}]}
    for topic, more in (("t", "b"), ("t_v2", "c")):
        fields = [*schema["fields"], {"name": more, "type": "string"}]
        cluster.schemas.register(f"{topic}-value", json.dumps({**schema, "fields": fields}))
    found, told = on_cluster(cluster, Engine.AUTO)
    assert not found
    assert "the type of column id is not known" in told


@pytest.mark.parametrize(("green", "blue"), [("ARRAY<STRING>", "STRING"), ("STRING", "ROW<a STRING>")])
def test_columns_that_flink_writes_without_quotes_are_compared_here(
    cluster: FakeCluster, green: str, blue: str
) -> None:
    """Of both sides: their text would be the same for values that are not."""
    key, more = Column(name="id", type="STRING", nullable=False), Column(name="more", type="INT")
    changes = {
        "columns": (key, Column(name="tags", type=green), more),
        "blue_columns": (key, Column(name="tags", type=blue), more),
    }
    obstacle = "Flink's text does not tell values of column tags apart"
    found, told = on_cluster(cluster, Engine.AUTO, settings=CheckSettings(ignore=("more",)), **changes)
    assert not found
    assert obstacle in told
    with pytest.raises(ConfigurationError, match=obstacle):
        on_cluster(cluster, Engine.CLUSTER, settings=CheckSettings(ignore=("more",)), **changes)


def test_the_bytes_of_any_column_are_compared_on_the_cluster(cluster: FakeCluster) -> None:
    columns = (Column(name="id", type="STRING"), Column(name="tags", type="ARRAY<STRING>"))
    assert on_cluster(cluster, Engine.AUTO, columns=columns, blue_columns=columns)[0]


WHOLE = (Column(name="id", type="STRING", nullable=False), Column(name="total", type="INT"))


@pytest.mark.parametrize(
    ("forms", "obstacle"),
    [
        (("debezium-json", "debezium-json"), "t holds Debezium's changes"),
        (("json", "debezium-avro"), "t_v2 holds Debezium's changes"),
        (("json", "json-reversed"), "the keys of t and t_v2 are written in different ways"),
        (("json", "protobuf-keyed"), "the keys of t and t_v2 are written in different ways"),
        (("json", "json-schema"), ""),
        (("avro", "avro"), ""),
        (("protobuf-keyed", "protobuf-keyed"), ""),
        (("json-schema", "json-schema"), ""),
    ],
)
def test_what_queries_do_not_see_is_compared_here(forms: tuple[str, str], obstacle: str) -> None:
    cluster = FakeCluster({})
    for topic, form in zip(("t", "t_v2"), forms, strict=True):
        cluster.topics.ensure(topic, 1)
        writer = Writer(
            lambda part, text, kind, topic=topic: (
                cluster.schemas.register(f"{topic}-{part}", text, kind).schema_id
            ),
            WHOLE,
        )
        cluster.topics.produce(topic, *FORMATS[form](writer, "k", {"id": "k", "total": 1}))
    found, told = on_cluster(cluster, Engine.AUTO, columns=WHOLE, blue_columns=WHOLE)
    assert found == (not obstacle)
    assert obstacle in told
    if obstacle:
        with pytest.raises(ConfigurationError, match=obstacle):
            on_cluster(cluster, Engine.CLUSTER, columns=WHOLE, blue_columns=WHOLE)
