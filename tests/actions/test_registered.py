import json

from airflow_bluegreen.actions.registered import breaches, is_compatible
from tests.fakes.platform import FakeCluster


def schema(**fields: object) -> str:
    listed = [{"name": name, "type": kind} for name, kind in fields.items()]
    return json.dumps({"type": "record", "name": "r", "fields": listed})


def registered(blue: str, green: str) -> FakeCluster:
    cluster = FakeCluster({})
    cluster.schemas.register("t-value", blue)
    cluster.schemas.register("t_v2-value", green)
    return cluster


def test_who_could_read_what_is_told_in_both_directions() -> None:
    narrow, wide = schema(id="string"), schema(id="string", total="int")
    (forwards,) = breaches(registered(narrow, wide).schemas, "t", "t_v2")
    assert forwards.startswith("readers made for green's value could not read blue's: ")
    (backwards,) = breaches(registered(wide, narrow).schemas, "t", "t_v2")
    assert backwards.startswith("readers made for blue's value could not read green's: ")


def test_equal_schemas_and_none_at_all() -> None:
    same = schema(id="string")
    assert breaches(registered(same, same).schemas, "t", "t_v2") == ()
    assert breaches(FakeCluster({}).schemas, "t", "t_v2") == ()
    assert is_compatible(FakeCluster({}).schemas, "t", "t_v2") is None


def test_a_schema_that_nobody_can_read_ends_no_comparison() -> None:
    odd = json.dumps({"type": "record", "name": "r", "fields": [{"name": "id", "type": "nothing"}]})
    (told,) = breaches(registered(schema(id="string"), odd).schemas, "t", "t_v2")
    assert told.startswith("who could read the other's value is not known")
