"""A raw topic's schema that moves on, on a real registry."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from airflow_bluegreen.actions.source_schemas import newer, read_source_schemas
from airflow_bluegreen.clients.schema_registry import SchemaRegistry
from airflow_bluegreen.core.lifecycle import begin
from airflow_bluegreen.core.model import Endpoints, Phase, Project, ReleaseRecord
from airflow_bluegreen.core.plan import make_plan
from airflow_bluegreen.core.project import read_project
from airflow_bluegreen.exceptions import ConflictError
from tests.contracts.schemas import record as avro

pytestmark = pytest.mark.stack


@pytest.fixture
def unique() -> str:
    """The name of a raw topic that nobody else has."""
    return f"raw_{uuid4().hex[:8]}"


@pytest.fixture
def registry(stack: Endpoints) -> Iterator[SchemaRegistry]:
    client = SchemaRegistry(stack.registry_url, stack.registry_auth)
    yield client
    client.close()


@pytest.fixture
def register(stack: Endpoints, registry: SchemaRegistry, unique: str) -> Iterator[Callable[[str], None]]:
    """Registers a value schema of the raw topic, at a level at which the registry takes everything."""
    subject = quote(f"{unique}-value", safe="")
    with httpx.Client(base_url=stack.registry_url) as server:

        def send(schema: str) -> None:
            server.post(f"/subjects/{subject}/versions", json={"schema": schema}).raise_for_status()
            server.put(f"/config/{subject}", json={"compatibility": "NONE"}).raise_for_status()

        yield send
    registry.delete_subject(f"{unique}-value")


@pytest.fixture
def project(unique: str) -> Project:
    return read_project(
        {
            "ddl.src_a.sql": "CREATE TABLE src_a (id STRING)",
            "dml.src_a.sql": f"INSERT INTO src_a SELECT id FROM {unique}",
        },
        None,
    )


def live(registry: SchemaRegistry, project: Project) -> ReleaseRecord:
    schemas = read_source_schemas(registry, (), project, "local")
    plan = make_plan(
        project=project, base=None, environment="local", live={}, base_release=None, source_schemas=schemas
    )
    return replace(begin(plan, at="2026-01-01T00:00:00Z"), phase=Phase.LIVE)


def test_a_newer_schema_is_a_reason_to_renew_its_reader(
    registry: SchemaRegistry, register: Callable[[str], None], project: Project
) -> None:
    register(avro(a=None))
    records = (live(registry, project),)
    assert newer(read_source_schemas(registry, records, project, "local")) == ()

    register(avro(a=None, b=0))

    found = read_source_schemas(registry, records, project, "local")
    assert newer(found) == ("src_a",)
    assert [(one.before, one.version) for one in found["src_a"]] == [(1, 2)]


def test_a_schema_that_older_readers_cannot_read_is_refused(
    registry: SchemaRegistry, register: Callable[[str], None], project: Project, unique: str
) -> None:
    register(avro(a=None))
    records = (live(registry, project),)
    register(avro(a=None, b=0))
    register(avro(b=0))

    with pytest.raises(ConflictError) as refused:
        read_source_schemas(registry, records, project, "local")

    assert f"subject {unique}-value: version 3 is not FULL_TRANSITIVE compatible" in str(refused.value)
    assert "version 1 cannot read what the newest version writes" in str(refused.value)
