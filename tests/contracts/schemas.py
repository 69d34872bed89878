"""Registry subjects."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.ports import Schemas


def record(**fields: object) -> str:
    """An Avro record with int fields; a value that is not None is the field's default."""
    described = [
        {"name": name, "type": "int"} | ({} if default is None else {"default": default})
        for name, default in fields.items()
    ]
    return json.dumps({"type": "record", "name": "row", "fields": described})


@dataclass(frozen=True, kw_only=True)
class SchemasWorld:
    """``subject`` does not exist; ``register(subject, schema)`` returns the id; the level is FULL."""

    schemas: Schemas
    subject: str
    register: Callable[[str, str], int]


class SchemasContract:
    @pytest.fixture
    def world(self) -> SchemasWorld:
        raise NotImplementedError

    def test_an_absent_subject(self, world: SchemasWorld) -> None:
        assert world.schemas.latest(world.subject) is None
        assert world.schemas.is_compatible(world.subject, record(a=None))
        world.schemas.delete_subject(world.subject)

    def test_the_latest_version(self, world: SchemasWorld) -> None:
        world.register(world.subject, record(a=None))
        newest = world.register(world.subject, record(a=None, b=0))
        found = world.schemas.latest(world.subject)
        assert found is not None
        assert (found.subject, found.version, found.schema_id, found.type) == (
            world.subject,
            2,
            newest,
            "AVRO",
        )
        assert json.loads(found.schema) == json.loads(record(a=None, b=0))

    def test_a_schema_is_registered_once(self, world: SchemasWorld) -> None:
        first = world.schemas.register(world.subject, record(a=None))
        assert (first.subject, first.version, first.type) == (world.subject, 1, "AVRO")
        assert world.schemas.register(world.subject, record(a=None)) == first
        assert world.schemas.latest(world.subject) == first
        assert json.loads(world.schemas.by_id(first.schema_id)) == json.loads(record(a=None))

    def test_every_version_oldest_first(self, world: SchemasWorld) -> None:
        assert world.schemas.versions(world.subject) == ()
        texts = [record(a=None), record(a=None, b=0), record(a=None, b=0, c=0)]
        for text in texts:
            world.register(world.subject, text)
        found = world.schemas.versions(world.subject)
        assert [one.version for one in found] == [1, 2, 3]
        assert [json.loads(one.schema) for one in found] == [json.loads(text) for text in texts]
        assert found[-1] == world.schemas.latest(world.subject)

    def test_a_schema_by_its_id(self, world: SchemasWorld) -> None:
        schema_id = world.register(world.subject, record(a=None))
        assert json.loads(world.schemas.by_id(schema_id)) == json.loads(record(a=None))

    def test_an_unknown_id_is_refused(self, world: SchemasWorld) -> None:
        with pytest.raises(ConfigurationError, match="987654321"):
            world.schemas.by_id(987654321)

    def test_what_may_follow(self, world: SchemasWorld) -> None:
        world.register(world.subject, record(a=None))
        assert world.schemas.is_compatible(world.subject, record(a=None))
        assert world.schemas.is_compatible(world.subject, record(a=None, b=0))
        assert not world.schemas.is_compatible(world.subject, record(a=None, b=None))

    def test_deleted_it_is_gone_and_can_be_deleted_again(self, world: SchemasWorld) -> None:
        world.register(world.subject, record(a=None))
        world.schemas.delete_subject(world.subject)
        assert world.schemas.latest(world.subject) is None
        world.schemas.delete_subject(world.subject)

    def test_registered_again_it_begins_at_version_one(self, world: SchemasWorld) -> None:
        world.register(world.subject, record(a=None))
        world.register(world.subject, record(a=None, b=0))
        world.schemas.delete_subject(world.subject)
        world.register(world.subject, record(a=None))
        found = world.schemas.latest(world.subject)
        assert found is not None
        assert found.version == 1
