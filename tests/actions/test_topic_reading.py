import json

from airflow_bluegreen.actions.topic_reading import (
    SideReading,
    TopicFold,
    comparable_columns,
    registered_columns,
)
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen
from airflow_bluegreen.core.model import Column
from tests.fakes.kafka import FakeTopics
from tests.fakes.schema_registry import FakeSchemas

ID, NOTE = Column(name="id", type="STRING"), Column(name="note", type="STRING")


def schema(*names: str, optional: bool = False) -> str:
    record = {"type": "record", "name": "r", "fields": [{"name": name, "type": "string"} for name in names]}
    return json.dumps(["null", record] if optional else record)


def test_only_the_tail_is_read_the_second_time() -> None:
    topics = FakeTopics()
    topics.ensure("t", 1)
    for number in range(3):
        topics.produce("t", b"a", f"{number}".encode())
    topics.truncate("t", 1)
    fold = TopicFold(topics, "t", SideReading(), keyed=True)
    fold.read_to(topics.end_offsets("t"))
    fold.read_to(topics.end_offsets("t"))
    topics.produce("t", b"b", b"1")
    fold.read_to(topics.end_offsets("t"))
    reads = topics.wire.called("read")
    assert [(call[1], call[2]) for call in reads] == [
        ({("t", 0): 1}, {("t", 0): 3}),
        ({("t", 0): 3}, {("t", 0): 4}),
    ]
    assert (fold.facts().records, fold.facts().rows) == (3, 2)
    assert [record.offset for record in fold.read_again(Chosen(below=EVERYTHING))] == [1, 2, 3]


def test_other_columns_are_compared_by_those_in_common() -> None:
    schemas = FakeSchemas()
    assert comparable_columns(schemas, (ID, NOTE), (ID, NOTE), "t", "t_v2") == frozenset()
    assert comparable_columns(schemas, (ID,), (ID, NOTE), "t", "t_v2") == {"id"}
    schemas.register("t-value", schema("id", "note"))
    schemas.register("t_v2-value", schema("note", "added", optional=True))
    assert comparable_columns(schemas, (ID,), (ID,), "t", "t_v2") == {"note"}


def test_columns_of_key_and_value_as_registered() -> None:
    schemas = FakeSchemas()
    assert registered_columns(schemas, "t") is None
    schemas.register("t-value", schema("note"))
    assert registered_columns(schemas, "t") == ("note",)
    schemas.register("t-key", schema("id"))
    assert registered_columns(schemas, "t") == ("note", "id")
    schemas.register("j-value", '{"type": "object", "properties": {"a": {}, "b": {}}}', "JSON")
    assert registered_columns(schemas, "j") == ("a", "b")
    schemas.register("p-value", 'syntax = "proto3"; message R { string a = 1; }', "PROTOBUF")
    assert registered_columns(schemas, "p") is None
    schemas.register("raw-value", '{"type": "string"}')
    assert registered_columns(schemas, "raw") is None
