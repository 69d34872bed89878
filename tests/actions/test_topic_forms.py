"""The same rows in every format, each against each: the planted difference is found, and nothing else."""

import itertools
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from airflow_bluegreen.actions.compare import Subject, compare_topics
from airflow_bluegreen.actions.topic_forms import open_alone, open_pair
from airflow_bluegreen.actions.topic_reading import TopicFold
from airflow_bluegreen.core.comparison.classify import Side, classify
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen, bytes_digest, whole_digest
from airflow_bluegreen.core.comparison.rows import RowReader
from airflow_bluegreen.core.model import Column, KeyCounts, Profile, Verdict
from airflow_bluegreen.exceptions import UnreadableRecordError
from tests.actions.wire_formats import FORMATS, Row, Writer
from tests.fakes.kafka import FakeTopics
from tests.fakes.platform import FakeCluster, Story
from tests.fakes.schema_registry import FakeSchemas

COLUMNS = (
    Column(name="id", type="BIGINT", nullable=False),
    Column(name="total", type="INT"),
    Column(name="note", type="STRING"),
)


def writing(schemas: FakeSchemas) -> Writer:
    return Writer(lambda part, text, kind: schemas.register(f"any-{part}", text, kind).schema_id, COLUMNS)


def row(number: int, **changes: Any) -> Row:
    return {"id": number, "total": None if number % 7 == 0 else number, "note": f"n {number}", **changes}


def opened(blue: str, green: str) -> tuple[TopicFold, TopicFold, RowReader]:
    """100 rows of which key 3 differs, 4 is on blue and 5 on green only; 6 was deleted on both."""
    topics, schemas = FakeTopics(), FakeSchemas()
    for topic, form in (("t", blue), ("t_v2", green)):
        topics.ensure(topic, 3)
        write, writer = FORMATS[form], writing(schemas)
        rows: list[tuple[int, Row | None]] = [(number, row(number, total=-1)) for number in range(6, 30)]
        rows += [(number, row(number)) for number in range(100) if number not in (3, 4, 5)]
        rows += [(3, row(3, note=topic)), (6, None)]
        rows += [(4, row(4))] if topic == "t" else [(5, row(5))]
        for number, content in rows:
            key, value = write(writer, number, content)
            topics.produce(topic, key, value, partition=number % 3)
    reader = RowReader(schemas.written)
    before, after = open_pair(topics, schemas, reader, ("t", COLUMNS), ("t_v2", COLUMNS), ("id",))
    for side in (before, after):
        side.read_to(topics.end_offsets(side.topic))
    return before, after, reader


@pytest.mark.parametrize(("blue", "green"), list(itertools.product(FORMATS, repeat=2)))
def test_every_format_against_every_other(blue: str, green: str) -> None:
    before, after, reader = opened(blue, green)
    found = classify(before.fold, after.fold)
    assert (found.match, found.differing) == (96, 3)
    for side, fold, number in (
        (Side.DIFF, after, 3),
        (Side.BLUE_ONLY, before, 4),
        (Side.GREEN_ONLY, after, 5),
    ):
        (wanted,) = found.of(side).keys.tolist()
        keys = [
            one.key
            for one in fold.read_again(Chosen(below=EVERYTHING))
            if one.key and fold.key_digest(one.key) == wanted
        ]
        assert {_number(reader, key) for key in keys} == {number}


def _number(reader: RowReader, key: bytes) -> int:
    (number,) = reader.row(key).values() if key[:1] != b"\x00" or key[1:5] != bytes(4) else (key[-1],)
    return int(number)


def test_equal_formats_are_compared_by_their_bytes() -> None:
    before, _, _ = opened("avro", "avro")
    assert (before.digest, before.key_digest) == (bytes_digest, bytes_digest)
    assert next(before.read_again(Chosen(below=EVERYTHING))).value[:1] == b"\x00"  # type: ignore[index]
    before, _, _ = opened("json", "json")
    assert (before.digest, before.key_digest) == (whole_digest, whole_digest)


