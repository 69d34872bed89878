"""A schema of a raw topic that moves on while its table is live."""

import json

import pytest

from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.source_schemas import newer, read_source_schemas
from airflow_bluegreen.core.model import Phase, SourceSchema, Trigger
from airflow_bluegreen.exceptions import ConflictError
from tests.actions.releasing import bring_up, finish
from tests.actions.world import World

WAY = (Phase.DEPLOYING, Phase.COMPARED, Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE)
SUBJECT = "raw_a-value"


def row(**defaults: int | None) -> str:
    """An Avro record with int fields; None is a field without default."""
    fields = [
        {"name": name, "type": "int"} | ({} if default is None else {"default": default})
        for name, default in defaults.items()
    ]
    return json.dumps({"type": "record", "name": "row", "fields": fields})


@pytest.fixture
def released() -> World:
    """v1.0.0 is live, and the ledger knows what its tables were planned with."""
    world = World()
    world.cluster.schemas.register(SUBJECT, row(id=None))
    open_release(world.platform, world.plan("v1.0.0"), world.story)
    for phase in WAY:
        advance_to(world.platform, "v1.0.0", phase)
    return world


def test_the_versions_are_kept_in_the_plan(released: World) -> None:
    (record,) = released.cluster.releases.records()
    planned = record.plan.table("src_a")
    assert planned is not None
    assert planned.source_schemas == (SourceSchema(subject=SUBJECT, version=1),)
    assert {one.table for one in record.plan.tables if one.source_schemas} == {"src_a"}


def test_without_news_nothing_is_triggered(released: World) -> None:
    plan = released.plan()
    assert Trigger.SCHEMA_CHANGE not in {one.trigger for one in plan.tables}


def test_a_newer_schema_brings_its_reader_and_all_that_depends_on_it(released: World) -> None:
    released.cluster.schemas.register(SUBJECT, row(id=None, more=0))
    plan = released.plan()
    source = plan.table("src_a")
    assert source is not None
    assert (source.trigger, source.green) == (Trigger.SCHEMA_CHANGE, "src_a_v2")
    assert [str(one) for one in source.source_schemas] == [f"{SUBJECT} 1 → 2"]
    int_1 = plan.table("int_1")
    assert int_1 is not None
    assert (int_1.trigger, int_1.path) == (Trigger.SIDE_EFFECT, ("src_a", "int_1"))


def test_released_with_it_the_newer_schema_is_news_no_more(released: World) -> None:
    released.cluster.schemas.register(SUBJECT, row(id=None, more=0))
    finish(released, bring_up(released))
    platform = released.platform
    schemas = read_source_schemas(platform.schemas, platform.releases.records(), released.base, "local")
    assert newer(schemas) == ()
    assert schemas["src_a"] == (SourceSchema(subject=SUBJECT, version=2, before=2),)


def test_a_schema_that_breaks_the_level_refuses_the_release(released: World) -> None:
    released.cluster.schemas.register(SUBJECT, row(id=None, more=None))
    with pytest.raises(
        ConflictError, match=rf"subject {SUBJECT}: version 2 is not FULL_TRANSITIVE"
    ) as caught:
        released.plan()
    assert "cannot read what version 1 wrote: reader field missing default value (more)" in str(caught.value)
    assert len(released.cluster.releases.records()) == 1


def test_of_a_table_that_nobody_released_with_this_tool_nothing_is_known() -> None:
    world = World()
    world.cluster.schemas.register(SUBJECT, row(id=None))
    world.cluster.schemas.register(SUBJECT, row(id=None, more=0))
    schemas = read_source_schemas(world.platform.schemas, (), world.base, "local")
    assert schemas["src_a"] == (SourceSchema(subject=SUBJECT, version=2),)
    assert newer(schemas) == ()
