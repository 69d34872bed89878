"""Messages are made with the same descriptors by Protobuf's own classes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from airflow_bluegreen.clients.protobuf import descriptors
from airflow_bluegreen.core.comparison.protobuf_rows import ProtobufReader

TEXT = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/type/date.proto";
import "common/money.proto";
message Order {
  string id = 1;
  optional int32 total = 2;
  google.protobuf.Timestamp at = 3;
  repeated Line lines = 4;
  map<string, int64> tags = 5;
  State state = 6;
  google.protobuf.StringValue note = 7;
  common.Money paid = 8;
  google.type.Date day = 9;
  bytes raw = 10;
  message Line { string sku = 1; message Deep { int32 n = 1; } }
  enum State { NEW = 0; SENT = 1; }
}
message Other { int32 n = 1; }
"""
IMPORTS = {
    "common/money.proto": 'syntax = "proto3"; package common; message Money { int64 cents = 1; }',
    "google/type/date.proto": 'syntax = "proto3"; package google.type; '
    "message Date { int32 year = 1; int32 month = 2; int32 day = 3; }",
}


@pytest.fixture(scope="module")
def compiled() -> bytes:
    return descriptors(TEXT, IMPORTS, "schema 7")


def message(compiled: bytes, name: str) -> Any:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(compiled).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()


def test_fields_by_name(compiled: bytes) -> None:
    order = message(compiled, "shop.Order")
    order.id, order.total, order.state, order.raw = "a", 0, 1, b"\xff"
    order.at.FromDatetime(datetime(2025, 3, 1, 12, tzinfo=UTC))
    order.lines.add(sku="x")
    order.tags["n"] = 5
    order.note.value = "hello"
    order.paid.cents = 150
    order.day.year, order.day.month, order.day.day = 2025, 3, 1
    assert ProtobufReader(compiled).read(b"\x00" + order.SerializeToString()) == {
        "id": "a",
        "total": 0,
        "at": datetime(2025, 3, 1, 12, tzinfo=UTC),
        "lines": [{"sku": "x"}],
        "tags": {"n": 5},
        "state": "SENT",
        "note": "hello",
        "paid": {"cents": 150},
        "day": datetime(2025, 3, 1).date(),  # noqa: DTZ001
        "raw": b"\xff",
    }


def test_an_optional_field_that_is_not_there_is_none(compiled: bytes) -> None:
    row = ProtobufReader(compiled).read(b"\x00")
    assert (row["id"], row["total"], row["at"], row["note"]) == ("", None, None, None)


def test_the_indexes_lead_to_the_message(compiled: bytes) -> None:
    reader = ProtobufReader(compiled)
    other = message(compiled, "shop.Other")
    other.n = 7
    assert reader.read(b"\x02\x02" + other.SerializeToString()) == {"n": 7}
    deep = message(compiled, "shop.Order.Line.Deep")
    deep.n = 8
    assert reader.read(b"\x06\x00\x02\x00" + deep.SerializeToString()) == {"n": 8}
    assert reader.fields(b"\x02\x02") == ((1, "n", 5),)


def test_what_is_no_such_message_is_an_error(compiled: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ProtobufReader(compiled).read(b"\x00\x0a\xff")