def test_columns_in_common_are_compared_where_the_two_have_others() -> None:
    topics, schemas = FakeTopics(), FakeSchemas()
    reader = RowReader(schemas.written)
    for topic, other in (("t", 1), ("t_v2", 2)):
        topics.ensure(topic, 1)
        value = {"id": 1, "note": "x", f"only_{topic}": other}
        topics.produce(topic, b'{"id": 1}', json.dumps(value).encode())
    sides = open_pair(topics, schemas, reader, ("t", COLUMNS), ("t_v2", COLUMNS[::2]), ("id",))
    for side in sides:
        side.read_to(topics.end_offsets(side.topic))
    found = classify(sides[0].fold, sides[1].fold)
    assert (found.match, found.differing) == (1, 0)


def test_a_record_that_cannot_be_read_is_named() -> None:
    topics, schemas = FakeTopics(), FakeSchemas()
    writer = writing(schemas)
    for number in range(5):
        topics.ensure("t", 1)
        topics.produce("t", *writer.debezium_avro(number, row(number)))
    topics.produce("t", None, b"\x00\x00\x00\x00\x01\x7f")
    fold = open_alone(topics, RowReader(schemas.written), "t", COLUMNS, ("id",))
    with pytest.raises(
        UnreadableRecordError, match="t, partition 0, offset 5: the bytes do not match schema 1"
    ):
        fold.read_to(topics.end_offsets("t"))


def test_the_form_is_told_by_both_ends_of_a_topic() -> None:
    topics, schemas = FakeTopics(), FakeSchemas()
    for topic in ("t", "t_v2"):
        topics.ensure(topic, 1)
        for number in range(100):
            old = topic == "t" and number < 50
            write = Writer.json_reversed if old else Writer.json
            topics.produce(
                topic, json.dumps({"id": number}).encode(), write(writing(schemas), number, row(number))[1]
            )
    sides = open_pair(topics, schemas, RowReader(schemas.written), ("t", COLUMNS), ("t_v2", COLUMNS), ("id",))
    for side in sides:
        side.read_to(topics.end_offsets(side.topic))
    found = classify(sides[0].fold, sides[1].fold)
    assert (found.match, found.differing) == (100, 0)


@pytest.mark.parametrize("value", [struct.Struct(">i").pack, lambda number: str(number).encode()])
def test_values_of_one_column_are_told_apart_when_they_are_decoded(value: Callable[[int], bytes]) -> None:
    """Only the DDL names their column; before, rows that differed were called equal by the columns left."""
    cluster = FakeCluster({})
    columns = (Column(name="id", type="STRING", nullable=False), Column(name="total", type="INT"))
    for topic in ("t", "t_v2"):
        cluster.topics.ensure(topic, 1)
        for number in range(5):
            changed = topic == "t_v2" and number == 3
            cluster.topics.produce(topic, f"k{number}".encode(), value(number + 10 * changed), timestamp=0)
    subject = Subject(
        table="t", blue="t", green="t_v2", primary_key=("id",), columns=columns, blue_columns=columns
    )
    found = compare_topics(cluster.platform, subject, Profile(name="local"), Story())
    assert (found.verdict, found.keys) == (Verdict.FAIL, KeyCounts(match=4, diff=1))
    assert found.changed_columns == ("total",)


def test_rows_whose_columns_nobody_knows_are_not_called_equal() -> None:
    cluster = FakeCluster({})
    columns = (*COLUMNS[:1], Column(name="a", type="STRING"), Column(name="b", type="STRING"))
    for topic in ("t", "t_v2"):
        cluster.topics.ensure(topic, 1)
        cluster.topics.produce(topic, b"1", topic.encode(), timestamp=0)
    subject = Subject(
        table="t", blue="t", green="t_v2", primary_key=("id",), columns=columns, blue_columns=columns
    )
    found = compare_topics(cluster.platform, subject, Profile(name="local"), Story())
    assert (found.verdict, found.keys) == (Verdict.FAIL, KeyCounts(diff=1))
