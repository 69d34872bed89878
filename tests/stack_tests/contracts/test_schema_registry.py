from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.model import Endpoints
from tests.contracts.schemas import SchemasContract, SchemasWorld


@pytest.mark.stack
class TestSchemaRegistry(SchemasContract):
    @pytest.fixture
    def world(self, stack: Endpoints, unique: str) -> Iterator[SchemasWorld]:
        subject = f"{unique}/orders-value"
        path = quote(subject, safe="")
        registry = SchemaRegistry(stack.registry_url, stack.registry_auth)
        with httpx.Client(base_url=stack.registry_url) as server:

            def register(name: str, schema: str) -> int:
                answer = server.post(f"/subjects/{quote(name, safe='')}/versions", json={"schema": schema})
                level = server.put(f"/config/{path}", json={"compatibility": "FULL"})
                assert level.is_success, level.text
                return int(answer.raise_for_status().json()["id"])

            yield SchemasWorld(schemas=registry, subject=subject, register=register)
        registry.delete_subject(subject)
        registry.close()
