import json

from airflow_bluegreen.actions.topic_reading import TopicFold, comparable_digest, registered_columns
from airflow_bluegreen.core.comparison.fold import bytes_digest
from airflow_bluegreen.core.comparison.rows import RowReader
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
    fold = TopicFold(topics, "t", bytes_digest, keyed=True)
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
    assert [record.offset for record in fold.read_again()] == [1, 2, 3]


def test_equal_columns_are_compared_by_their_bytes() -> None:
    schemas = FakeSchemas()
    reader = RowReader(schemas.by_id)
    assert comparable_digest(schemas, (ID, NOTE), (ID, NOTE), "t", "t_v2", reader) is bytes_digest
    schemas.register("t-value", schema("id", "note"))
    schemas.register("t_v2-value", schema("id", "note", optional=True))
    assert comparable_digest(schemas, (ID, NOTE), (ID, NOTE), "t", "t_v2", reader) is bytes_digest


def test_other_columns_are_compared_by_those_in_common() -> None:
    schemas = FakeSchemas()
    digest = comparable_digest(schemas, (ID,), (ID, NOTE), "t", "t_v2", RowReader(schemas.by_id))
    assert digest(b'{"id": "a"}') == digest(b'{"note": "x", "id": "a"}')
    assert digest(b'{"id": "a"}') != digest(b'{"id": "b"}')


def test_nothing_in_common_leaves_the_bytes() -> None:
    schemas = FakeSchemas()
    assert comparable_digest(schemas, (ID,), (NOTE,), "t", "t_v2", RowReader(schemas.by_id)) is bytes_digest


def test_columns_of_key_and_value_as_registered() -> None:
    schemas = FakeSchemas()
    assert registered_columns(schemas, "t") is None
    schemas.register("t-value", schema("note"))
    assert registered_columns(schemas, "t") == ("note",)
    schemas.register("t-key", schema("id"))
    assert registered_columns(schemas, "t") == ("note", "id")
    schemas.register("raw-value", '{"type": "string"}')
    assert registered_columns(schemas, "raw") is None
