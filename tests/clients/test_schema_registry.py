"""How registries differ; on a real one the client runs in the contract suite."""

import json
from typing import Any

import httpx
import pytest

from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.exceptions import ConfigurationError, TransientError

LATEST = {"subject": "a-value", "version": 3, "id": 7, "schema": "{}"}


def registry(answers: dict[str, Any]) -> tuple[SchemaRegistry, list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url.raw_path.decode()}"
        seen.append((asked, json.loads(request.content) if request.content else None))
        answer = answers.get(asked)
        if isinstance(answer, httpx.Response):
            return answer
        if answer is None:
            return httpx.Response(404, json={"error_code": 40401, "message": "Subject not found."})
        return httpx.Response(200, json=answer)

    return SchemaRegistry("http://registry.test/v7", transport=httpx.MockTransport(handler)), seen


def test_avro_is_what_no_type_means() -> None:
    client, _ = registry({"GET /v7/subjects/a-value/versions/latest": LATEST})
    found = client.latest("a-value")
    assert found is not None
    assert (found.type, found.version, found.schema_id) == ("AVRO", 3, 7)


def test_an_unknown_subject_is_compatible_without_asking_for_it() -> None:
    client, seen = registry({})
    assert client.is_compatible("a-value", "{}")
    assert [asked for asked, _ in seen] == ["GET /v7/subjects/a-value/versions/latest"]


@pytest.mark.parametrize("more", [{}, {"messages": ["field b"]}, {"reason": "field b"}])
def test_compatibility_with_and_without_reasons(more: dict[str, Any]) -> None:
    client, seen = registry(
        {
            "GET /v7/subjects/a-value/versions/latest": LATEST,
            "POST /v7/compatibility/subjects/a-value/versions/latest": {"is_compatible": False, **more},
        }
    )
    assert not client.is_compatible("a-value", '{"x": 1}', "JSON")
    assert seen[-1][1] == {"schema": '{"x": 1}', "schemaType": "JSON"}


def test_an_id_is_asked_for_once() -> None:
    client, seen = registry({"GET /v7/schemas/ids/7": {"schema": "text"}})
    assert [client.by_id(7), client.by_id(7)] == ["text", "text"]
    assert len(seen) == 1


def test_deleting_is_soft_and_then_permanent() -> None:
    client, seen = registry(
        {"DELETE /v7/subjects/a%2Fb": [1], "DELETE /v7/subjects/a%2Fb?permanent=true": [1]}
    )
    client.delete_subject("a/b")
    assert [asked for asked, _ in seen] == [
        "DELETE /v7/subjects/a%2Fb",
        "DELETE /v7/subjects/a%2Fb?permanent=true",
    ]


def test_errors_in_any_shape() -> None:
    confluent = httpx.Response(422, json={"error_code": 42201, "message": "Invalid schema"})
    other = httpx.Response(422, json={"title": "Unprocessable"})
    bare = httpx.Response(422, text="nope")
    for response, expected in ((confluent, "Invalid schema"), (other, "Unprocessable"), (bare, "nope")):
        client, _ = registry({"GET /v7/schemas/ids/7": response})
        with pytest.raises(ConfigurationError, match=expected):
            client.by_id(7)
    client, _ = registry({"GET /v7/schemas/ids/7": httpx.Response(500, text="")})
    with pytest.raises(TransientError, match="no reason given"):
        client.by_id(7)
