import json

import pytest

from airflow_bluegreen.core.schema_compatibility import (
    Compatibility,
    incompatibilities,
    misread_fields,
    same_schema,
)
from airflow_bluegreen.exceptions import ConfigurationError


def record(**types: object) -> str:
    """Fields by name; a pair is (type, default)."""
    fields = [
        {"name": name, "type": kind[0], "default": kind[1]}
        if isinstance(kind, tuple)
        else {"name": name, "type": kind}
        for name, kind in types.items()
    ]
    return json.dumps({"type": "record", "name": "row", "fields": fields})


A = record(a="int")
A_B = record(a="int", b="int")
A_OPTIONAL_B = record(a="int", b=("int", 0))
WIDER = record(a="long")


@pytest.mark.parametrize(
    ("level", "newest", "earlier", "fits"),
    [
        ("BACKWARD", A, [A_B], True),
        ("BACKWARD", A_B, [A], False),
        ("BACKWARD", A_OPTIONAL_B, [A], True),
        ("BACKWARD", WIDER, [A], True),
        ("FORWARD", A_B, [A], True),
        ("FORWARD", WIDER, [A], False),
        ("FORWARD", A, [A_B], False),
        ("FULL", A_OPTIONAL_B, [A], True),
        ("FULL", A_B, [A], False),
        ("FULL", A, [A_OPTIONAL_B], True),
        ("FULL", WIDER, [A], False),
        ("NONE", record(a="string"), [A], True),
        ("FULL_TRANSITIVE", A, [], True),
    ],
)
def test_levels(level: str, newest: str, earlier: list[str], fits: bool) -> None:
    assert (incompatibilities(Compatibility(level), newest, earlier) == ()) is fits


@pytest.mark.parametrize("side", ["BACKWARD", "FULL"])
def test_only_a_transitive_level_looks_beyond_the_version_before(side: str) -> None:
    # 1: a; 2: a and b with a default; 3: a and b without one, which 2's writers fill and 1's do not
    history = [A, A_OPTIONAL_B]
    assert incompatibilities(Compatibility(side), A_B, history) == ()
    (problem,) = incompatibilities(Compatibility(f"{side}_TRANSITIVE"), A_B, history)
    assert str(problem) == (
        "the newest version cannot read what version 1 wrote: reader field missing default value (b)"
    )


def test_the_version_that_breaks_and_the_side_that_cannot_read_are_named() -> None:
    problems = incompatibilities(Compatibility.FULL_TRANSITIVE, record(a="string"), [A, WIDER])
    assert [str(problem).partition(":")[0] for problem in problems] == [
        "the newest version cannot read what version 1 wrote",
        "version 1 cannot read what the newest version writes",
        "the newest version cannot read what version 2 wrote",
        "version 2 cannot read what the newest version writes",
    ]


def decimal(scale: int, precision: int = 14) -> dict[str, object]:
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def test_a_value_that_would_be_read_as_something_else() -> None:
    moment = {"type": "long", "logicalType": "timestamp-millis"}
    inner = {"type": "record", "name": "inner", "fields": [{"name": "at", "type": ["null", moment]}]}
    bare = {"type": "record", "name": "inner", "fields": [{"name": "at", "type": ["null", "long"]}]}
    old = record(
        a=["null", decimal(2)], b={"type": "array", "items": inner}, c=decimal(2, 10), d="int", f="int"
    )
    new = record(
        a=["null", decimal(4)], b={"type": "array", "items": bare}, c=decimal(2, 20), e=decimal(1), f="long"
    )
    assert incompatibilities(Compatibility.BACKWARD, record(a=decimal(4)), [record(a=decimal(2))]) == ()
    assert misread_fields(new, old) == (
        "a was decimal of scale 2, is decimal of scale 4",
        "b.at was timestamp-millis, is long",
    )


def test_the_same_schema_in_another_writing() -> None:
    one = '{"type": "record", "name": "r", "namespace": "n", "fields": [{"name": "a", "type": "int"}]}'
    other = (
        '{"name": "n.r", "doc": "a row", "type": "record",'
        ' "fields": [{"type": "int", "name": "a", "doc": "it"}]}'
    )
    assert same_schema(one, other)
    assert not same_schema(one, one.replace('"int"', '"long"'))
    assert not same_schema(one, one.replace('"r"', '"q"'))


def test_a_text_that_is_no_schema() -> None:
    with pytest.raises(ConfigurationError, match="not an Avro schema"):
        incompatibilities(Compatibility.BACKWARD, A, ['{"type": "nothing"}'])
    with pytest.raises(ConfigurationError, match="not an Avro schema"):
        same_schema(A, "record")


def test_logical_types_that_the_library_does_not_know_are_no_obstacle() -> None:
    at = {"name": "at", "type": ["null", {"type": "long", "logicalType": "local-timestamp-millis"}]}
    schema = json.dumps({"type": "record", "name": "r", "fields": [at]})
    assert incompatibilities(Compatibility.FULL, schema, [schema]) == ()
