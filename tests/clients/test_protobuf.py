import json
from typing import Any

import httpx
import pytest
from google.protobuf import descriptor_pb2

from airflow_bluegreen.clients.protobuf import descriptors
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.exceptions import ConfigurationError


def test_the_schema_comes_last_and_what_it_imports_before() -> None:
    text = 'syntax = "proto3"; import "a/b.proto"; message R { a.B b = 1; }'
    made = descriptors(text, {"a/b.proto": 'syntax = "proto3"; package a; message B {}'}, "schema 1")
    files = descriptor_pb2.FileDescriptorSet.FromString(made).file
    assert [one.message_type[0].name for one in files] == ["B", "R"]


def test_what_protoc_refuses_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError, match="schema 1 is no Protobuf schema"):
        descriptors("message {", {}, "schema 1")
    assert "bluegreen_main.proto:1" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["/etc/x.proto", "../x.proto"])
def test_an_import_stays_in_its_folder(name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name of a file"):
        descriptors("", {name: ""}, "schema 1")


def test_the_registry_is_asked_for_what_a_schema_refers_to() -> None:
    imports = [{"name": "money.proto", "subject": "money", "version": 2}]
    answers: dict[str, dict[str, Any]] = {
        "/schemas/ids/7": {
            "schema": 'syntax = "proto3"; import "money.proto"; message R { Money paid = 1; }',
            "schemaType": "PROTOBUF",
            "references": imports,
        },
        "/subjects/money/versions/2": {
            "schema": 'syntax = "proto3"; import "unit.proto"; message Money { Unit unit = 1; }',
            "references": [{"name": "unit.proto", "subject": "unit", "version": 1}],
        },
        "/subjects/unit/versions/1": {"schema": 'syntax = "proto3"; message Unit {}'},
        "/schemas/ids/8": {"schema": '"string"'},
        "/schemas/ids/9": {"schema": '{"type": "object"}', "schemaType": "JSON"},
    }
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=json.dumps(answers[request.url.path]))

    registry = SchemaRegistry("http://registry.test", transport=httpx.MockTransport(handler))
    assert registry.written(7) is registry.written(7)
    assert asked == ["/schemas/ids/7", "/subjects/money/versions/2", "/subjects/unit/versions/1"]
    files = descriptor_pb2.FileDescriptorSet.FromString(registry.written(7).descriptors).file
    assert [one.message_type[0].name for one in files] == ["Unit", "Money", "R"]
    assert (registry.written(8).type, registry.written(9).type) == ("AVRO", "JSON")
